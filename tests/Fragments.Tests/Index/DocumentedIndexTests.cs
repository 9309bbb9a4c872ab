using System.Runtime.CompilerServices;
using System.Text;
using Muse.Fragments.Index;

namespace Muse.Fragments.Tests.Index;

public sealed class DocumentedIndexTests
{
    [Fact]
    public void The_example_in_the_documentation_is_a_whole_index()
    {
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "..", "docs", "recording.md"));
        var example = page.Split("```")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var lines = example.Select(line => IndexLine.Parse(Encoding.ASCII.GetBytes(line))).ToList();
        Assert.DoesNotContain(null, lines);
        Assert.Equal(["track", "init", "part", "gap"], lines.Select(l => l!.Kind).Distinct());
        Assert.Equal(4, lines.Select(l => PartEntry.From(l!)).Count(p => p is not null));
        Assert.Equal(6_000, lines.Select(l => GapEntry.From(l!)).Single(g => g is not null)!.Duration);
    }

    private static string ThisFile([CallerFilePath] string file = "") => file;
}

using System.Runtime.CompilerServices;
using System.Text;
using Muse.Fragments.Clock;
using Muse.Fragments.Index;

namespace Muse.Fragments.Tests.Clock;

public sealed class DocumentedClockTests
{
    [Fact]
    public void The_example_in_the_documentation_is_a_whole_set()
    {
        var page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "..", "docs", "recording.md"));
        var example = page.Split("## Clock")[1].Split("```")[1].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var times = new TrackTimes(
            90_000,
            [new(5_000_000_000, 3_979_000_000_250_000, -41_250, ClockSource.Sender), new(5_027_000_000, 3_979_000_300_237_625, -40_980, ClockSource.Sender)],
            [new(3_979_000_000_250_000, 1_770_011_200_271_000, 12_400, ClockSource.Sender)]);
        Assert.Equal(times.ToLines(1).Select(line => Encoding.ASCII.GetString(line.ToBytes()).TrimEnd()), example);
        var read = TrackTimes.From(example.Select(line => IndexLine.Parse(Encoding.ASCII.GetBytes(line))!), 90_000);
        Assert.Equal(1_770_011_200_271_000, read!.At(5_000_000_000), 1d);
    }

    private static string ThisFile([CallerFilePath] string file = "") => file;
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using Muse.Api.Tests.Meetings.Providers;
using Muse.Given;

namespace Muse.Api.Tests.OpenApi;

/// <summary>docs/integrators.md does what it says: its blocks are run as they stand, in order, in one bash, as by somebody who pastes them.</summary>
public sealed class GuideTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Whoever_follows_the_guide_gets_there()
    {
        var folder = Directory.CreateTempSubdirectory("muse-guide-").FullName;
        await using var database = await Database.FreshAsync();
        await using var server = new ServerAsProcess(database.ConnectionString, Settings(folder));
        // What the guide asks its reader for: where Muse is, and the word of the first start's link.
        var (code, said) = await Run(Path.Combine(folder, "tried"), Script(), ("SETUP", await server.StartFirstAsync()), ("MUSE", server.Origin));
        await server.KillAsync();
        Directory.Delete(folder, recursive: true);

        Assert.True(code == 0, said);
    }

    [Fact]
    public async Task A_block_that_fails_is_named_by_its_line_in_the_page()
    {
        var folder = Directory.CreateTempSubdirectory("muse-guide-").FullName;
        var (code, said) = await Run(folder, Script("# A page\n\n```console\nfalse\n```\nand\n\n```sh\nfour() { printf '{\"a\": 4}'; }\nfour | jq -e .a\n```\n\n```sh\nfour | jq -e .b\ntouch behind\n```\n"));
        var wentOn = File.Exists(Path.Combine(folder, "behind"));
        Directory.Delete(folder, recursive: true);

        Assert.Equal((1, false), (code, wentOn));
        Assert.Contains("docs/integrators.md:14: jq -e .b", said, StringComparison.Ordinal);
    }

    /// <summary>As in the guide's command for one's own machine; the rest only keeps the server apart from others.</summary>
    private static Dictionary<string, string> Settings(string folder)
    {
        const string setting = "Outgoing__AllowLoopback";
        Assert.Contains($"{setting}=true ./muse up", Page(), StringComparison.Ordinal);
        return new() { ["MUSE_DATA"] = Path.Combine(folder, "data"), [setting] = "true" };
    }

    private static string Script() => Script(Page());

    /// <summary>Whatever is not in a block becomes an empty line, so that bash counts the page's own lines.</summary>
    private static string Script(string page)
    {
        var (lines, inside) = (page.Split('\n'), false);
        for (var at = 0; at < lines.Length; at++)
        {
            var isFence = lines[at].TrimStart().StartsWith("```", StringComparison.Ordinal);
            if (isFence) inside = !inside && lines[at].Trim() == "```sh";
            if (isFence || !inside) lines[at] = "";
        }
        lines[0] = """set -eEuo pipefail; trap 'echo "docs/integrators.md:$LINENO: $BASH_COMMAND" >&2' ERR; trap 'kill $(jobs -p) 2>/dev/null || :' EXIT""";
        return string.Join('\n', lines);
    }

    private static async Task<(int Code, string Said)> Run(string folder, string script, params (string Name, string Value)[] variables)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, "guide.sh");
        await File.WriteAllTextAsync(file, script);
        var start = new ProcessStartInfo("bash", [file]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var bash = Process.Start(start)!;
        var (output, errors) = (bash.StandardOutput.ReadToEndAsync(), bash.StandardError.ReadToEndAsync());
        try
        {
            await bash.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            bash.Kill(entireProcessTree: true);
        }
        await bash.WaitForExitAsync();
        return (bash.ExitCode, $"{await output}\n{await errors}");
    }

    private static string Page([CallerFilePath] string file = "") =>
        File.ReadAllText(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", "..", "docs", "integrators.md"));
}

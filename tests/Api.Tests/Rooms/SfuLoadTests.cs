using System.Diagnostics;
using System.Text.Json;

namespace Muse.Api.Tests.Rooms;

/// <summary>The load tool of the benchmarks (<c>bench/sfu-load</c>): what all figures rest on has to build, connect and count right.</summary>
public sealed class SfuLoadTests(TheStreamServer server) : IClassFixture<TheStreamServer>
{
    private static readonly string? Missing = Array.Find(
        ["/usr/bin/make", "/usr/bin/gcc", "/usr/include/openssl/ssl.h", "/usr/include/srtp2/srtp.h"], file => !File.Exists(file));

    [Fact]
    public async Task The_load_tool_gets_every_packet_and_opens_it()
    {
        Assert.SkipWhen(Missing is not null, $"{Missing} is missing (Debian: gcc make libssl-dev libsrtp2-dev libcurl4-openssl-dev)");
        var folder = Path.Combine(Home(), "bench", "sfu-load");
        Assert.Equal("", (await Run("make", "-s", "-C", Path.Combine(folder, "src"))).Errors);
        using var http = server.Anyone();
        var room = new Uri(http.BaseAddress!, "/v1/rooms/bench-smoke-").ToString().Replace("localhost", "127.0.0.1", StringComparison.Ordinal);

        var (line, errors) = await Run(
            Path.Combine(folder, "sfu-load"), "--whip", room + "{room}/whip?as={peer}", "--whep", room + "{room}/whep?publisher={peer}",
            "--bearer", TheStreamServer.BenchKey, "--subscribers", "3", "--verify", "3", "--srtp", "gcm", "--warmup", "1", "--duration", "2",
            "--pid", Environment.ProcessId.ToString(null, null));

        Assert.StartsWith("{", line + errors, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(line);
        var seen = json.RootElement;
        Assert.Equal(0, seen.GetProperty("failed").GetInt32());
        Assert.Equal(0, seen.GetProperty("loss_pct").GetDouble());
        Assert.InRange(seen.GetProperty("received").GetInt64(), 3 * 50, long.MaxValue);
        Assert.Equal(0, seen.GetProperty("verify").GetProperty("bad").GetInt64() + seen.GetProperty("verify").GetProperty("wrong_source").GetInt64());
    }

    private static async Task<(string Output, string Errors)> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (output, await errors);
    }

    private static string Home()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Muse.sln"))) folder = Path.GetDirectoryName(folder)!;
        return folder;
    }
}

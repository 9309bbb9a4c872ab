using System.Diagnostics;
using System.Text.Json;

namespace Muse.Bench.Sfu;

/// <summary>bench/sfu-load: built when it is not, run on core 1, its line of JSON read.</summary>
internal sealed class LoadTool
{
    /// <summary>CPU that neither server nor tool used: above it neither cost nor delay is to be trusted (sfu-load/README.md).</summary>
    public const double MostOthers = 0.25;

    private readonly string _folder;

    private LoadTool(string folder) => _folder = folder;

    public string Folder => _folder;

    /// <summary>Seconds of a window.</summary>
    public static int Seconds { get; } = int.TryParse(Environment.GetEnvironmentVariable("MUSE_BENCH_SECONDS"), out var seconds) ? seconds : 8;

    /// <summary>How often a noisy window is repeated.</summary>
    public static int Tries { get; } = int.TryParse(Environment.GetEnvironmentVariable("MUSE_BENCH_TRIES"), out var tries) ? tries : 3;

    /// <returns>Null when it cannot be built here.</returns>
    public static LoadTool? Build()
    {
        var own = AppContext.BaseDirectory[..AppContext.BaseDirectory.IndexOf($"{Path.DirectorySeparatorChar}bin{Path.DirectorySeparatorChar}", StringComparison.Ordinal)];
        var folder = Path.GetFullPath(Path.Combine(own, "..", "sfu-load"));
        using var make = Process.Start(new ProcessStartInfo("make", ["-s", "-C", Path.Combine(folder, "src")]) { RedirectStandardError = true });
        var said = make!.StandardError.ReadToEnd();
        make.WaitForExit();
        if (make.ExitCode == 0)
            return new(folder);
        Console.WriteLine($"sfu: sfu-load cannot be built (Debian: gcc make libssl-dev libsrtp2-dev libcurl4-openssl-dev): {said.Trim()}");
        return null;
    }

    /// <summary>Runs until a window was quiet.</summary>
    /// <param name="server">How to reach it.</param>
    /// <returns>The quiet one, or the quietest with <see cref="Measured.IsQuiet"/> false; null when it could not run.</returns>
    public Measured? Measure(string server, int pid, Work work)
    {
        Measured? best = null;
        for (var i = 0; i < Tries && best is not { IsQuiet: true }; i++)
        {
            if (Run($"{server} --pid {pid} --srtp gcm --verify 4 --duration {Seconds} --warmup 2 {work.Options}") is not { } line)
                return best;
            var measured = Shown(Read(line));
            if (best is null || measured.Others < best.Others)
                best = measured;
        }

        return best;
    }

    /// <summary>What cannot be tried again: a server has one first connection.</summary>
    public Measured? MeasureOnce(string server, int pid, Work work) =>
        Run($"{server} --pid {pid} --srtp gcm --verify 1 --duration {Seconds} {work.Options}") is { } line ? Shown(Read(line)) : null;

    private static Measured Shown(Measured measured)
    {
        Console.WriteLine($"  {measured}");
        return measured;
    }

    private string? Run(string arguments)
    {
        var start = new ProcessStartInfo("taskset", ["-c", "1", Path.Combine(_folder, "sfu-load"), .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var tool = Process.Start(start)!;
        var errors = tool.StandardError.ReadToEndAsync();
        var line = tool.StandardOutput.ReadToEnd();
        tool.WaitForExit();
        if (line.StartsWith('{'))
            return line;
        Console.WriteLine($"sfu: sfu-load {arguments} ended with {tool.ExitCode}: {errors.Result.Trim()}");
        return null;
    }

    private static Measured Read(string line)
    {
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        var server = root.GetProperty("server");
        var delay = root.TryGetProperty("latency_us", out var latency) ? latency : default;
        var others = root.GetProperty("machine").GetProperty("others_cores").GetDouble();
        return new(
            server.GetProperty("us_per_packet").GetDouble(),
            server.GetProperty("cores").GetDouble(),
            delay.GetProperty("p50").GetDouble() / 1_000,
            delay.GetProperty("p99").GetDouble() / 1_000,
            root.GetProperty("setup_ms").GetProperty("p50").GetDouble(),
            root.GetProperty("setup_ms").GetProperty("p99").GetDouble(),
            root.GetProperty("first_packet_ms").GetProperty("p50").GetDouble(),
            root.GetProperty("loss_pct").GetDouble(),
            root.GetProperty("failed").GetInt32(),
            root.GetProperty("verify").GetProperty("bad").GetInt64() + root.GetProperty("verify").GetProperty("wrong_source").GetInt64(),
            others,
            others <= MostOthers);
    }
}

/// <summary>What one window showed; times in milliseconds, CPU per packet in microseconds.</summary>
internal sealed record Measured(
    double Microseconds, double Cores, double DelayP50, double DelayP99, double SetUpP50, double SetUpP99, double FirstPacket, double Loss,
    int Failed, long Bad, double Others, bool IsQuiet)
{
    public bool IsWhole => Loss <= 0 && Failed == 0 && Bad == 0;

    public override string ToString() =>
        $"{Microseconds:0.00} µs a packet, {Cores:0.000} core, delay {DelayP50:0.00}/{DelayP99:0.00} ms, set-up {SetUpP50:0.0}/{SetUpP99:0.0} ms, " +
        $"first packet {FirstPacket:0.0} ms, loss {Loss:0.000} %, {Failed} failed, {Bad} bad; others {Others:0.00}{(IsQuiet ? "" : " (noisy)")}";
}

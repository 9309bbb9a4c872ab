using System.Diagnostics;
using System.Globalization;

namespace Muse.Bench.Sfu;

/// <summary>Debian's Janus, tuned (one event loop, AES-GCM), on core 0.</summary>
internal sealed class JanusServer : IDisposable
{
    private readonly Process _process;

    private JanusServer(Process process, int id) => (_process, ProcessId) = (process, id);

    public int ProcessId { get; }

    /// <returns>Null when it is not installed.</returns>
    public static JanusServer? Start(string toolFolder)
    {
        if (!File.Exists("/usr/bin/janus"))
        {
            Console.WriteLine("sfu: without Janus (Debian: janus) there is nothing to compare with");
            return null;
        }

        var start = new ProcessStartInfo("bash", [Path.Combine(toolFolder, "janus", "run.sh"), "0", "1"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (!line.StartsWith("janus pid ", StringComparison.Ordinal))
                continue;
            _ = process.StandardOutput.ReadToEndAsync();
            // It is ready when its REST port is; the tool itself would not wait.
            Thread.Sleep(TimeSpan.FromSeconds(3));
            return new(process, int.Parse(line["janus pid ".Length..], CultureInfo.InvariantCulture));
        }

        Console.WriteLine("sfu: Janus did not start");
        process.Dispose();
        return null;
    }

    public static string Options(int run) => $"--janus http://127.0.0.1:8088/janus --janus-room-base {7_000 + (run * 100)}";

    public void Dispose()
    {
        using var janus = Process.GetProcessById(ProcessId);
        janus.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}

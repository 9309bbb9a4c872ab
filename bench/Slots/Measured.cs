using System.Diagnostics;

namespace Muse.Bench;

/// <summary>CPU time of this process, which the other programs of the machine do not add to.</summary>
internal static class Measured
{
    private static int _sink;

    /// <summary>Microseconds per run: warmed for 1.5 s, then the best of five batches of 0.4 s.</summary>
    public static double Microseconds(Func<int> work)
    {
        Batch(work, 1500);
        var best = double.MaxValue;
        for (var i = 0; i < 5; i++)
            best = Math.Min(best, Batch(work, 400));
        return best;
    }

    public static double Once(Action work)
    {
        var before = Cpu();
        work();
        return (Cpu() - before).TotalMicroseconds;
    }

    private static double Batch(Func<int> work, int milliseconds)
    {
        var runs = 0;
        var before = Cpu();
        for (var clock = Stopwatch.StartNew(); clock.ElapsedMilliseconds < milliseconds; runs++)
            _sink += work();
        return (Cpu() - before).TotalMicroseconds / runs;
    }

    private static TimeSpan Cpu() => Environment.CpuUsage.TotalTime;
}

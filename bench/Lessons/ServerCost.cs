using System.Globalization;

namespace Muse.Bench.Lessons;

/// <summary>What processes have used of the processor, from /proc (proc_pid_stat(5)).</summary>
internal static class ServerCost
{
    private const double TicksPerSecond = 100;

    /// <summary>Seconds of user and system time since its start.</summary>
    public static double Of(int pid)
    {
        // The name stands in brackets and may hold anything; fields 14 and 15 are counted behind it.
        var fields = Behind(File.ReadAllText($"/proc/{pid}/stat"), ')').Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    /// <summary>Seconds that all cores were busy since the machine's start; what a hypervisor took counts.</summary>
    public static double OfAll()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        // user nice system idle iowait irq softirq steal
        return (Number(fields[1]) + Number(fields[2]) + Number(fields[3]) + Number(fields[6]) + Number(fields[7]) + Number(fields[8])) / TicksPerSecond;
    }

    private static string Behind(string text, char mark) => text[(text.LastIndexOf(mark) + 1)..];

    private static double Number(string field) => double.Parse(field, CultureInfo.InvariantCulture);
}

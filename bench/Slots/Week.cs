using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Bench;

/// <summary>
/// Four weeks of one tutor: three windows a day, 504 half hours, 40 bookings. The same to every implementation; the answers must be the same
/// text for text.
/// </summary>
internal sealed record Week(string TutorZone, string ViewerZone, string FirstDate, int Days, int Minutes, string[][] Windows, string[][] Busy,
    int WarmMs, int BatchMs)
{
    public static Week Of(string tutorZone, string viewerZone, string firstDate)
    {
        string[][] windows = [["09:00", "12:00"], ["13:00", "16:00"], ["18:00", "21:00"]];
        var zone = Zones.Known(tutorZone);
        var first = TimeText.ReadDate(firstDate).Value;
        var random = new Random(40);
        var busy = new string[40][];
        for (var i = 0; i < busy.Length; i++)
        {
            // Some lie outside of the windows, as lessons of another agenda do.
            var start = LocalTimes.ResolveLenient(zone, first.PlusDays(random.Next(28)).AtMidnight().PlusMinutes(30 * random.Next(16, 44))).Instant;
            busy[i] = [TimeText.Of(start), TimeText.Of(start + Duration.FromMinutes(30))];
        }
        return new(tutorZone, viewerZone, firstDate, 28, 30, windows, busy, 1500, 400);
    }

    public SlotQuery Question() => SlotRules.Read(new()
    {
        TutorZone = TutorZone,
        ViewerZone = ViewerZone,
        Weekly = [.. from day in Enumerable.Range(1, 7) from window in Windows select new WeeklyHours(day, window[0], window[1])],
        // The peers list the tutor's dates; the slots of one more viewer date on both sides are cut to them.
        FromDate = TimeText.Of(TimeText.ReadDate(FirstDate).Value.PlusDays(-1)),
        ToDate = TimeText.Of(TimeText.ReadDate(FirstDate).Value.PlusDays(Days)),
        DurationMinutes = Minutes,
        Busy = [.. Busy.Select(one => new BusyText(one[0], one[1]))],
    }).Value with
    {
        NotBefore = LocalTimes.ResolveLenient(Zones.Known(TutorZone), TimeText.ReadDate(FirstDate).Value.AtMidnight()).Instant,
        NotAfter = LocalTimes.ResolveLenient(Zones.Known(TutorZone), TimeText.ReadDate(FirstDate).Value.PlusDays(Days).AtMidnight()).Instant,
    };

    /// <summary>What a peer found, and its CPU time per run.</summary>
    public Found AskPeer(string script)
    {
        var node = new ProcessStartInfo("node", [script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = Path.GetDirectoryName(Path.GetDirectoryName(script)),
        };
        node.Environment["TZ"] = "UTC";
        using var process = Process.Start(node)!;
        process.StandardInput.Write(JsonSerializer.Serialize(this, JsonSerializerOptions.Web));
        process.StandardInput.Close();
        var answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? JsonSerializer.Deserialize<Found>(answer, JsonSerializerOptions.Web)!
            : throw new InvalidOperationException($"{script} ended with {process.ExitCode}.");
    }

    public static string HashOf(IEnumerable<string> slots) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', slots))));
}

/// <summary>An answer: how many slots, the first and the hash of all as the viewer sees them.</summary>
internal sealed record Found(int Count, string First, string Hash, double Microseconds);

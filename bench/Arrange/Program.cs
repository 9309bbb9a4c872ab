using System.Globalization;
using Muse.Adapters.Postgres;
using Muse.Bench.Arrange;
using Muse.Imitations.Zoom;

// Figures and their meaning: docs/benchmarks.md, section "arrange".
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

const int Rounds = 3;
// Two calls for each meeting against one leave a half at most. Without latency the share says what Muse itself costs; it only informs.
const double WantedWithLatency = 0.35;

await using var zoom = new ZoomImitation { WritesPerDay = int.MaxValue, LimitsPerSecond = false };
await zoom.StartAsync();
await using var muse = await MuseProcess.OpenAsync(zoom);
var bare = new BareZoom(zoom);
var good = await MeasureAsync("no latency", TimeSpan.Zero, 200, 0);
good &= await MeasureAsync("every answer 150 ms late", TimeSpan.FromMilliseconds(150), 80, WantedWithLatency);
Console.WriteLine(good ? "arrange: every lesson has one meeting, and the marks are met" : "arrange: MISSED, see above");
return good ? 0 : 1;

async Task<bool> MeasureAsync(string what, TimeSpan latency, int lessons, double wanted)
{
    var shares = new List<double>();
    var all = true;
    for (var round = 0; round <= Rounds; round++)
    {
        zoom.Latency = latency;
        var peer = await bare.CreateAsync(lessons, ErrandRunner.AtOnce);
        var seen = zoom.Seen.Count;
        var seconds = await muse.ArrangeAsync(lessons);
        var made = zoom.Held.Count;
        var calls = (double)(zoom.Seen.Count - seen) / lessons;
        // Zoom is asked for a host's meetings, so every round begins with a host who has none.
        foreach (var meeting in zoom.Meetings) zoom.Remove(meeting.Id);
        all &= made == lessons;
        var (rate, peerRate) = (lessons / seconds, lessons / peer);
        // The first round warms up.
        if (round > 0) shares.Add(rate / peerRate);
        Console.WriteLine($"arrange, {what}{(round == 0 ? ", warming up" : "")}: {rate:0}/s against {peerRate:0} bare creations/s ({rate / peerRate:0.000}); " +
            $"{calls:0.0} calls a meeting, {made} of {lessons} made");
    }
    shares.Sort();
    var median = shares[shares.Count / 2];
    Console.WriteLine($"arrange, {what}: median share {median:0.000}{(wanted > 0 ? $", wanted at least {wanted:0.00}" : "")}");
    return all && median >= wanted;
}

using System.Diagnostics;
using System.Globalization;
using Muse.Bench.Booking;
using Muse.Bench.Webhooks;

// Figures and their meaning: docs/benchmarks.md, section "webhooks".
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["bare", var url, var posts, var each])
{
    await BarePosts.RunAsync(url, int.Parse(posts, CultureInfo.InvariantCulture), int.Parse(each, CultureInfo.InvariantCulture));
    return 0;
}

const int Endpoints = 50, PerSecond = 100, Seconds = 10, Warming = 4;
// Of these one never answers, and one after three seconds.
const int Few = 5;
// What is asked for was reached, or the machine was too busy for the figures to say anything.
const double Reached = 0.9;

await using var receiver = await Receiver.StartAsync();
await using var house = await House.OpenAsync("webhooks");
var muse = await house.MuseAsync(("Outgoing__AllowLoopback", "true"));
var school = new School(muse.Http);
await school.OpenAsync();
var listeners = new Listeners(house, school, muse.Http);
var verdict = Worse(
    await MeasureAsync($"{PerSecond} events/s, each to {Few} of {Endpoints} endpoints", Few, PerSecond),
    await MeasureAsync($"{PerSecond / 20} events/s, each to all {Endpoints}", Endpoints, PerSecond / 20));
Console.WriteLine(verdict switch
{
    Verdict.Good => "webhooks: every endpoint that answers has every event once",
    Verdict.NotMeasured => "webhooks: NOT MEASURED, the machine did not reach the pace",
    _ => "webhooks: FAILED, see above",
});
return (int)verdict;

async Task<Verdict> MeasureAsync(string what, int hear, int perSecond)
{
    var events = perSecond * Seconds;
    var prompt = await listeners.ListenAsync(receiver.Url, Endpoints, hear);
    await RoundAsync(Warming * perSecond, perSecond, prompt);
    var pace = 0.0;
    var cpu = await muse.CpuWhile(async () => pace = await RoundAsync(events, perSecond, prompt));
    var (waits, attempts, again) = (await listeners.WaitsAsync(receiver.Seen), receiver.Attempts, receiver.Again);
    await listeners.SilenceAsync();

    receiver.Forget();
    var (bare, peer) = (await BarePosts.StartAsync(receiver.Url, events * prompt, perSecond * prompt), receiver.Bare());
    Console.WriteLine($"webhooks, {what}: {pace:0.0} events/s; {waits.Count} of {events * prompt} deliveries ({pace * prompt:0}/s), {again} more than once, {attempts} attempts; " +
        $"event to first sight p50 {At(waits, 0.5):0.0} ms, p99 {At(waits, 0.99):0.0} ms; bare POST p50 {At(peer, 0.5):0.00} ms, p99 {At(peer, 0.99):0.00} ms: " +
        $"{At(waits, 0.5) / At(peer, 0.5):0.0} x and {At(waits, 0.99) / At(peer, 0.99):0.0} x");
    Console.WriteLine($"webhooks, {what}: {cpu.TotalMilliseconds / attempts:0.00} ms of the server's CPU an attempt (with what the events themselves cost), " +
        $"bare POST {bare.TotalMilliseconds / (events * prompt):0.00} ms: {cpu / attempts / (bare / (events * prompt)):0.0} x");
    if (waits.Count != events * prompt || again > 0 || peer.Count != events * prompt) return Verdict.Failed;
    return pace >= Reached * perSecond ? Verdict.Good : Verdict.NotMeasured;
}

async Task<double> RoundAsync(int events, int perSecond, int prompt)
{
    receiver.Forget();
    var pace = await SayAsync(events, perSecond);
    var patience = Stopwatch.StartNew();
    while (receiver.Arrived < events * prompt && patience.Elapsed < TimeSpan.FromMinutes(1)) await Task.Delay(20);
    return pace;
}

// Each tutor in turn says other hours, which is one event; nobody waits for the one before.
async Task<double> SayAsync(int events, int perSecond)
{
    var (watch, said) = (Stopwatch.StartNew(), new List<Task>());
    for (var i = 0; i < events; i++)
    {
        var early = TimeSpan.FromSeconds((double)i / perSecond) - watch.Elapsed;
        if (early > TimeSpan.Zero) await Task.Delay(early);
        // One tutor's hours are said one after the other, or their ETag would be an old one.
        if (said.Count >= School.TutorCount) await said[^School.TutorCount];
        said.Add(school.Tutors[i % School.TutorCount].TeachAsync(muse.Http));
    }
    await Task.WhenAll(said);
    return events / watch.Elapsed.TotalSeconds;
}

static Verdict Worse(Verdict one, Verdict other) => Verdict.Failed == one || Verdict.Failed == other ? Verdict.Failed : (Verdict)Math.Max((int)one, (int)other);

static double At(List<double> sorted, double part) => sorted.Count == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Count - 1, part * sorted.Count)];

internal enum Verdict { Good, Failed, NotMeasured }

using System.Diagnostics;
using System.Globalization;
using Muse.Bench.Webhooks;

// Figures and their meaning: docs/benchmarks.md, section "webhooks".
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["bare", var url, var posts, var each])
{
    await BarePosts.RunAsync(url, int.Parse(posts, CultureInfo.InvariantCulture), int.Parse(each, CultureInfo.InvariantCulture));
    return 0;
}

const int Endpoints = 50, Warming = 200, PerSecond = 100, Seconds = 10;
// Of these one never answers, and one after three seconds.
const int Few = 5;

await using var receiver = await Receiver.StartAsync();
await using var muse = await PostingServer.OpenAsync();
var good = await MeasureAsync($"{PerSecond} events/s, each to {Few} of {Endpoints} endpoints", Few, PerSecond);
good &= await MeasureAsync($"{PerSecond / 20} events/s, each to all {Endpoints}", Endpoints, PerSecond / 20);
Console.WriteLine(good ? "webhooks: every endpoint that answers has every event" : "webhooks: FAILED, see above");
return good ? 0 : 1;

async Task<bool> MeasureAsync(string what, int hear, int perSecond)
{
    var prompt = await muse.ListenAsync(receiver.Url, Endpoints, hear);
    await RoundAsync(Math.Min(Warming, 4 * perSecond), perSecond, prompt);
    var idle = await muse.CpuWhile(() => Task.Delay(TimeSpan.FromSeconds(3)));
    var events = perSecond * Seconds;
    var watch = Stopwatch.StartNew();
    var (arrived, cpu) = (new List<double>(), TimeSpan.Zero);
    cpu = await muse.CpuWhile(async () => arrived = await RoundAsync(events, perSecond, prompt));
    cpu -= idle * (watch.Elapsed / TimeSpan.FromSeconds(3));
    var attempts = receiver.Attempts;
    await muse.SilenceAsync();

    receiver.Forget();
    var bare = await BarePosts.StartAsync(receiver.Url, events * prompt, perSecond * prompt);
    var peer = receiver.Milliseconds();
    Console.WriteLine($"webhooks, {what}: {arrived.Count} of {events * prompt} deliveries, {attempts} attempts; commit to first sight p50 {At(arrived, 0.5):0.0} ms, " +
        $"p99 {At(arrived, 0.99):0.0} ms; bare POST p50 {At(peer, 0.5):0.00} ms, p99 {At(peer, 0.99):0.00} ms: {At(arrived, 0.5) / At(peer, 0.5):0.0} x and {At(arrived, 0.99) / At(peer, 0.99):0.0} x");
    Console.WriteLine($"webhooks, {what}: {cpu.TotalMilliseconds / attempts:0.00} ms of the server's CPU an attempt (idle taken off), " +
        $"bare POST {bare.TotalMilliseconds / (events * prompt):0.00} ms: {cpu / attempts / (bare / (events * prompt)):0.0} x");
    return arrived.Count == events * prompt && peer.Count == events * prompt;
}

async Task<List<double>> RoundAsync(int events, int perSecond, int prompt)
{
    receiver.Forget();
    var watch = Stopwatch.StartNew();
    for (var i = 0; i < events; i++)
    {
        var early = TimeSpan.FromSeconds((double)i / perSecond) - watch.Elapsed;
        if (early > TimeSpan.Zero) await Task.Delay(early);
        var lesson = Guid.CreateVersion7();
        await muse.BookAsync(lesson);
        receiver.Committed(lesson, Stopwatch.GetTimestamp());
    }
    var patience = Stopwatch.StartNew();
    while (receiver.Arrived < events * prompt && patience.Elapsed < TimeSpan.FromMinutes(1)) await Task.Delay(20);
    return receiver.Milliseconds();
}

static double At(List<double> sorted, double part) => sorted.Count == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Count - 1, part * sorted.Count)];

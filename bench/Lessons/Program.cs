using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using Muse.Bench.Lessons;
using Muse.Bench.Sfu;

// Figures and their meaning: docs/benchmarks.md, section "lessons".
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

if (args is ["enter", var media, var room, var audience, .. var keys])
{
    using var crowd = await Lessons.Enter(System.Net.IPEndPoint.Parse(media), room, audience, keys);
    Console.WriteLine("in");
    Console.WriteLine(string.Join(' ', crowd.PlayUntil(Task.Run(Console.In.ReadToEnd))));
    return 0;
}

const int Compared = 20;
const double MostApart = 0.2;
const double MostLoss = 0.1;
const double MostCores = 0.9;

await using var muse = await MuseServer.StartAsync();
// The players have core 1, the server core 0.
using (var own = Process.GetCurrentProcess())
    own.ProcessorAffinity = 0b10;
using var http = new HttpClient();
http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", muse.Key);
var (window, warmUp) = (TimeSpan.FromSeconds(LoadTool.Seconds), TimeSpan.FromSeconds(2));
var round = 0;

Console.WriteLine($"lessons: Muse on core 0, the players on core 1, AES-GCM, windows of {LoadTool.Seconds} s");
await Play(2);
var most = 0;
Seen? compared = null;
foreach (var count in new[] { Compared, 40, 80, 120, 160, 200, 240 })
{
    var seen = await Play(count);
    Console.WriteLine($"  {seen}");
    if (count == Compared)
        compared = seen;
    if (seen.Loss > MostLoss || seen.Cores > MostCores)
    {
        // Playing costs more than serving: the players may be the first to be late.
        Console.WriteLine($"  {(seen.Cores > MostCores ? "the server's core is full" : seen.Players > MostCores ? "the players' core is full" : "something was lost")}");
        break;
    }

    most = count;
}

Console.WriteLine($"lessons: at least {most} at once on one core; {compared!.Cores / Compared * 100:0.00} % of a core each");

// The same work by the other tool, in the same minute: two generators that agree are both believed.
if (LoadTool.Build() is not { } tool)
    return 1;
var work = Work.All.Single(each => each.Name.StartsWith("1:1 lessons", StringComparison.Ordinal));
if (tool.Measure(muse.Options(work, 10_000), muse.ProcessId, work) is not { } other)
    return 1;
var apart = Math.Abs(compared.Microseconds - other.Microseconds) / other.Microseconds;
Console.WriteLine($"lessons: {compared.Microseconds:0.00} µs a packet here, {other.Microseconds:0.00} by sfu-load: {apart:P0} apart");
if (compared.Others > LoadTool.MostOthers || !other.IsQuiet)
{
    Console.WriteLine("lessons: the machine was not quiet, nothing is compared");
    return 0;
}

return apart <= MostApart ? 0 : 1;

async Task<Seen> Play(int count)
{
    var run = round++;
    using var lessons = await Lessons.Begin(count, muse.Media, http, i => $"{muse.Room(20_000 + run)}-{i}");
    return lessons.Play(muse.ProcessId, warmUp, window);
}

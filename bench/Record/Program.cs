using System.Diagnostics;
using System.Globalization;
using Muse.Bench.Lessons;
using Muse.Bench.Record;

// Figures and their meaning: docs/benchmarks.md, section "record".
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["serve"])
{
    await RecordingServer.Serve();
    return 0;
}

const int Many = 20;
const int Rounds = 3;
const double MostOfACore = 0.01;
const double LateAfter = 1;
// Of one window: what others take makes everything dearer (caches, shared cores), never cheaper.
const double MostOthers = 0.25;

var window = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("MUSE_BENCH_SECONDS") ?? "20", CultureInfo.InvariantCulture));
var warmUp = TimeSpan.FromSeconds(5);
var folder = Directory.CreateTempSubdirectory("muse-bench-record-").FullName;
using (var own = Process.GetCurrentProcess())
    own.ProcessorAffinity = 0b10;
try
{
    var material = await Material.Make();
    Console.WriteLine($"record: the server on core 0, the players on core 1; each of two sends H.264 of {material.PictureBits / 1e6:0.00} Mbit/s and Opus of {material.SoundBits / 1e3:0} kbit/s; windows of {window.TotalSeconds:0} s");
    var one = await Recorded(material, 1, "one");
    var copy = await FfmpegCopy.Measure(material, folder, warmUp, window);
    Console.WriteLine($"  ffmpeg -c copy, one lesson: {copy.Cores:0.00%} of a core, {copy.Resident / 1e6:0} MB, {copy.Written / 1e6:0.0} MB written, nothing synced");
    var many = await Recorded(material, Many, "many");
    bool?[] met =
    [
        Verdict(one, "recording one lesson", $"{one.Recording:0.00%} of a core, wanted {MostOfACore:0%}", one.Recording <= MostOfACore),
        Verdict(many, $"recording {Many} lessons, each", $"{many.Recording / Many:0.00%} of a core, wanted {MostOfACore:0%}", many.Recording / Many <= MostOfACore),
        Verdict(one, "one lesson beside ffmpeg -c copy", $"{one.Recording / copy.Cores:0.00} × its CPU for recording, {one.Whole / copy.Cores:0.00} × with receiving and opening; wanted at most 1 ×",
            copy.Written > 0 && one.Recording <= copy.Cores),
        Verdict(many, $"{Many} recordings at once", $"{many.Late} of {many.Parts} parts later than {LateAfter:0} s, latest {many.Latest:0.00} s; {many.Refused} packets refused, {many.Missing:0.000} s missing",
            many is { Late: 0, Refused: 0, Missing: 0, Parts: > 0 }),
    ];
    Console.WriteLine($"  memory: {many.Memory / 1e6 / Many:0.0} MB for each of {Many} recordings; longest until synced {many.LongestSync:0.00} s (one: {one.LongestSync:0.00} s)");
    return met.Contains(false) ? 1 : met.Contains(null) ? 2 : 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

// A mark that is met among others' work is met; one that is not says nothing then: packets may have been lost before the recorder.
static bool? Verdict(Cost cost, string what, string seen, bool isMet)
{
    Console.WriteLine($"record: {what}: {seen}: {(isMet ? "met" : cost.IsQuiet ? "MISSED" : "NOT MEASURED, others were at work")}");
    return isMet ? true : cost.IsQuiet ? false : null;
}

// Windows with and without recordings in turn, in the same lessons; the difference is recording's.
async Task<Cost> Recorded(Material material, int lessons, string name)
{
    using var server = await RecordingServer.Start();
    var people = new List<IListener>();
    for (var i = 0; i < lessons * 2; i++)
    {
        var person = new ToMuse(server.Media);
        people.Add(person);
        await person.Connect(server);
    }

    using var player = new Player(material, people);
    // The first makes everything compiled and loaded; its memory counts, its time does not.
    var before = await server.Counts();
    var cost = new Cost(0, 0, 0, 0, 0, 0, 0, 0, 0, true);
    var (without, with) = (new List<double>(), new List<double>());
    for (var round = 0; round <= Rounds; round++)
    {
        await Task.Delay(warmUp);
        var bare = await Cores(server);
        if (round == 1) before = await server.Counts();
        var into = Path.Combine(folder, $"{name}-{round}");
        Directory.CreateDirectory(into);
        using var watched = new Watched(into);
        await server.Record(into);
        await Task.Delay(warmUp);
        var recorded = await Cores(server);
        var counts = await server.Counts();
        var result = await server.Stop();
        watched.Dispose();
        if (result.Tracks != lessons * 4 || result.Shortest < window.TotalSeconds)
            throw new InvalidOperationException($"Not all was recorded: {result}");
        Directory.Delete(into, recursive: true);
        if (round == 0) continue;
        without.Add(bare.Cores);
        with.Add(recorded.Cores);
        Console.WriteLine($"  {lessons} lessons: {bare.Cores:0.00%} of a core without, {recorded.Cores:0.00%} with recording; others {Math.Max(bare.Others, recorded.Others):0.00} cores"
            + (Math.Max(bare.Others, recorded.Others) > MostOthers ? " (not quiet)" : ""));
        cost = cost with
        {
            Parts = cost.Parts + watched.Waits.Count,
            Late = cost.Late + watched.Waits.Count(wait => wait > LateAfter),
            Latest = Math.Max(cost.Latest, watched.Waits.DefaultIfEmpty().Max()),
            Refused = cost.Refused + counts.Refused,
            Missing = cost.Missing + result.Missing,
            Memory = Math.Max(cost.Memory, counts.Resident - before.Resident),
            LongestSync = Math.Max(cost.LongestSync, counts.LongestSync),
            IsQuiet = cost.IsQuiet && Math.Max(bare.Others, recorded.Others) <= MostOthers,
        };
    }

    return cost with { Recording = Median(with) - Median(without), Whole = Median(with) };
}

async Task<(double Cores, double Others)> Cores(RecordingServer server)
{
    var (clock, all, own, first) = (Stopwatch.StartNew(), ServerCost.OfAll(), ServerCost.Of(Environment.ProcessId), await server.Counts());
    await Task.Delay(window);
    var cores = (await server.Counts()).Cpu - first.Cpu;
    var seconds = clock.Elapsed.TotalSeconds;
    return (cores / seconds, (ServerCost.OfAll() - all - (ServerCost.Of(Environment.ProcessId) - own) - cores) / seconds);
}

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

/// <summary>What one size of it cost; CPU in cores.</summary>
/// <param name="Recording">The difference to the same lessons without it.</param>
/// <param name="Whole">The server with it.</param>
/// <param name="Latest">Seconds from a part's last sample to its line in the index.</param>
/// <param name="Missing">Seconds, all tracks together.</param>
internal sealed record Cost(
    double Recording, double Whole, int Parts, int Late, double Latest, long Refused, double Missing, long Memory, double LongestSync, bool IsQuiet);

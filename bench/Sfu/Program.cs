using System.Globalization;
using Muse.Bench.Sfu;

// Figures and their meaning: docs/benchmarks.md, section "sfu".
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;

if (LoadTool.Build() is not { } tool)
    return 1;
if (Environment.ProcessorCount < 2)
{
    Console.WriteLine("sfu: needs two cores, one for the server and one for the tool");
    return 1;
}

var wanted = Environment.GetEnvironmentVariable("MUSE_BENCH_ROWS") ?? "";
var rows = Work.All.Where(work => work.Name.Contains(wanted, StringComparison.Ordinal)).ToList();
Console.WriteLine($"sfu: Muse on core 0, sfu-load on core 1, AES-GCM, windows of {LoadTool.Seconds} s, TieredCompilation off");
await using var muse = await MuseServer.StartAsync();
using var janus = JanusServer.Start(tool.Folder);
var (run, missed, notMeasured) = (0, 0, 0);
var table = new List<string>();
Console.WriteLine($"{Work.First.Name}: sfu-load {Work.First.Options}");
Judge(Work.First, tool.MeasureOnce(muse.Options(Work.First, run++), muse.ProcessId, Work.First), null);
// Warms up what the first row would pay for.
tool.Measure(muse.Options(Work.All[0], run++), muse.ProcessId, new("warming up", "--subscribers 10 --duration 2"));
foreach (var work in rows)
{
    Console.WriteLine($"{work.Name}: sfu-load {work.Options}");
    var seen = tool.Measure(muse.Options(work, run++), muse.ProcessId, work);
    Judge(work, seen, work.JanusToo && janus is not null ? tool.Measure(JanusServer.Options(run), janus.ProcessId, work) : null);
}

Console.WriteLine("| work | µs a packet | delay p50 / p99 ms | set-up p50 / p99, first packet ms | Janus µs | ratio |\n|---|---|---|---|---|---|");
table.ForEach(Console.WriteLine);
Console.WriteLine(missed > 0 ? $"sfu: {missed} rows MISSED a mark" : notMeasured > 0 ? "sfu: no mark was missed" : "sfu: every mark is met");
if (notMeasured > 0)
    Console.WriteLine($"sfu: {notMeasured} rows NOT MEASURED, at least in part: they have not passed");
return missed > 0 ? 1 : notMeasured > 0 ? 2 : 0;

void Judge(Work work, Measured? seen, Measured? peer)
{
    var verdict = Verdict.Of(work, seen, peer);
    foreach (var mark in verdict.Missed)
        Console.WriteLine($"  MISSED: {mark}");
    foreach (var mark in verdict.NotMeasured)
        Console.WriteLine($"  NOT MEASURED: {mark}");
    missed += verdict.Missed.Count > 0 ? 1 : 0;
    notMeasured += verdict.NotMeasured.Count > 0 ? 1 : 0;
    if (seen is not { IsQuiet: true })
    {
        table.Add($"| {work.Name} | not measured: {verdict.NotMeasured[0]} | | | | |");
        return;
    }

    var ratio = peer is { IsQuiet: true } ? $"{peer.Microseconds / seen.Microseconds:0.0} ×" : work.TimesJanus > 0 ? "not measured" : "";
    table.Add($"| {work.Name} | {seen.Microseconds:0.00} | {seen.DelayP50:0.00} / {seen.DelayP99:0.00} | {seen.SetUpP50:0.0} / {seen.SetUpP99:0.0}, {seen.FirstPacket:0.0} | " +
        $"{(peer is null ? "" : $"{peer.Microseconds:0.0}{(peer.IsQuiet ? "" : " (noisy)")}")} | {ratio} |");
}

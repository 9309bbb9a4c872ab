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
var (run, missed, noisy) = (0, 0, 0);
// Warms up what the first row would pay for.
tool.Measure(muse.Options(Work.All[0], run++), muse.ProcessId, new("warming up", "--subscribers 10 --duration 2"));
var table = new List<string>();
foreach (var work in rows)
{
    Console.WriteLine($"{work.Name}: sfu-load {work.Options}");
    var seen = tool.Measure(muse.Options(work, run++), muse.ProcessId, work);
    var peer = work.JanusToo && janus is not null ? tool.Measure(JanusServer.Options(run), janus.ProcessId, work) : null;
    if (seen is null)
    {
        missed++;
        continue;
    }

    if (!seen.IsQuiet)
    {
        noisy++;
        table.Add($"| {work.Name} | dropped: {seen.Others:0.00} cores were others' | | | | |");
        continue;
    }

    if (!seen.IsWhole)
    {
        Console.WriteLine("  MISSED: something was lost, bad, or not connected");
        missed++;
    }

    var ratio = peer is { IsQuiet: true } ? peer.Microseconds / seen.Microseconds : 0;
    if (IsOver(seen.Microseconds, work.Microseconds) || IsOver(seen.DelayP50, work.DelayP50) || IsOver(seen.DelayP99, work.DelayP99)
        || (ratio > 0 && ratio < work.TimesJanus))
    {
        Console.WriteLine($"  MISSED: at most {work.Microseconds} µs, {work.DelayP50}/{work.DelayP99} ms, at least {work.TimesJanus} × Janus");
        missed++;
    }

    table.Add($"| {work.Name} | {seen.Microseconds:0.00} | {seen.DelayP50:0.00} / {seen.DelayP99:0.00} | {seen.SetUpP50:0.0} / {seen.SetUpP99:0.0} | " +
        $"{(peer is null ? "" : $"{peer.Microseconds:0.0}{(peer.IsQuiet ? "" : " (noisy)")}")} | {(ratio > 0 ? $"{ratio:0.0} ×" : "")} |");
}

Console.WriteLine("| work | µs a packet | delay p50 / p99 ms | set-up p50 / p99 ms | Janus µs | ratio |\n|---|---|---|---|---|---|");
table.ForEach(Console.WriteLine);
Console.WriteLine(missed > 0 ? $"sfu: {missed} rows MISSED their mark" : noisy > 0 ? $"sfu: {noisy} rows dropped, the machine was not quiet" : "sfu: every mark is met");
return missed > 0 ? 1 : 0;

static bool IsOver(double seen, double most) => most > 0 && seen > most;

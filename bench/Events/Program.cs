using System.Globalization;
using Muse.Bench.Events;

// Figures and their meaning: docs/benchmarks.md, section "events".
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
await using var server = await BenchServer.StartAsync();
var appendsHold = await Appends.MeasureAsync(server);
var replayHolds = await Replay.MeasureAsync(server);
return appendsHold && replayHolds ? 0 : 1;

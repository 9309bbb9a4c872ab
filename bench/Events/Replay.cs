using System.Diagnostics;
using System.Globalization;
using Muse.Adapters.Postgres;
using Muse.Domain.Bookings;

namespace Muse.Bench.Events;

/// <summary>Reading the whole log as typed events, folded, against the bytes of the same columns by binary COPY, which nobody can beat by reading.</summary>
internal static class Replay
{
    private const int Rounds = 3;
    private const double Wanted = 0.4;

    public static async Task<bool> MeasureAsync(BenchServer server)
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("MUSE_BENCH_EVENTS") ?? "1000000", CultureInfo.InvariantCulture);
        await Fill(server, count);
        var store = new EventStore(server.Source, EventNames.Muse, [], TimeProvider.System);
        await Typed(store);
        var ratios = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var (bytes, raw) = await Raw(server);
            var (events, typed) = await Typed(store);
            if (events != count) throw new InvalidOperationException($"{events} events were read of {count}.");
            ratios.Add(raw / typed);
            Console.WriteLine($"  round {round + 1}: raw COPY {count / raw / 1000:n0} k events/s ({bytes / count} B each); replay {count / typed / 1000:n0} k events/s; ratio {raw / typed:0.00}");
        }
        ratios.Sort();
        var holds = ratios[Rounds / 2] >= Wanted;
        Console.WriteLine($"events replay: {ratios[Rounds / 2]:0.00} of raw binary COPY, {count:n0} events (median of {Rounds}; wanted >= {Wanted}) {(holds ? "ok" : "MISSED")}");
        return holds;
    }

    private static async Task Fill(BenchServer server, int count)
    {
        await server.ExecuteAsync("truncate mt_events, mt_streams, errands");
        await server.ExecuteAsync($"insert into mt_streams (id, type, version) select ('00000000-0000-7000-8000-' || lpad(to_hex(s), 12, '0'))::uuid, 'booking', 4 from generate_series(0, {(count - 1) / 4}) s");
        // Four events a stream, each as the golden files have it, with ids of their own.
        await server.ExecuteAsync($$"""
            insert into mt_events (seq_id, id, stream_id, version, type, data, "timestamp")
            select g + 1, gen_random_uuid(), ('00000000-0000-7000-8000-' || lpad(to_hex(g / 4), 12, '0'))::uuid, g % 4 + 1,
                   case g % 4 when 0 then 'booking_requested' when 3 then 'booking_cancelled' else 'booking_rescheduled' end,
                   case g % 4 when 0 then '{{Golden("booking_requested")}}'::jsonb when 3 then '{{Golden("booking_cancelled")}}'::jsonb else '{{Golden("booking_rescheduled")}}'::jsonb end,
                   clock_timestamp()
              from generate_series(0, {{count - 1}}) g
            """);
        await server.ExecuteAsync($"select setval('mt_events_sequence', {count})");
        await server.ExecuteAsync("analyze mt_events");
        await server.ExecuteAsync("vacuum mt_events");
        await server.ExecuteAsync("checkpoint");
    }

    private static string Golden(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"{name}.v1.json")).Replace("'", "''", StringComparison.Ordinal);

    private static async Task<(long Bytes, double Seconds)> Raw(BenchServer server)
    {
        await using var connection = await server.Source.OpenConnectionAsync();
        var since = Stopwatch.StartNew();
        await using var copy = await connection.BeginRawBinaryCopyAsync(
            "copy (select seq_id, id, stream_id, version, type, type_version, data, headers, \"timestamp\" from mt_events order by seq_id) to stdout (format binary)");
        var buffer = new byte[64 * 1024];
        var total = 0L;
        while (await copy.ReadAsync(buffer.AsMemory(), CancellationToken.None) is > 0 and var read) total += read;
        return (total, since.Elapsed.TotalSeconds);
    }

    private static async Task<(long Events, double Seconds)> Typed(EventStore store)
    {
        var since = Stopwatch.StartNew();
        var events = 0L;
        Booking? booking = null;
        await foreach (var e in store.ReadAllAsync())
        {
            booking = Fold<Booking>.Next(e.Version == 1 ? null : booking, e);
            events++;
        }
        return (events, since.Elapsed.TotalSeconds);
    }
}

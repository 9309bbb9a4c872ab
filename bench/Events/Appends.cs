using System.Diagnostics;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Bench.Events;

// As large as a booking's events: some 150 to 200 bytes of JSON.
internal sealed record SeatTaken(Guid Seat, Guid Student, string StartLocal, string TimeZone, string Note);

internal sealed record Seat(Guid Id, int Taken)
{
    public static Seat Create(SeatTaken e) => new(e.Seat, 1);

    public Seat Apply(SeatTaken e) => this with { Taken = Taken + 1 };
}

internal sealed class SeatRows : IProjection
{
    public string Name => "bench_seats";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["seat_taken"];

    public IReadOnlyList<string> Tables { get; } = ["bench_seats"];

    public void Apply(IEvent e, NpgsqlBatch batch) => batch.Write("""
        insert into bench_seats (id, taken, version, at) values ($1, 1, $2, $3)
            on conflict (id) do update set taken = bench_seats.taken + 1, version = excluded.version, at = excluded.at
        """, e.StreamId, e.Version, e.Timestamp);
}

/// <summary>
/// Appends with version check, inline row and errand in one durable transaction, against pgbench's one INSERT per transaction: how much of the
/// server's rate is left to an event store's work.
/// </summary>
internal static class Appends
{
    private const int Writers = 32;
    private const int Rounds = 3;
    private const double Wanted = 0.15;

    private const string OneInsert =
        """insert into bench_one (stream, version, data) values (gen_random_uuid(), 1, '{"seat": "0193a5d0-6c00-7000-8000-000000000001", "student": "0193a5d0-6c00-7000-8000-000000000002", "startLocal": "2026-12-07T17:00:00"}');""";

    public static async Task<bool> MeasureAsync(BenchServer server)
    {
        var seconds = int.Parse(Environment.GetEnvironmentVariable("MUSE_BENCH_SECONDS") ?? "6", System.Globalization.CultureInfo.InvariantCulture);
        await server.ExecuteAsync("create table bench_one (id bigserial primary key, stream uuid not null, version bigint not null, data jsonb not null, unique (stream, version))");
        await server.ExecuteAsync("create table bench_seats (id uuid primary key, taken int not null, version bigint not null, at timestamptz not null)");
        var names = new EventNames().Map<SeatTaken>("seat_taken").Stream<Seat>("seat");
        var store = new EventStore(server.Source, names, [new SeatRows()], TimeProvider.System);
        var peer = "pgbench";
        // Until the compiler has optimised what it runs.
        await AppendsPerSecond(store, 4, []);
        var (plain, ours, latencies) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var peers = await server.PgbenchAsync(OneInsert, Writers, seconds);
            if (peers is null) peer = "an Npgsql loop (pgbench is not installed)";
            plain.Add(peers ?? await InsertsPerSecond(server, seconds));
            ours.Add(await AppendsPerSecond(store, seconds, latencies));
            Console.WriteLine($"  round {round + 1}: one INSERT per transaction ({peer}) {plain[^1]:n0}/s; append with version check, row and errand {ours[^1]:n0}/s; ratio {ours[^1] / plain[^1]:0.000}");
        }
        latencies.Sort();
        var ratios = ours.Zip(plain, (o, p) => o / p).Order().ToArray();
        var ratio = ratios[Rounds / 2];
        var holds = ratio >= Wanted;
        Console.WriteLine($"events append: {ratio:0.000} of {peer}'s rate at {Writers} writers (median of {Rounds}; wanted >= {Wanted}) {(holds ? "ok" : "MISSED")}; p50 {latencies[latencies.Count / 2]:0.0} ms, p99 {latencies[latencies.Count * 99 / 100]:0.0} ms");
        return holds;
    }

    private static async Task<double> AppendsPerSecond(EventStore store, int seconds, List<double> latencies)
    {
        var since = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            var (count, version, stream) = (0, 0L, Guid.Empty);
            var own = new List<double>();
            while (since.Elapsed.TotalSeconds < seconds)
            {
                var begun = Stopwatch.GetTimestamp();
                await using var session = store.OpenSession(new Actor(stream, "student"));
                var e = new SeatTaken(Guid.NewGuid(), Guid.NewGuid(), "2026-12-07T17:00:00", "Asia/Seoul", "a lesson of thirty minutes");
                // Streams of 10 events, as short as a booking's.
                if (version is 0 or 10)
                {
                    (stream, version) = (Guid.CreateVersion7(), 0);
                    session.StartStream<Seat>(stream, e);
                }
                else
                {
                    session.Append(stream, version, e);
                }
                session.Schedule("arrange_seat", new { seat = stream });
                await session.SaveChangesAsync();
                version++;
                count++;
                own.Add(Stopwatch.GetElapsedTime(begun).TotalMilliseconds);
            }
            lock (latencies) latencies.AddRange(own);
            return count;
        })));
        return counts.Sum() / since.Elapsed.TotalSeconds;
    }

    private static async Task<double> InsertsPerSecond(BenchServer server, int seconds)
    {
        var since = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            await using var connection = await server.Source.OpenConnectionAsync();
            await using var insert = connection.Command(OneInsert);
            await insert.PrepareAsync();
            var count = 0;
            for (; since.Elapsed.TotalSeconds < seconds; count++) await insert.ExecuteNonQueryAsync();
            return count;
        })));
        return counts.Sum() / since.Elapsed.TotalSeconds;
    }
}

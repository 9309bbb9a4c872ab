using System.Collections.Concurrent;
using System.Diagnostics;
using Muse.Adapters.Postgres;
using Muse.Given;
using Npgsql;

namespace Muse.Adapters.Tests.Postgres;

/// <summary>Reading in order without losing any: docs/decisions/0006. The experiment that other schemes failed is part of the product.</summary>
public sealed class EventOrderTests : IAsyncLifetime
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(5);

    private Database _database = null!;
    private EventStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Database.FreshAsync();
        _store = _database.Store(Lamps.Names);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Twelve_writers_that_dawdle_and_roll_back_lose_no_event_for_four_readers_and_none_comes_out_of_order()
    {
        await _database.ExecuteAsync("create table elsewhere (id uuid)");
        var streams = new ConcurrentBag<Guid>();
        var since = Stopwatch.StartNew();
        var written = false;
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => Read(settled: true, () => Volatile.Read(ref written)))).ToArray();
        var naive = Task.Run(() => Read(settled: false, () => Volatile.Read(ref written)));
        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => Write(i, streams, () => since.Elapsed > Length))));
        Volatile.Write(ref written, true);

        var all = new List<long>();
        await using (var command = _database.Source.Command("select seq_id from mt_events order by seq_id"))
        await using (var rows = await command.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync()) all.Add(rows.GetInt64(0));
        }
        Assert.True(all.Count > 300, $"Only {all.Count} events were written: the experiment says nothing.");
        Assert.True(all[^1] > all.Count, "No number was rolled back: the experiment says nothing.");
        foreach (var seen in await Task.WhenAll(readers))
        {
            Assert.Equal(all, seen.Select(s => s.Sequence));
            foreach (var stream in seen.GroupBy(s => s.Stream))
                Assert.Equal(Enumerable.Range(1, stream.Count()).Select(v => (long)v), stream.Select(s => s.Version));
        }
        // The control: the same writers do make a reader lose events that only asks for "seq > last".
        Assert.True((await naive).Count < all.Count, "The naive reader lost nothing: the writers are too tame for this test to mean anything.");
    }

    [Fact]
    public async Task The_hole_of_a_killed_writer_is_passed_at_once()
    {
        var open = new TaskCompletionSource<int>();
        await using var session = _store.OpenSession();
        session.StartStream<Lamp>(Guid.CreateVersion7(), new LampHung(Guid.NewGuid(), "Seoul"));
        session.After(async (connection, ct) =>
        {
            open.SetResult(connection.ProcessID);
            await using var wait = connection.Command("select pg_sleep(60)");
            await wait.ExecuteNonQueryAsync(ct);
        });
        var save = Record.ExceptionAsync(() => session.SaveChangesAsync()).AsTask();
        var pid = await open.Task;
        await Append();

        Assert.Equal(0L, await Settled());
        await _database.ExecuteAsync("select pg_terminate_backend($1, 5000)", pid);

        Assert.Equal(2L, await Settled());
        Assert.IsType<PostgresException>(await save);
        Assert.Equal(1L, await _database.EventsAsync());
    }

    [Fact]
    public async Task An_open_append_holds_settled_below_its_events_until_it_ends()
    {
        await Append();
        var open = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        await using var session = _store.OpenSession();
        session.StartStream<Lamp>(Guid.CreateVersion7(), new LampHung(Guid.NewGuid(), "Seoul"));
        session.After(async (_, _) =>
        {
            open.SetResult();
            await go.Task;
        });
        var save = session.SaveChangesAsync();
        await open.Task;
        await Append();

        Assert.Equal(1L, await Settled());
        go.SetResult();
        await save;
        Assert.Equal(3L, await Settled());
    }

    [Fact]
    public async Task Marks_of_another_database_are_ignored_and_our_own_are_not()
    {
        await Append();
        await using var other = await Database.FreshAsync();
        const string markAtZero = "select pg_advisory_xact_lock_shared(x'4d55'::bigint << 48)";
        await using var theirs = await other.Source.OpenConnectionAsync();
        await using var theirTransaction = await theirs.BeginTransactionAsync();
        await using (var mark = theirs.Command(markAtZero)) await mark.ExecuteNonQueryAsync();

        Assert.Equal(1L, await Settled());

        await using var ours = await _database.Source.OpenConnectionAsync();
        await using var ourTransaction = await ours.BeginTransactionAsync();
        await using (var mark = ours.Command(markAtZero)) await mark.ExecuteNonQueryAsync();
        Assert.Equal(0L, await Settled());
    }

    [Fact]
    public async Task An_open_transaction_that_does_not_append_holds_nobody_up()
    {
        await using var idle = await _database.Source.OpenConnectionAsync();
        await using var transaction = await idle.BeginTransactionAsync();
        await using (var write = idle.Command("insert into received (source, id) values ('x', 'y')")) await write.ExecuteNonQueryAsync();
        await using (var person = idle.Command("select pg_advisory_xact_lock($1, $2)", 0x4d550000, 7)) await person.ExecuteNonQueryAsync();
        await Append();
        Assert.Equal(1L, await Settled());
    }

    private Task<long> Settled() => _database.ScalarAsync<long>("select settled()");

    private async Task Append()
    {
        await using var session = _store.OpenSession();
        session.StartStream<Lamp>(Guid.CreateVersion7(), new LampHung(Guid.NewGuid(), "Seoul"));
        await session.SaveChangesAsync();
    }

    private async Task Write(int writer, ConcurrentBag<Guid> streams, Func<bool> ended)
    {
        var random = new Random(writer);
        while (!ended())
        {
            await using var session = _store.OpenSession();
            // Half own a transaction id long before they append.
            if (writer % 2 == 0)
            {
                session.Before(async (connection, ct) =>
                {
                    await using var early = connection.Command("insert into elsewhere values (gen_random_uuid())");
                    await early.ExecuteNonQueryAsync(ct);
                    await Task.Delay(random.Next(0, 5), ct);
                });
            }
            Guid? started = null;
            if (streams.Count > 30 && random.Next(3) > 0)
            {
                // One or two existing streams, often wanted by others at the same time.
                foreach (var id in streams.OrderBy(_ => random.Next()).Take(random.Next(1, 3)).ToArray())
                    (await session.FetchForWriting<Lamp>(id)).AppendMany(new LampSwitched(true), new LampSwitched(false));
            }
            else
            {
                var id = Guid.CreateVersion7();
                session.StartStream<Lamp>(id, new LampHung(id, "Seoul"));
                started = id;
            }
            var rollBack = random.Next(20) == 0;
            session.After(async (_, ct) =>
            {
                await Task.Delay(random.Next(0, 15), ct);
                if (rollBack) throw new OperationCanceledException();
            });
            try
            {
                await session.SaveChangesAsync();
                if (started is { } begun) streams.Add(begun);
            }
            catch (Exception e) when (e is OperationCanceledException or StaleVersion)
            {
                // Rolled back, or another writer was first: part of the experiment.
            }
        }
    }

    private async Task<List<(long Sequence, Guid Stream, long Version)>> Read(bool settled, Func<bool> written)
    {
        var seen = new List<(long, Guid, long)>();
        var last = 0L;
        while (true)
        {
            var final = written();
            await using var connection = await _database.Source.OpenConnectionAsync();
            var upTo = long.MaxValue;
            if (settled)
            {
                await using var ask = connection.Command("select settled()");
                upTo = (long)(await ask.ExecuteScalarAsync())!;
            }
            await using var read = connection.Command("select seq_id, stream_id, version from mt_events where seq_id > $1 and seq_id <= $2 order by seq_id", last, upTo);
            await using var rows = await read.ExecuteReaderAsync();
            while (await rows.ReadAsync())
            {
                last = rows.GetInt64(0);
                seen.Add((last, rows.GetGuid(1), rows.GetInt64(2)));
            }
            if (final) return seen;
        }
    }
}

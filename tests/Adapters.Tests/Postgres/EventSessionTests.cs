using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Given;
using NodaTime;

namespace Muse.Adapters.Tests.Postgres;

public sealed class EventSessionTests : IAsyncLifetime
{
    private Database _database = null!;
    private EventStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Database.FreshAsync();
        await _database.ExecuteAsync(Lamps.Tables);
        _store = _database.Store(Lamps.Names, new LampRows(ProjectionLifecycle.Inline));
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task A_started_stream_folds_to_what_was_appended()
    {
        var id = await AHungLamp();
        await using var session = _store.OpenSession();
        session.Append(id, 1, new LampSwitched(true), new LampSwitched(false), new LampSwitched(true));
        await session.SaveChangesAsync();

        var lamp = await _store.OpenSession().AggregateStreamAsync<Lamp>(id);

        Assert.Equal(new Lamp(id, "Seoul", true, 3), lamp);
        Assert.Equal("lamp", await _database.ScalarAsync<string>("select type from mt_streams where id = $1", id));
        Assert.Equal(4L, await _database.ScalarAsync<long>("select version from mt_streams where id = $1", id));
    }

    [Fact]
    public async Task The_first_event_of_a_fresh_database_has_sequence_1_and_is_settled()
    {
        Assert.Equal(0L, await _database.ScalarAsync<long>("select settled()"));
        await AHungLamp();
        Assert.Equal(1L, await _database.ScalarAsync<long>("select seq_id from mt_events"));
        Assert.Equal(1L, await _database.ScalarAsync<long>("select settled()"));
    }

    [Fact]
    public async Task The_envelope_says_who_when_and_where()
    {
        var person = Guid.CreateVersion7();
        var id = Guid.CreateVersion7();
        var before = await _database.ScalarAsync<DateTime>("select clock_timestamp()");
        await using var session = _store.OpenSession(new Actor(person, "tutor", "half\ud800 a pair and \0"));
        session.StartStream<Lamp>(id, new LampHung(id, "Abu Dhabi"), new LampSwitched(true));
        await session.SaveChangesAsync();

        var events = await session.FetchStreamAsync(id);

        Assert.Equal([1L, 2L], events.Select(e => e.Version));
        Assert.True(events[0].Sequence < events[1].Sequence);
        Assert.All(events, e =>
        {
            Assert.Equal(id, e.StreamId);
            Assert.Equal(person.ToString(), e.Headers[Actor.PersonHeader]);
            Assert.Equal("tutor", e.Headers[Actor.RoleHeader]);
            Assert.Equal("half a pair and ", e.Headers[Actor.ReasonHeader]);
            Assert.InRange(e.Timestamp.UtcDateTime, before, before.AddMinutes(1));
            Assert.Equal(7, e.Id.Version);
        });
        Assert.Equal(["lamp_hung", "lamp_switched"], events.Select(e => e.EventTypeName));
        Assert.Equal("Abu Dhabi", Assert.IsType<IEvent<LampHung>>(events[0], exactMatch: false).Data.Room);
    }

    [Fact]
    public async Task Inline_rows_are_written_with_the_final_sequence_version_and_time()
    {
        var id = await AHungLamp();
        await using var session = _store.OpenSession();
        var stream = await session.FetchForWriting<Lamp>(id, 1);
        stream.AppendMany(new LampSwitched(true), new LampSwitched(false));
        await session.SaveChangesAsync();

        Assert.Equal(1L, await _database.ScalarAsync<long>("""
            select count(*) from lamps l join mt_events e on e.stream_id = l.id and e.version = l.version and e.seq_id = l.seq and e."timestamp" = l.at
            where l.switched = 2 and l.version = 3
            """));
    }

    [Fact]
    public async Task Of_20_appends_at_one_version_exactly_1_wins_and_19_write_nothing()
    {
        var id = await AHungLamp();
        var start = new TaskCompletionSource();
        var tries = Enumerable.Range(0, 20).Select(async i =>
        {
            await start.Task;
            await using var session = _store.OpenSession();
            session.Append(id, 1, new LampSwitched(true, i));
            session.Schedule("watch", new { });
            try
            {
                await session.SaveChangesAsync();
                return null;
            }
            catch (StaleVersion stale)
            {
                return stale;
            }
        }).ToArray();
        start.SetResult();
        var outcomes = await Task.WhenAll(tries);

        Assert.Single(outcomes, o => o is null);
        Assert.All(outcomes.OfType<StaleVersion>(), o => Assert.Equal((id, 1L, 2L), (o.StreamId, o.Expected, o.Actual)));
        Assert.Equal(2L, await _database.EventsAsync());
        Assert.Equal(1L, await _database.ScalarAsync<long>("select count(*) from errands"));
        Assert.Equal(1, await _database.ScalarAsync<int>("select switched from lamps"));
    }

    [Fact]
    public async Task Of_20_starts_of_one_stream_exactly_1_wins()
    {
        var id = Guid.CreateVersion7();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            await using var session = _store.OpenSession();
            session.StartStream<Lamp>(id, new LampHung(id, "Seoul"));
            return await Record.ExceptionAsync(() => session.SaveChangesAsync());
        })));

        Assert.Single(outcomes, o => o is null);
        Assert.Equal(19, outcomes.OfType<StreamExists>().Count(e => e.StreamId == id));
        Assert.Equal(1L, await _database.EventsAsync());
    }

    [Fact]
    public async Task An_append_above_the_version_is_refused_as_well_as_one_below_and_one_to_nothing()
    {
        var id = await AHungLamp();
        foreach (var (stream, expected, found) in new[] { (id, 7L, 1L), (Guid.CreateVersion7(), 1L, 0L) })
        {
            await using var session = _store.OpenSession();
            session.Append(stream, expected, new LampSwitched(true));
            var stale = await Assert.ThrowsAsync<StaleVersion>(() => session.SaveChangesAsync());
            Assert.Equal((expected, (long?)found), (stale.Expected, stale.Actual));
        }
        Assert.Equal(1L, await _database.EventsAsync());
        await Assert.ThrowsAsync<StaleVersion>(() => _store.OpenSession().FetchForWriting<Lamp>(id, 2));
    }

    [Fact]
    public async Task A_refusal_inside_the_transaction_leaves_no_event_no_row_and_no_errand()
    {
        await using var session = _store.OpenSession();
        session.Before(async (connection, ct) =>
        {
            await using var write = connection.Command("insert into received (source, id) values ('x', 'y')");
            await write.ExecuteNonQueryAsync(ct);
            throw new Refused(new Refusal("taken", "Somebody was first."));
        });
        var id = Guid.CreateVersion7();
        session.StartStream<Lamp>(id, new LampHung(id, "Seoul"));
        session.Schedule("watch", new { });

        var refused = await Assert.ThrowsAsync<Refused>(() => session.SaveChangesAsync());

        Assert.Equal("taken", refused.Refusal.Code);
        Assert.Equal(0L, await _database.ScalarAsync<long>(
            "select (select count(*) from mt_events) + (select count(*) from mt_streams) + (select count(*) from lamps) + (select count(*) from errands) + (select count(*) from received)"));
    }

    [Fact]
    public async Task A_failure_at_the_end_undoes_everything_before_it()
    {
        await using var session = _store.OpenSession();
        var id = Guid.CreateVersion7();
        session.StartStream<Lamp>(id, new LampHung(id, "Seoul"));
        session.After((_, _) => throw new InvalidOperationException("at the very end"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => session.SaveChangesAsync());

        Assert.Equal(0L, await _database.EventsAsync());
        Assert.Equal(0L, await _database.ScalarAsync<long>("select count(*) from lamps"));
    }

    [Fact]
    public async Task Hooks_run_around_the_events_in_the_order_they_were_added()
    {
        await using var session = _store.OpenSession();
        var seen = new List<string>();
        var id = Guid.CreateVersion7();
        session.Before((_, _) => { seen.Add("first"); return Task.CompletedTask; });
        session.Before((_, _) => { seen.Add("second"); return Task.CompletedTask; });
        session.After(async (connection, ct) =>
        {
            await using var count = connection.Command("select count(*) from lamps");
            seen.Add($"after {await count.ExecuteScalarAsync(ct)} row");
        });
        session.StartStream<Lamp>(id, new LampHung(id, "Seoul"));
        await session.SaveChangesAsync();

        Assert.Equal(["first", "second", "after 1 row"], seen);
        Assert.Equal(1L, await _database.EventsAsync());
    }

    [Fact]
    public async Task Two_saves_that_lock_each_other_out_are_tried_again_and_both_succeed()
    {
        await _database.ExecuteAsync("create table posts (id int primary key, n int not null)");
        await _database.ExecuteAsync("insert into posts values (1, 0), (2, 0)");
        using var both = new Barrier(2);
        var meet = 2;
        Task Save(int first, int second) => Task.Run(async () =>
        {
            await using var session = _store.OpenSession();
            var id = Guid.CreateVersion7();
            session.Before(async (connection, ct) =>
            {
                await using var one = connection.Command("update posts set n = n + 1 where id = $1", first);
                await one.ExecuteNonQueryAsync(ct);
                // Both hold their first row before either asks for its second: only at the first try of each.
                if (Interlocked.Decrement(ref meet) >= 0) both.SignalAndWait(ct);
                await using var two = connection.Command("update posts set n = n + 1 where id = $1", second);
                await two.ExecuteNonQueryAsync(ct);
            });
            session.StartStream<Lamp>(id, new LampHung(id, "Seoul"));
            await session.SaveChangesAsync();
        });

        await Task.WhenAll(Save(1, 2), Save(2, 1));

        Assert.Equal(2L, await _database.EventsAsync());
        Assert.Equal(4L, await _database.ScalarAsync<long>("select sum(n) from posts"));
    }

    [Fact]
    public async Task Appends_to_two_streams_in_opposite_order_do_not_deadlock()
    {
        var a = await AHungLamp();
        var b = await AHungLamp();
        var saved = 0;
        await Task.WhenAll(new[] { (a, b), (b, a) }.Select(pair => Task.Run(async () =>
        {
            while (Volatile.Read(ref saved) < 60)
            {
                await using var session = _store.OpenSession();
                foreach (var id in new[] { pair.Item1, pair.Item2 }) (await session.FetchForWriting<Lamp>(id)).AppendOne(new LampSwitched(true));
                try
                {
                    await session.SaveChangesAsync();
                    Interlocked.Increment(ref saved);
                }
                catch (StaleVersion)
                {
                    // The other was first.
                }
            }
        })));

        Assert.Equal(0L, await _database.ScalarAsync<long>("select deadlocks from pg_stat_database where datname = current_database()"));
        Assert.Equal(await _database.EventsAsync(), 2L + (2 * saved));
    }

    [Fact]
    public async Task A_message_received_twice_is_refused_the_second_time_and_writes_no_event()
    {
        var first = Guid.CreateVersion7();
        await Receive(first);
        var refused = await Assert.ThrowsAsync<Refused>(() => Receive(Guid.CreateVersion7()));
        Assert.Equal("already_received", refused.Refusal.Code);
        Assert.Equal(1L, await _database.EventsAsync());

        async Task Receive(Guid id)
        {
            await using var session = _store.OpenSession();
            session.ReceiveOnce("zoom", "message-1");
            session.StartStream<Lamp>(id, new LampHung(id, "Seoul"));
            await session.SaveChangesAsync();
        }
    }

    [Fact]
    public async Task The_id_of_a_stream_of_another_kind_finds_nothing_and_starts_nothing()
    {
        var id = await AHungLamp();
        await using var session = _store.OpenSession();
        Assert.Null(await session.AggregateStreamAsync<ErrandRecord>(id));
        var stream = await session.FetchForWriting<ErrandRecord>(id);
        Assert.Equal((null, 0L), (stream.Aggregate, stream.CurrentVersion));
        stream.AppendOne(new ErrandReplayed(id, "none"));
        await Assert.ThrowsAsync<StreamExists>(() => session.SaveChangesAsync());
        Assert.Equal(1L, await _database.EventsAsync());
    }

    [Fact]
    public async Task Many_streams_fetched_at_once_are_what_each_is_alone_and_hold_to_their_versions()
    {
        var (hung, moved, none) = (await AHungLamp(), await AHungLamp(), Guid.CreateVersion7());
        await using var session = _store.OpenSession();
        var streams = await session.FetchForWriting<Lamp>([hung, none, moved, hung]);
        Assert.Equal([(hung, 1L), (none, 0L), (moved, 1L)], streams.Values.Select(stream => (stream.Id, stream.CurrentVersion)));
        Assert.Equal((hung, null), (streams[hung].Aggregate!.Id, streams[none].Aggregate));
        Assert.All((await session.FetchForWriting<ErrandRecord>([hung])).Values, stream => Assert.Equal((null, 0L), (stream.Aggregate, stream.CurrentVersion)));

        await using (var other = _store.OpenSession())
        {
            other.Append(moved, 1, new LampSwitched(true));
            await other.SaveChangesAsync();
        }
        streams[hung].AppendOne(new LampSwitched(true));
        streams[moved].AppendOne(new LampSwitched(true));
        Assert.Equal(moved, (await Assert.ThrowsAsync<StaleVersion>(() => session.SaveChangesAsync())).StreamId);
        Assert.Equal(3L, await _database.EventsAsync());
    }

    [Fact]
    public async Task The_same_errand_scheduled_twice_is_one_row()
    {
        var cause = Guid.CreateVersion7();
        for (var i = 0; i < 2; i++)
        {
            await using var session = _store.OpenSession();
            session.Schedule("arrange_meeting", new { lesson = cause }, cause, Instant.FromUtc(2026, 12, 1, 8, 0));
            await session.SaveChangesAsync();
        }
        Assert.Equal(NameBasedId.From(cause, "arrange_meeting"), await _database.ScalarAsync<Guid>("select id from errands"));
    }

    [Fact]
    public async Task Text_that_PostgreSQL_cannot_hold_fails_before_the_database_and_writes_nothing()
    {
        await using var session = _store.OpenSession();
        var id = Guid.CreateVersion7();
        session.StartStream<Lamp>(id, new LampHung(id, "a\0b"));
        await Assert.ThrowsAsync<ArgumentException>(() => session.SaveChangesAsync());
        Assert.Equal(0L, await _database.EventsAsync());
    }

    private async Task<Guid> AHungLamp()
    {
        var id = Guid.CreateVersion7();
        await using var session = _store.OpenSession();
        session.StartStream<Lamp>(id, new LampHung(id, "Seoul"));
        await session.SaveChangesAsync();
        return id;
    }
}

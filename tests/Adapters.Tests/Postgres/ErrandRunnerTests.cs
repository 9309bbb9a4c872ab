using Microsoft.Extensions.Logging.Abstractions;
using Muse.Adapters.Postgres;
using Muse.Given;
using NodaTime;

namespace Muse.Adapters.Tests.Postgres;

public sealed class ErrandRunnerTests : IAsyncLifetime
{
    private Database _database = null!;
    private EventStore _store = null!;
    private ErrandQueue _queue = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Database.FreshAsync();
        _store = _database.Store(Lamps.Names);
        _queue = new ErrandQueue(_store);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task An_errand_is_run_once_with_its_body_and_is_done()
    {
        var handler = new Handler();
        var cause = await Schedule(new { lamp = "desk" });

        Assert.Equal(1, await Runner(handler).RunDue());
        Assert.Equal(0, await Runner(handler).RunDue());

        var errand = Assert.Single(handler.Seen);
        Assert.Equal((NameBasedId.From(cause, "buy_bulb"), cause, 1), (errand.Id, errand.CausedBy, errand.Attempt));
        Assert.Equal("desk", errand.BodyAs<Dictionary<string, string>>()["lamp"]);
        Assert.True(await _database.ScalarAsync<bool>("select done_at is not null and leased_until is null from errands"));
    }

    [Fact]
    public async Task An_errand_that_is_not_due_or_has_no_handler_waits()
    {
        await Schedule(new { }, dueAt: SystemNow + Duration.FromHours(1));
        await using (var session = _store.OpenSession())
        {
            session.Schedule("unknown_kind", new { }, Guid.NewGuid());
            await session.SaveChangesAsync();
        }
        Assert.Equal(0, await Runner(new Handler()).RunDue());
        Assert.Equal(2L, (await _queue.Counts(CancellationToken.None)).Waiting);
    }

    [Fact]
    public async Task Two_takers_never_hold_the_same_errand()
    {
        for (var i = 0; i < 40; i++) await Schedule(new { i });
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            var mine = new List<Guid>();
            while (await _queue.Take(["buy_bulb"], 3, CancellationToken.None) is { Count: > 0 } some) mine.AddRange(some.Select(e => e.Id));
            return mine;
        })));
        var all = taken.SelectMany(ids => ids).ToList();
        Assert.Equal(40, all.Count);
        Assert.Equal(40, all.Distinct().Count());
    }

    [Fact]
    public async Task A_failed_errand_comes_again_later_and_remembers_why()
    {
        var handler = new Handler { Do = (_, _) => throw new TimeoutException("shop closed") };
        await Schedule(new { });
        await Runner(handler).RunDue();

        var row = Assert.Single(await _queue.List(dead: false, null, 10, CancellationToken.None));
        Assert.Equal((1, "TimeoutException: shop closed"), (row.Attempts, row.LastError));
        Assert.True(row.DueAt > SystemNow, "It is due again at once.");
        Assert.Equal(0, await Runner(handler).RunDue());
        await MakeDue();
        handler.Do = (_, _) => Task.CompletedTask;
        Assert.Equal(1, await Runner(handler).RunDue());
        Assert.Equal(2, handler.Seen[^1].Attempt);
    }

    [Fact]
    public async Task An_idle_runner_asks_when_the_next_errand_is_due()
    {
        var hour = TimeSpan.FromHours(1);
        Assert.Equal(hour, await _queue.UntilNext(["buy_bulb"], hour, CancellationToken.None));
        await Schedule(new { }, dueAt: SystemNow + Duration.FromMinutes(30));
        var next = await _queue.UntilNext(["buy_bulb"], hour, CancellationToken.None);
        Assert.InRange(next, TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(30));
        Assert.Equal(TimeSpan.FromMinutes(1), await _queue.UntilNext(["buy_bulb"], TimeSpan.FromMinutes(1), CancellationToken.None));
        Assert.Equal(hour, await _queue.UntilNext(["unknown_kind"], hour, CancellationToken.None));

        await MakeDue();
        Assert.Equal(TimeSpan.Zero, await _queue.UntilNext(["buy_bulb"], hour, CancellationToken.None));
        await _queue.Take(["buy_bulb"], 1, CancellationToken.None);
        Assert.InRange(await _queue.UntilNext(["buy_bulb"], hour, CancellationToken.None), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task A_runner_that_has_been_idle_runs_what_becomes_due()
    {
        var handler = new Handler();
        using var stop = new CancellationTokenSource();
        var ran = new TaskCompletionSource();
        handler.Do = (_, _) =>
        {
            ran.SetResult();
            return Task.CompletedTask;
        };
        // Nothing is committed after this; it is due only when the runner has looked in vain.
        await Schedule(new { }, dueAt: SystemNow + Duration.FromSeconds(2));
        var worker = Runner(handler).Run(stop.Token);
        await ran.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(SystemNow >= Assert.Single(handler.Seen).DueAt);
        await stop.CancelAsync();
        await worker;
    }

    [Fact]
    public void Pauses_grow_from_a_second_to_an_hour_and_differ()
    {
        Assert.Equal(Duration.FromSeconds(1), ErrandRunner.Pause(1, 0));
        Assert.Equal(Duration.FromSeconds(3), ErrandRunner.Pause(1, 1));
        Assert.Equal(Duration.FromSeconds(3_600), ErrandRunner.Pause(7, 0.5));
        Assert.Equal(Duration.FromSeconds(3_600), ErrandRunner.Pause(100, 0.5));
        for (var attempt = 2; attempt < 8; attempt++) Assert.True(ErrandRunner.Pause(attempt, 0.5) > ErrandRunner.Pause(attempt - 1, 0.5));
    }

    [Fact]
    public async Task After_the_last_attempt_it_is_dead_listed_and_an_event_and_replayed_it_runs_again()
    {
        var handler = new Handler { Do = (_, _) => throw new TimeoutException("shop closed") };
        await Schedule(new { });
        for (var i = 0; i < 5; i++)
        {
            await Runner(handler).RunDue();
            await MakeDue();
        }

        Assert.Equal(3, handler.Seen.Count);
        Assert.Equal("TimeoutException: shop closed", Assert.Single(handler.GivenUp).Error);
        var dead = Assert.Single(await _queue.List(dead: true, null, 10, CancellationToken.None));
        Assert.Equal((3, "buy_bulb"), (dead.Attempts, dead.Kind));
        Assert.Equal((0L, 1L), (await _queue.Counts(CancellationToken.None)) is var c ? (c.Waiting, c.Dead) : default);
        Assert.True((await _store.OpenSession().AggregateStreamAsync<ErrandRecord>(dead.Id))!.IsDead);

        Assert.True(await _queue.Replay(dead.Id, new Actor(Guid.NewGuid(), "admin"), CancellationToken.None));
        Assert.False(await _queue.Replay(dead.Id, new Actor(Guid.NewGuid(), "admin"), CancellationToken.None));
        handler.Do = (_, _) => Task.CompletedTask;
        Assert.Equal(1, await Runner(handler).RunDue());
        Assert.Empty(await _queue.List(dead: true, null, 10, CancellationToken.None));
        Assert.Equal(["errand_died", "errand_replayed"], (await _store.OpenSession().FetchStreamAsync(dead.Id)).Select(e => e.EventTypeName));
    }

    [Fact]
    public async Task Replaying_what_is_not_dead_changes_nothing_and_writes_no_event()
    {
        var cause = await Schedule(new { });
        Assert.False(await _queue.Replay(NameBasedId.From(cause, "buy_bulb"), Actor.Server("test"), CancellationToken.None));
        Assert.False(await _queue.Replay(Guid.NewGuid(), Actor.Server("test"), CancellationToken.None));
        Assert.Equal(0L, await _database.EventsAsync());
    }

    [Fact]
    public async Task A_hopeless_errand_is_dead_at_once()
    {
        var handler = new Handler { Do = (_, _) => throw new ErrandIsHopeless("they do not make it any more") };
        await Schedule(new { });
        await Runner(handler).RunDue();
        Assert.Single(await _queue.List(dead: true, null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task Killed_between_the_providers_answer_and_the_append_it_runs_again_and_the_effect_is_there_once()
    {
        var shop = new Dictionary<Guid, string>();
        var lamp = Guid.CreateVersion7();
        var crash = true;
        var handler = new Handler
        {
            Do = async (errand, ct) =>
            {
                // The provider keys by the errand: asked again it answers with what it made the first time.
                if (!shop.TryGetValue(errand.Id, out var bulb)) shop[errand.Id] = bulb = $"bulb {shop.Count + 1}";
                // Killed here: no exception handler runs, nothing is settled; only the lease is left.
                if (crash) await Task.Delay(Timeout.Infinite, CancellationToken.None);
                await using var session = _store.OpenSession(Actor.Server(errand.Kind));
                var stream = await session.FetchForWriting<Lamp>(lamp, ct);
                if (stream.Aggregate is null) stream.AppendOne(new LampHung(lamp, bulb));
                await session.SaveChangesAsync(ct);
            }
        };
        await Schedule(new { });
        _ = Runner(handler).RunDue();
        await Until(() => shop.Count == 1);

        crash = false;
        Assert.Equal(0, await Runner(handler).RunDue());
        await _database.ExecuteAsync("update errands set leased_until = clock_timestamp() - interval '1 second'");
        Assert.Equal(1, await Runner(handler).RunDue());

        Assert.Equal([1, 2], handler.Seen.Select(e => e.Attempt));
        Assert.Equal("bulb 1", Assert.Single(shop).Value);
        Assert.Equal("bulb 1", (await _store.OpenSession().AggregateStreamAsync<Lamp>(lamp))!.Room);
        Assert.Equal(1L, await _database.EventsAsync());
    }

    [Fact]
    public async Task Who_lost_the_lease_can_settle_nothing_any_more()
    {
        await Schedule(new { });
        var slow = Assert.Single(await _queue.Take(["buy_bulb"], 1, CancellationToken.None));
        await _database.ExecuteAsync("update errands set leased_until = clock_timestamp() - interval '1 second'");
        var quick = Assert.Single(await _queue.Take(["buy_bulb"], 1, CancellationToken.None));

        Assert.False(await _queue.Done(slow, CancellationToken.None));
        Assert.False(await _queue.Failed(slow, "late", Duration.Zero, CancellationToken.None));
        Assert.False(await _queue.Dead(slow, "late", CancellationToken.None));
        Assert.Equal(0L, await _database.EventsAsync());
        Assert.True(await _queue.Done(quick, CancellationToken.None));
    }

    [Fact]
    public async Task The_worker_wakes_on_a_commit_and_gives_back_what_is_under_way_when_the_server_stops()
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var handler = new Handler
        {
            Do = (_, ct) =>
            {
                begun.SetResult();
                return Task.Delay(Timeout.Infinite, ct);
            }
        };
        using var stop = new CancellationTokenSource();
        var worker = Runner(handler).Run(stop.Token);
        await Schedule(new { });
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await stop.CancelAsync();
        await worker.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(GivenBack, await State());
    }

    // The story: a stopping worker gave its errand back, took it once more in the poll that was under way, ran it with a cancelled token and
    // counted that as a failed attempt.
    [Fact]
    public async Task What_a_stopping_worker_still_takes_is_given_back_without_being_run()
    {
        await Schedule(new { });
        var handler = new Handler { Do = (_, _) => throw new InvalidOperationException("It is run.") };
        using var stop = new CancellationTokenSource();
        Task worker;
        await using (var locked = await _database.Source.OpenConnectionAsync())
        await using (var transaction = await locked.BeginTransactionAsync())
        {
            await using (var hold = new Npgsql.NpgsqlCommand("lock table errands in access exclusive mode", locked, transaction))
                await hold.ExecuteNonQueryAsync();
            worker = Runner(handler).Run(stop.Token);
            await Until(async () => await _database.ScalarAsync<bool>("""
                select exists (select from pg_locks where not granted and relation = 'errands'::regclass
                                and database = (select oid from pg_database where datname = current_database()))
                """));
            await stop.CancelAsync();
        }
        await worker.WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Empty(handler.Seen);
        Assert.Equal(GivenBack, await State());
    }

    private const string GivenBack = "attempts 0, leased no, done no, error none";

    private Task<string> State() => _database.ScalarAsync<string>("""
        select format('attempts %s, leased %s, done %s, error %s', attempts, case when leased_until is null then 'no' else 'yes' end,
                      case when done_at is null then 'no' else 'yes' end, coalesce(last_error, 'none')) from errands
        """);

    private static Instant SystemNow => Instant.FromDateTimeOffset(TimeProvider.System.GetUtcNow());

    private ErrandRunner Runner(IErrandHandler handler) => new(_store, _queue, [handler], NullLogger<ErrandRunner>.Instance);

    private Task<int> MakeDue() => _database.ExecuteAsync("update errands set due_at = clock_timestamp() - interval '1 second' where dead_at is null");

    private async Task<Guid> Schedule(object body, Instant? dueAt = null)
    {
        var cause = Guid.CreateVersion7();
        await using var session = _store.OpenSession();
        session.Schedule("buy_bulb", body, cause, dueAt);
        await session.SaveChangesAsync();
        return cause;
    }

    private static Task Until(Func<bool> condition) => Until(() => Task.FromResult(condition()));

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await condition()) await Task.Delay(10, patience.Token);
    }

    private sealed class Handler : IErrandHandler
    {
        public string Kind => "buy_bulb";

        public int Attempts => 3;

        public List<Errand> Seen { get; } = [];

        public List<(Errand Errand, string Error)> GivenUp { get; } = [];

        public Func<Errand, CancellationToken, Task> Do { get; set; } = (_, _) => Task.CompletedTask;

        public Task Run(Errand errand, CancellationToken ct)
        {
            Seen.Add(errand);
            return Do(errand, ct);
        }

        public Task GiveUp(Errand errand, string lastError, CancellationToken ct)
        {
            GivenUp.Add((errand, lastError));
            return Task.CompletedTask;
        }
    }
}

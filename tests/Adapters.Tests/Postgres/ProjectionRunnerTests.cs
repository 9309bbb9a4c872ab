using Microsoft.Extensions.Logging.Abstractions;
using Muse.Adapters.Postgres;
using Muse.Given;

namespace Muse.Adapters.Tests.Postgres;

public sealed class ProjectionRunnerTests : IAsyncLifetime
{
    private readonly LampRows _rows = new(ProjectionLifecycle.Async);
    private Database _database = null!;
    private EventStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Database.FreshAsync();
        await _database.ExecuteAsync(Lamps.Tables);
        _store = _database.Store(Lamps.Names, _rows);
    }

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Rows_follow_the_log_and_the_checkpoint_is_at_its_end()
    {
        var lamp = await Hang();
        await Switch(lamp, 1, 3);
        Assert.Equal(4L, await Runner().CatchUp(_rows));
        Assert.Equal(3, await _database.ScalarAsync<int>("select switched from lamps where id = $1", lamp));

        // Nothing is applied twice.
        Assert.Equal(4L, await Runner().CatchUp(_rows));
        Assert.Equal(3, await _database.ScalarAsync<int>("select switched from lamps where id = $1", lamp));
        Assert.Equal(0L, Assert.Single(await _store.ProjectionStates(CancellationToken.None)).Behind);
    }

    [Fact]
    public async Task More_events_than_a_batch_arrive_all()
    {
        var lamp = await Hang();
        for (var version = 1; version <= 1_201; version += 100) await Switch(lamp, version, 100);
        await Runner().CatchUp(_rows);
        Assert.Equal(1_300, await _database.ScalarAsync<int>("select switched from lamps"));
    }

    [Fact]
    public async Task A_running_projection_is_woken_by_a_commit_of_its_own_process_and_polls_for_those_of_others()
    {
        using var stop = new CancellationTokenSource();
        var run = Runner().Run(stop.Token);
        await Hang();
        await Until("select count(*) = 1 from lamps");

        // Another store on the same database: its commit raises no signal here.
        await Hang(_database.Store(Lamps.Names));
        await Until("select count(*) = 2 from lamps");
        await stop.CancelAsync();
        await run;
    }

    [Fact]
    public async Task Of_two_runners_one_works_and_no_event_is_applied_twice()
    {
        using var stop = new CancellationTokenSource();
        var runs = new[] { Runner().Run(stop.Token), Runner().Run(stop.Token) };
        var lamp = await Hang();
        for (var version = 1; version <= 30; version++) await Switch(lamp, version, 1);
        await Until("select coalesce(max(switched), 0) >= 30 from lamps");
        await stop.CancelAsync();
        await Task.WhenAll(runs);
        Assert.Equal(30, await _database.ScalarAsync<int>("select switched from lamps"));
    }

    [Fact]
    public async Task An_event_that_cannot_be_applied_stops_the_projection_there_and_is_shown()
    {
        var lamp = await Hang();
        await Switch(lamp, 1, 2);
        await Switch(lamp, 3, 1, watts: 20_000);
        await Switch(lamp, 4, 1);

        Assert.Equal(3L, await Runner().CatchUp(_rows));
        var state = Assert.Single(await _store.ProjectionStates(CancellationToken.None));
        Assert.Equal((3L, 2L, 4L), (state.Position, state.Behind, state.StoppedAt));
        Assert.Equal("InvalidOperationException: No lamp takes that.", state.StoppedBy);
        Assert.Equal(2, await _database.ScalarAsync<int>("select switched from lamps"));
    }

    [Fact]
    public async Task An_event_of_an_unknown_name_or_with_unreadable_JSON_stops_it_too()
    {
        var lamp = await Hang();
        await Switch(lamp, 1, 1);
        await _database.ExecuteAsync("""update mt_events set data = '{"watts": "many"}' where version = 2""");
        Assert.Equal(1L, await Runner().CatchUp(_rows));
        var state = Assert.Single(await _store.ProjectionStates(CancellationToken.None));
        Assert.Equal(2L, state.StoppedAt);
        Assert.StartsWith("UnreadableEvent: Event 2 ('lamp_switched' version 1", state.StoppedBy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_restart_with_a_program_that_can_a_stopped_projection_goes_on()
    {
        var lamp = await Hang();
        await Switch(lamp, 1, 1, watts: 20_000);
        await Runner().CatchUp(_rows);
        await _database.ExecuteAsync("""update mt_events set data = '{"on": true}' where version = 2""");
        Assert.Equal(2L, await Runner().CatchUp(_rows));
        Assert.Null(Assert.Single(await _store.ProjectionStates(CancellationToken.None)).StoppedAt);
    }

    [Theory]
    [InlineData(ProjectionLifecycle.Inline)]
    [InlineData(ProjectionLifecycle.Async)]
    public async Task Rebuilt_is_equal_to_built_bit_by_bit(ProjectionLifecycle lifecycle)
    {
        var rows = new LampRows(lifecycle);
        _store = _database.Store(Lamps.Names, rows);
        await _store.BuildInlineProjections();
        var lamps = new[] { await Hang(), await Hang(), await Hang() };
        foreach (var lamp in lamps) await Switch(lamp, 1, 3);
        if (lifecycle == ProjectionLifecycle.Async) await Runner().CatchUp(rows);
        var built = await _database.ContentsAsync(rows);
        await _database.ExecuteAsync("update lamps set switched = 99");
        await _database.ExecuteAsync("insert into lamps (id, switched) values (gen_random_uuid(), 1)");

        await _store.Rebuild(rows);
        if (lifecycle == ProjectionLifecycle.Async) await Runner().CatchUp(rows);

        Assert.Equal(built, await _database.ContentsAsync(rows));
    }

    [Fact]
    public async Task A_new_version_is_built_anew_at_the_start_and_the_old_checkpoint_goes()
    {
        foreach (var lifecycle in new[] { ProjectionLifecycle.Inline, ProjectionLifecycle.Async })
        {
            _store = _database.Store(Lamps.Names, new LampRows(lifecycle));
            await _store.BuildInlineProjections();
            var lamp = await Hang();
            await _database.ExecuteAsync("update lamps set room = 'nowhere'");
            var second = new LampRows(lifecycle, version: lifecycle == ProjectionLifecycle.Inline ? 2 : 3);
            _store = _database.Store(Lamps.Names, second);
            await _store.BuildInlineProjections();
            if (lifecycle == ProjectionLifecycle.Async) await Runner().CatchUp(second);
            Assert.Equal("Seoul", await _database.ScalarAsync<string>("select room from lamps where id = $1", lamp));
            Assert.Equal($"lamps:v{second.Version}", await _database.ScalarAsync<string>("select string_agg(name, ',') from mt_event_progression"));
        }
    }

    [Fact]
    public async Task Rebuilding_inline_rows_while_others_append_loses_none()
    {
        var rows = new LampRows(ProjectionLifecycle.Inline);
        _store = _database.Store(Lamps.Names, rows);
        var done = false;
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref done)) await Switch(await Hang(), 1, 2);
        })).ToArray();
        for (var i = 0; i < 10; i++) await _store.Rebuild(rows);
        Volatile.Write(ref done, true);
        await Task.WhenAll(writers);

        var built = await _database.ContentsAsync(rows);
        Assert.Equal(await _database.ScalarAsync<long>("select count(*) from mt_streams"), await _database.ScalarAsync<long>("select count(*) from lamps"));
        await _store.Rebuild(rows);
        Assert.Equal(built, await _database.ContentsAsync(rows));
    }

    private ProjectionRunner Runner() => new(_store, NullLogger<ProjectionRunner>.Instance);

    private async Task<Guid> Hang(EventStore? store = null)
    {
        var id = Guid.CreateVersion7();
        await using var session = (store ?? _store).OpenSession();
        session.StartStream<Lamp>(id, new LampHung(id, "Seoul"));
        await session.SaveChangesAsync();
        return id;
    }

    private async Task Switch(Guid lamp, long version, int times, int watts = 0)
    {
        await using var session = _store.OpenSession();
        session.Append(lamp, version, [.. Enumerable.Range(0, times).Select(i => (object)new LampSwitched(i % 2 == 0, watts))]);
        await session.SaveChangesAsync();
    }

    private async Task Until(string condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!await _database.ScalarAsync<bool>(condition)) await Task.Delay(10, patience.Token);
    }
}

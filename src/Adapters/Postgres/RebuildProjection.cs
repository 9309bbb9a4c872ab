using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>Empties a projection's tables and replays the log into them.</summary>
public static class RebuildProjection
{
    private const int BatchSize = 1_000;
    private const int Tries = 3;

    /// <summary>
    /// Builds the inline projections that have not been built in their current version: run it after the migrations, before serving. The async
    /// ones see to themselves (<see cref="ProjectionRunner"/>).
    /// </summary>
    public static async Task BuildInlineProjections(this EventStore store, CancellationToken ct = default)
    {
        foreach (var projection in store.Projections)
        {
            if (projection.Lifecycle != ProjectionLifecycle.Inline) continue;
            await using var ask = store.Source.Command("select count(*) from mt_event_progression where name = $1", projection.Checkpoint());
            if ((long)(await ask.ExecuteScalarAsync(ct))! == 0) await store.Rebuild(projection, ct);
        }
    }

    /// <summary>
    /// Inline: in one transaction, in which no other append can record events; readers see the old rows until it commits. Async: the rows are
    /// emptied and the runner starts from the first event, so it returns before the rows are back.
    /// </summary>
    public static async Task Rebuild(this EventStore store, IProjection projection, CancellationToken ct = default)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await RebuildOnce(store, projection, ct);
                store.Committed.Raise();
                return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DeadlockDetected && attempt < Tries)
            {
                // A save held rows of the projection before it came to the log. One of the two is undone; both try again.
            }
        }
    }

    private static async Task RebuildOnce(EventStore store, IProjection projection, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (projection.Lifecycle == ProjectionLifecycle.Async)
        {
            // The row first: the runner's batch changes it first, too, and finds that its position is no longer the one it read.
            await projection.Place(connection, 0, ct);
            await projection.Empty(connection, ct);
        }
        else
        {
            // Waits for the appends under way and makes the next ones wait: between them no event is without its rows.
            await using (var stop = connection.Command("lock table mt_events in share row exclusive mode")) await stop.ExecuteNonQueryAsync(ct);
            await projection.Empty(connection, ct);
            await projection.Place(connection, await Replay(store, projection, connection, ct), ct);
        }
        await transaction.CommitAsync(ct);
    }

    private static async Task<long> Replay(EventStore store, IProjection projection, NpgsqlConnection connection, CancellationToken ct)
    {
        var position = 0L;
        while (true)
        {
            var events = await connection.ReadAfter(position, long.MaxValue, [.. projection.EventTypes], BatchSize, store.Names, ct);
            if (events.Count == 0) return position;
            await using var rows = new NpgsqlBatch(connection) { Timeout = 0 };
            foreach (var e in events) projection.Apply(e, rows);
            if (rows.BatchCommands.Count > 0) await rows.ExecuteNonQueryAsync(ct);
            position = events[^1].Sequence;
        }
    }
}

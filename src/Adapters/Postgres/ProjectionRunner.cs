using Microsoft.Extensions.Logging;
using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>
/// Keeps the async projections up with the log. One runner per projection among all processes (a session advisory lock); rows and checkpoint in
/// one transaction, so an event is applied exactly once. An event that cannot be applied stops its projection there until a restart, or a
/// rebuild, with a program that can.
/// </summary>
public sealed partial class ProjectionRunner(EventStore store, ILogger<ProjectionRunner> log)
{
    private const int BatchSize = 500;

    /// <summary>Until the log is looked at again for what another process wrote.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    /// <summary>Until it is, when what was just committed is not settled yet: an older transaction is still under way.</summary>
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromMilliseconds(50);

    /// <summary>Until an idle projection looks by itself whether another process has begun it anew.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(2);

    // The upper 16 bits differ from an append's mark (x'4d55'), see settled().
    private const long LockSpace = 0x5052L << 48;

    private readonly CommitSignal _settled = new();

    private enum Step
    {
        Idle,
        Advanced,
        Stopped,
        Overtaken
    }

    /// <summary>Until cancelled.</summary>
    public Task Run(CancellationToken ct) =>
        Task.WhenAll(store.Projections.Where(p => p.Lifecycle == ProjectionLifecycle.Async).Select(p => Task.Run(() => Keep(p, ct), CancellationToken.None))
            .Append(Task.Run(() => Watch(ct), CancellationToken.None)));

    /// <summary>Applies what is settled now and returns the position; for tests and for tools without a running server.</summary>
    public async Task<long> CatchUp(IProjection projection, CancellationToken ct = default)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await Begin(projection, connection, ct);
        while (await Advance(projection, connection, BatchSize, ct) is Step.Advanced or Step.Overtaken)
        {
        }
        return await Position(projection, connection, ct) ?? 0;
    }

    /// <summary>Asks for all projections whether there is more: each asking for itself was most of what an idle server did.</summary>
    private async Task Watch(CancellationToken ct)
    {
        var seen = -1L;
        var isWoken = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var committed = store.Committed.Next;
                await using var ask = store.Source.Command("select settled()");
                var settled = (long)(await ask.ExecuteScalarAsync(ct))!;
                // A wake-up without an event: a projection begins anew.
                if (settled > seen || isWoken) _settled.Raise();
                var pause = isWoken && settled <= seen ? SettlesWithin : Poll;
                seen = settled;
                isWoken = await Task.WhenAny(committed, Task.Delay(pause, store.Time, ct)) == committed;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogTrouble(log, e, "(all)");
                await Task.Delay(AfterTrouble, store.Time, ct).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private async Task Keep(IProjection projection, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await using var connection = await store.Source.OpenConnectionAsync(ct);
                await using var take = connection.Command("select pg_try_advisory_lock($1)", LockOf(projection));
                if (await take.ExecuteScalarAsync(ct) is not true)
                {
                    await connection.CloseAsync();
                    await Task.Delay(AfterTrouble, store.Time, ct);
                    continue;
                }
                try
                {
                    await KeepLocked(projection, connection, ct);
                }
                finally
                {
                    // With a broken connection the lock is gone already.
                    if (connection.FullState.HasFlag(System.Data.ConnectionState.Open))
                    {
                        await using var release = connection.Command("select pg_advisory_unlock($1)", LockOf(projection));
                        await release.ExecuteNonQueryAsync(CancellationToken.None);
                    }
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogTrouble(log, e, projection.Name);
                await Task.Delay(AfterTrouble, store.Time, ct).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
    }

    private async Task KeepLocked(IProjection projection, NpgsqlConnection connection, CancellationToken ct)
    {
        await Begin(projection, connection, ct);
        while (!ct.IsCancellationRequested)
        {
            var settled = _settled.Next;
            switch (await Advance(projection, connection, BatchSize, ct))
            {
                case Step.Idle:
                    await Task.WhenAny(settled, Task.Delay(Look, store.Time, ct));
                    break;
                case Step.Stopped:
                    await Task.Delay(AfterTrouble, store.Time, ct);
                    break;
            }
        }
    }

    /// <summary>A version never built starts from nothing; a stop is tried again, because the program may be another one.</summary>
    private static async Task Begin(IProjection projection, NpgsqlConnection connection, CancellationToken ct)
    {
        if (await Position(projection, connection, ct) is not null)
        {
            await using var again = connection.Command("update mt_event_progression set stopped_at = null, stopped_by = null where name = $1", projection.Checkpoint());
            await again.ExecuteNonQueryAsync(ct);
            return;
        }
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await projection.Place(connection, 0, ct);
        await projection.Empty(connection, ct);
        await transaction.CommitAsync(ct);
    }

    private async Task<Step> Advance(IProjection projection, NpgsqlConnection connection, int most, CancellationToken ct)
    {
        await using var read = connection.Command("select last_seq_id, stopped_at is not null from mt_event_progression where name = $1", projection.Checkpoint());
        long from;
        await using (var row = await read.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return Step.Overtaken;
            if (row.GetBoolean(1)) return Step.Stopped;
            from = row.GetInt64(0);
        }
        // Its own statement: the events are read with a later snapshot.
        await using var ask = connection.Command("select settled()");
        var settled = (long)(await ask.ExecuteScalarAsync(ct))!;
        if (settled <= from) return Step.Idle;
        try
        {
            var events = await connection.ReadAfter(from, settled, [.. projection.EventTypes], most, store.Names, ct);
            var to = events.Count == most ? events[^1].Sequence : settled;
            return await Write(projection, connection, events, from, to, ct) ? Step.Advanced : Step.Overtaken;
        }
        catch (Exception e) when (IsPoison(e))
        {
            // Again one at a time: the good events before it are applied, and the checkpoint names the culprit.
            if (most > 1) return await Advance(projection, connection, 1, ct) is Step.Stopped ? Step.Stopped : Step.Advanced;
            await Stop(projection, connection, from, settled, e, ct);
            return Step.Stopped;
        }
    }

    private async Task<bool> Write(
        IProjection projection, NpgsqlConnection connection, List<IEvent> events, long from, long to, CancellationToken ct)
    {
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var move = connection.Command(
            "update mt_event_progression set last_seq_id = $3, last_updated = clock_timestamp() where name = $1 and last_seq_id = $2",
            projection.Checkpoint(), from, to))
        {
            // Another process took over, or a rebuild began: nothing of this batch counts.
            if (await move.ExecuteNonQueryAsync(ct) == 0) return false;
        }
        await using var rows = new NpgsqlBatch(connection);
        foreach (var e in events) projection.Apply(e, rows);
        if (rows.BatchCommands.Count > 0) await rows.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        if (rows.BatchCommands.Count > 0) store.Projected.Raise();
        return true;
    }

    private async Task Stop(IProjection projection, NpgsqlConnection connection, long from, long settled, Exception e, CancellationToken ct)
    {
        await using var find = connection.Command("select min(seq_id) from mt_events where seq_id > $1 and seq_id <= $2 and type = any ($3)",
            from, settled, projection.EventTypes.ToArray());
        var culprit = await find.ExecuteScalarAsync(ct) as long? ?? from;
        var error = UserText.Clean($"{e.GetType().Name}: {e.Message}");
        LogStopped(log, e, projection.Name, culprit);
        await using var stop = connection.Command("update mt_event_progression set stopped_at = $2, stopped_by = $3 where name = $1 and last_seq_id = $4",
            projection.Checkpoint(), culprit, error[..Math.Min(error.Length, 1_000)], from);
        await stop.ExecuteNonQueryAsync(ct);
    }

    // Trouble with the connection or between transactions says nothing about the event.
    private static bool IsPoison(Exception e) => e switch
    {
        OperationCanceledException => false,
        PostgresException sql => !sql.IsTransient && !sql.SqlState.StartsWith("57", StringComparison.Ordinal) && !sql.SqlState.StartsWith("40", StringComparison.Ordinal),
        NpgsqlException => false,
        TimeoutException or System.IO.IOException or ObjectDisposedException => false,
        _ => true
    };

    private static async Task<long?> Position(IProjection projection, NpgsqlConnection connection, CancellationToken ct)
    {
        await using var read = connection.Command("select last_seq_id from mt_event_progression where name = $1", projection.Checkpoint());
        return await read.ExecuteScalarAsync(ct) as long?;
    }

    private static long LockOf(IProjection projection)
    {
        Span<byte> id = stackalloc byte[16];
        NameBasedId.From(Guid.Empty, projection.Name).TryWriteBytes(id);
        return LockSpace | (BitConverter.ToInt64(id) & 0x0000_ffff_ffff_ffff);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Projection {Name} stopped at event {Sequence}, which it cannot apply")]
    private static partial void LogStopped(ILogger log, Exception e, string name, long sequence);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Projection {Name} cannot read now")]
    private static partial void LogTrouble(ILogger log, Exception e, string name);
}

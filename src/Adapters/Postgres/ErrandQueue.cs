using NodaTime;
using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>A row as a person sees it.</summary>
public sealed record ErrandRow(Guid Id, string Kind, Guid CausedBy, Instant DueAt, int Attempts, string? LastError, Instant CreatedAt, Instant? DeadAt);

/// <summary>Totals for the health page.</summary>
/// <param name="Overdue">How long the one due longest has been waiting; zero when none waits.</param>
public sealed record ErrandCounts(long Waiting, long Dead, Duration Overdue);

/// <summary>
/// The errands' rows. Taking sets a lease and commits before the errand is run, so no lock is held during a call to somebody else; a lease that
/// runs out (the process died) is taken again. Whoever settles an errand must still be its last taker: the attempt is the fence.
/// </summary>
public sealed class ErrandQueue(EventStore store)
{
    /// <summary>Longer than any handler may run (the worker cancels it before).</summary>
    public static readonly Duration Lease = Duration.FromMinutes(2);

    private const int MaxErrorChars = 2_000;

    private readonly NpgsqlDataSource _source = store.Source;

    /// <summary>Up to <paramref name="most"/> due errands of the given kinds, the longest due first.</summary>
    public async Task<IReadOnlyList<Errand>> Take(string[] kinds, int most, CancellationToken ct)
    {
        await using var take = _source.Command("""
            update errands set attempts = attempts + 1, leased_until = clock_timestamp() + make_interval(secs => $3)
             where id in (select id from errands
                           where done_at is null and dead_at is null and due_at <= clock_timestamp()
                             and (leased_until is null or leased_until < clock_timestamp()) and kind = any ($1)
                           order by due_at limit $2 for update skip locked)
            returning id, kind, body::text, caused_by, attempts, due_at
            """, kinds, most, Lease.TotalSeconds);
        await using var rows = await take.ExecuteReaderAsync(ct);
        var taken = new List<Errand>();
        while (await rows.ReadAsync(ct))
            taken.Add(new Errand(rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetGuid(3), rows.GetInt32(4), rows.Instant(5)));
        taken.Sort((a, b) => a.DueAt.CompareTo(b.DueAt));
        return taken;
    }

    /// <summary>Until the next errand of these kinds is due or its lease ends; <paramref name="atMost"/> when that is longer.</summary>
    public async Task<TimeSpan> UntilNext(string[] kinds, TimeSpan atMost, CancellationToken ct)
    {
        await using var next = _source.Command("""
            select extract(epoch from min(greatest(due_at, leased_until)) - clock_timestamp())::float8
              from errands
             where done_at is null and dead_at is null and kind = any ($1) and due_at < clock_timestamp() + make_interval(secs => $2)
            """, kinds, atMost.TotalSeconds);
        var seconds = await next.ExecuteScalarAsync(ct) is double found ? Math.Max(0, found) : atMost.TotalSeconds;
        return TimeSpan.FromSeconds(Math.Min(seconds, atMost.TotalSeconds));
    }

    /// <summary>False when somebody else has taken it meanwhile.</summary>
    public Task<bool> Done(Errand errand, CancellationToken ct) =>
        Settle("done_at = clock_timestamp(), last_error = null", errand, ct);

    /// <summary>Due again after <paramref name="pause"/>.</summary>
    public Task<bool> Failed(Errand errand, string error, Duration pause, CancellationToken ct) =>
        Settle("due_at = clock_timestamp() + make_interval(secs => $3), last_error = $4", errand, ct, pause.TotalSeconds, Shortened(error));

    /// <summary>Given back without counting the attempt: the server is stopping.</summary>
    public Task<bool> Released(Errand errand, CancellationToken ct) =>
        Settle("attempts = attempts - 1", errand, ct);

    /// <summary>Dead, with the event by which a person sees it, in one transaction. It can be replayed.</summary>
    public async Task<bool> Dead(Errand errand, string error, CancellationToken ct)
    {
        var settled = true;
        await using var session = store.OpenSession(Actor.Server("errands"));
        var stream = await session.FetchForWriting<ErrandRecord>(errand.Id, ct);
        session.Before(async (connection, inner) =>
        {
            await using var mark = connection.Command(
                "update errands set dead_at = clock_timestamp(), leased_until = null, last_error = $3 where id = $1 and attempts = $2 and done_at is null and dead_at is null",
                errand.Id, errand.Attempt, Shortened(error));
            settled = await mark.ExecuteNonQueryAsync(inner) == 1;
            if (!settled) throw new Refused(new("not_yours", "Another worker has taken the errand."));
        });
        stream.AppendOne(new ErrandDied(errand.Id, errand.Kind, errand.CausedBy, errand.Attempt, Shortened(error)));
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (Refused)
        {
            return settled;
        }
        return settled;
    }

    /// <summary>Starts a dead errand anew, with all its attempts. False when there is no dead errand of that id.</summary>
    public async Task<bool> Replay(Guid id, Actor who, CancellationToken ct)
    {
        var dead = (await List(dead: true, id, after: null, limit: 1, ct)).FirstOrDefault();
        if (dead is null) return false;
        await using var session = store.OpenSession(who);
        var stream = await session.FetchForWriting<ErrandRecord>(id, ct);
        session.Before(async (connection, inner) =>
        {
            await using var revive = connection.Command(
                "update errands set dead_at = null, attempts = 0, leased_until = null, due_at = clock_timestamp() where id = $1 and dead_at is not null", id);
            if (await revive.ExecuteNonQueryAsync(inner) == 0) throw new Refused(Domain.Refusal.NotFound());
        });
        stream.AppendOne(new ErrandReplayed(id, dead.Kind));
        await session.SaveChangesAsync(ct);
        return true;
    }

    /// <summary>Dead or waiting ones, oldest first, after the row with the given time and id.</summary>
    public Task<IReadOnlyList<ErrandRow>> List(bool dead, (Instant CreatedAt, Guid Id)? after, int limit, CancellationToken ct) =>
        List(dead, null, after, limit, ct);

    public async Task<ErrandCounts> Counts(CancellationToken ct)
    {
        await using var count = _source.Command("""
            select count(*) filter (where dead_at is null), count(*) filter (where dead_at is not null),
                   coalesce(extract(epoch from clock_timestamp() - min(due_at) filter (where dead_at is null and due_at < clock_timestamp())), 0)::float8
              from errands where done_at is null
            """);
        await using var row = await count.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new ErrandCounts(row.GetInt64(0), row.GetInt64(1), Duration.FromSeconds(Math.Max(0, row.GetDouble(2))));
    }

    /// <summary>Deletes what nobody needs any more: errands done and messages received longer ago than given.</summary>
    public async Task Forget(Duration done, Duration received, CancellationToken ct)
    {
        await using var old = _source.Command("delete from errands where done_at < clock_timestamp() - make_interval(secs => $1)", done.TotalSeconds);
        await old.ExecuteNonQueryAsync(ct);
        await using var seen = _source.Command("delete from received where received_at < clock_timestamp() - make_interval(secs => $1)", received.TotalSeconds);
        await seen.ExecuteNonQueryAsync(ct);
    }

    private async Task<IReadOnlyList<ErrandRow>> List(bool dead, Guid? id, (Instant CreatedAt, Guid Id)? after, int limit, CancellationToken ct)
    {
        await using var list = _source.Command($"""
            select id, kind, caused_by, due_at, attempts, last_error, created_at, dead_at from errands
             where done_at is null and dead_at is {(dead ? "not null" : "null")}
               and ($1::uuid is null or id = $1) and ($2::timestamptz is null or (created_at, id) > ($2, $3::uuid))
             order by created_at, id limit $4
            """, id, after?.CreatedAt, after?.Id, limit);
        await using var rows = await list.ExecuteReaderAsync(ct);
        var found = new List<ErrandRow>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new ErrandRow(rows.GetGuid(0), rows.GetString(1), rows.GetGuid(2), rows.Instant(3), rows.GetInt32(4),
                rows.IsDBNull(5) ? null : rows.GetString(5), rows.Instant(6), rows.IsDBNull(7) ? null : rows.Instant(7)));
        }
        return found;
    }

    private async Task<bool> Settle(string change, Errand errand, CancellationToken ct, params object?[] more)
    {
        await using var settle = _source.Command(
            $"update errands set leased_until = null, {change} where id = $1 and attempts = $2 and done_at is null and dead_at is null",
            [errand.Id, errand.Attempt, .. more]);
        return await settle.ExecuteNonQueryAsync(ct) == 1;
    }

    private static string Shortened(string error)
    {
        var clean = UserText.Clean(error);
        return clean.Length <= MaxErrorChars ? clean : UserText.Clean(clean[..MaxErrorChars]);
    }
}

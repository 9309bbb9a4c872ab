using Muse.Adapters.Postgres;
using NodaTime;
using Npgsql;

namespace Muse.Api.Webhooks;

/// <summary>A delivery that was just taken: nobody else tries it before the lease ends.</summary>
/// <param name="Number">Of this attempt among all; the fence for settling it.</param>
/// <param name="Round">Of this attempt since it was made or last replayed.</param>
internal sealed record Taken(Guid Id, Guid EndpointId, string Url, string Body, int Number, int Round);

/// <summary>
/// The table <c>webhook_deliveries</c> as a queue. The earlier of one subject (a lesson, a booking) to one endpoint goes first; others pass. Each
/// endpoint has a few places of its own, and one that fails has a single one, so that nobody waits for a dead one.
/// </summary>
internal sealed class DeliveryRows(NpgsqlDataSource database, WebhookOptions options)
{
    /// <summary>Of one endpoint at once.</summary>
    public const int Places = 4;

    /// <summary>Longer than an attempt may take with what is around it. So long whatever was under way waits after the server was killed.</summary>
    private readonly Duration _lease = Duration.FromSeconds(options.TimeoutSeconds + 10);

    /// <summary>What makes a settled one wait again; $8 is now.</summary>
    public const string Again = "state = 'waiting', round = 0, due_at = $8, leased_until = null, settled_at = null";

    public async Task<IReadOnlyList<Taken>> Take(int most, Instant now, CancellationToken ct)
    {
        await using var take = database.Command("""
            with taken as (
                select next.id, e.url
                  from webhook_endpoints e left join webhook_paces p on p.endpoint_id = e.endpoint_id
                 cross join lateral (
                    select w.id, w.due_at from webhook_deliveries w
                     where w.endpoint_id = e.endpoint_id and w.state = 'waiting' and w.due_at <= $1 and (w.leased_until is null or w.leased_until <= $1)
                       and not exists (select from webhook_deliveries f
                                        where f.endpoint_id = w.endpoint_id and f.subject = w.subject and f.state = 'waiting' and f.place < w.place)
                     order by w.due_at, w.place
                     limit greatest(0, case when p.failing_since is null then $2 else 1 end - (
                        select count(*) from webhook_deliveries b where b.endpoint_id = e.endpoint_id and b.state = 'waiting' and b.leased_until > $1))
                       for update skip locked) next
                 where e.disabled is null and (p.paused_until is null or p.paused_until <= $1)
                   and exists (select from accounts a where a.account_id = e.owner_id and (a.is_integrator or a.is_admin))
                 order by next.due_at limit $3)
            update webhook_deliveries w set leased_until = $4, attempts = attempts + 1, round = round + 1
              from taken where w.id = taken.id
            returning w.id, w.endpoint_id, taken.url, w.body, w.attempts, w.round
            """, now, Places, most, now + _lease);
        await using var rows = await take.ExecuteReaderAsync(ct);
        var found = new List<Taken>();
        while (await rows.ReadAsync(ct))
            found.Add(new Taken(rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.GetString(3), rows.GetInt32(4), rows.GetInt32(5)));
        return found;
    }

    /// <summary>Until the next one is due, when that is within <paramref name="atMost"/>.</summary>
    public async Task<TimeSpan> UntilNext(Instant now, TimeSpan atMost, CancellationToken ct)
    {
        await using var next = database.Command("""
            select min(greatest(w.due_at, w.leased_until)) from webhook_deliveries w join webhook_endpoints e on e.endpoint_id = w.endpoint_id
             where w.state = 'waiting' and e.disabled is null and greatest(w.due_at, w.leased_until) > $1 and w.due_at <= $2
            """, now, now + Duration.FromTimeSpan(atMost));
        return await next.ExecuteScalarAsync(ct) is DateTime at && at - now.ToDateTimeUtc() is var pause && pause < atMost ? pause : atMost;
    }

    /// <summary>It was taken by the receiver.</summary>
    public Task Delivered(Taken taken, Attempt attempt, CancellationToken ct) => Settle(taken, attempt, "delivered", attempt.EndedAt, """
        insert into webhook_paces as p (endpoint_id) values ($1)
        on conflict (endpoint_id) do update set failing_since = null, paused_until = null where p.failing_since is not null or p.paused_until is not null
        """, null, ct);

    /// <param name="dueAt">Null: it is not tried again.</param>
    /// <param name="pausedUntil">The receiver wants nothing before.</param>
    public Task Failed(Taken taken, Attempt attempt, Instant? dueAt, Instant? pausedUntil, CancellationToken ct) =>
        Settle(taken, attempt, dueAt is null ? "failed" : "waiting", dueAt ?? attempt.EndedAt, """
            insert into webhook_paces as p (endpoint_id, failing_since, paused_until) values ($1, $2, $3)
            on conflict (endpoint_id) do update set failing_since = coalesce(p.failing_since, excluded.failing_since),
                paused_until = greatest(p.paused_until, excluded.paused_until)
            """, pausedUntil, ct);

    /// <summary>The server stops: it does not count.</summary>
    public async Task Released(Taken taken, CancellationToken ct)
    {
        await using var release = database.Command(
            "update webhook_deliveries set attempts = attempts - 1, round = round - 1, leased_until = null where id = $1 and attempts = $2 and state = 'waiting'",
            taken.Id, taken.Number);
        await release.ExecuteNonQueryAsync(ct);
    }

    public async Task<Instant?> FailingSince(Guid endpointId, CancellationToken ct)
    {
        await using var read = database.Command("select failing_since from webhook_paces where endpoint_id = $1", endpointId);
        return await read.ExecuteScalarAsync(ct) is DateTime at ? Instant.FromDateTimeUtc(DateTime.SpecifyKind(at, DateTimeKind.Utc)) : null;
    }

    /// <summary>With the endpoint's disabling: what waits is not sent any more unless it is replayed.</summary>
    public static async Task GiveUp(NpgsqlConnection connection, Guid endpointId, Instant now, CancellationToken ct)
    {
        await using var command = connection.Command(
            "update webhook_deliveries set state = 'failed', settled_at = $2, leased_until = null, last_error = 'disabled' where endpoint_id = $1 and state = 'waiting'",
            endpointId, now);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>With its enabling: its five days begin anew.</summary>
    public static async Task Forgive(NpgsqlConnection connection, Guid endpointId, CancellationToken ct)
    {
        await using var command = connection.Command("delete from webhook_paces where endpoint_id = $1", endpointId);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Forgets what was settled and is older; nothing that still waits.</summary>
    public async Task Forget(Instant before, CancellationToken ct)
    {
        foreach (var statement in new[]
        {
            "delete from webhook_deliveries where made_at < $1 and state <> 'waiting'",
            "delete from webhook_attempts where at < $1 and not exists (select from webhook_deliveries d where d.id = delivery_id)",
        })
        {
            await using var command = database.Command(statement, before);
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    private async Task Settle(Taken taken, Attempt attempt, string state, Instant at, string pace, Instant? pausedUntil, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection);
        batch.Write("""
            update webhook_deliveries set state = $3, due_at = $4, leased_until = null, last_status = $5, last_error = $6,
                settled_at = case when $3 = 'waiting' then null else $4 end
             where id = $1 and attempts = $2 and state = 'waiting'
            """, taken.Id, taken.Number, state, at, attempt.Status, attempt.Error);
        batch.Write("""
            insert into webhook_attempts (delivery_id, number, at, took_ms, status, error)
            select $1, $2, $3, $4, $5, $6 where exists (select from webhook_deliveries where id = $1) on conflict do nothing
            """, taken.Id, taken.Number, attempt.At, attempt.TookMs, attempt.Status, attempt.Error);
        batch.Write(pace, state == "delivered" ? [taken.EndpointId] : [taken.EndpointId, attempt.At, pausedUntil]);
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }
}

using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Muse.Adapters.Postgres;
using Muse.Api.Feed;
using Muse.Domain.Sandboxes;
using NodaTime;
using Npgsql;

namespace Muse.Api.Webhooks;

/// <summary>What is posted: an item of the feed without its id, which is the feed's own; a receiver knows a delivery by <c>webhook-id</c>.</summary>
/// <param name="Type">Such as <c>lesson.booked</c>.</param>
/// <param name="Timestamp">When it was written down, not when it is sent.</param>
public sealed record WebhookBody(string Type, Instant Timestamp, PublicEventData Data);

/// <summary>
/// Hands public events to endpoints: one row in <c>webhook_deliveries</c> for each event and endpoint, rows and position in one transaction, so that
/// none is lost or made twice over a kill. It is no projection: what was sent is not sent again because a read model is rebuilt (decision 0049).
/// </summary>
internal sealed class FanOut(NpgsqlDataSource database, TimeProvider time, IOptions<JsonOptions> json)
{
    public const string TestType = "webhook.test";

    private const int EventsAtOnce = 100;

    /// <summary>Event <c>p</c> is for endpoint <c>e</c>: of its world, of its types, and came when it was there.</summary>
    private const string IsFor = $"""
        p.position > e.made_seq and (cardinality(e.types) = 0 or p.type = any (e.types))
        and case when e.sandbox is null then p.tutor_id::text not like '{SandboxId.AnyPattern}' else p.tutor_id::text like e.sandbox end
        """;

    private const string OfIntegrator = "exists (select from accounts a where a.account_id = e.owner_id and (a.is_integrator or a.is_admin))";

    private sealed record Pair(long Position, Guid EventId, string Type, Instant At, string Data, Guid EndpointId);

    /// <summary>The next events to all endpoints.</summary>
    /// <returns>False when there is nothing new.</returns>
    public async Task<bool> Round(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var begin = connection.Command("insert into webhook_fan_out (position) values (0) on conflict do nothing"))
            await begin.ExecuteNonQueryAsync(ct);
        await using var place = connection.Command("select position from webhook_fan_out for update");
        var from = (long)(await place.ExecuteScalarAsync(ct))!;
        // One statement, so that a rebuild of the feed between two cannot show its end without its middle.
        await using var read = connection.Command($"""
            with next as materialized (select position, id, type, at, data, tutor_id from public_events where position > $1 order by position limit $2)
            select p.position, p.id, p.type, p.at, p.data::text, e.endpoint_id
              from next p left join webhook_endpoints e on e.disabled is null and {OfIntegrator} and {IsFor}
             order by p.position
            """, from, EventsAtOnce);
        var (pairs, to) = await Pairs(read, from, ct);
        if (to == from)
            return false;
        await Hand(connection, pairs, again: "do nothing", ct);
        await using (var move = connection.Command("update webhook_fan_out set position = $1", to))
            await move.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>Events of a time to one endpoint again, or for the first time when they came while it was disabled.</summary>
    /// <param name="all">Those that were taken, too.</param>
    /// <param name="after">A position.</param>
    /// <returns>How many are sent, and the position of the last one looked at when there may be more.</returns>
    public async Task<(int Count, long? Next)> Replay(Guid endpointId, Instant since, Instant until, bool all, long after, int most, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // What the fan-out has not come to yet is sent by it.
        await using var read = connection.Command($"""
            select p.position, p.id, p.type, p.at, p.data::text, e.endpoint_id
              from public_events p join webhook_endpoints e on e.endpoint_id = $1 and {IsFor}
             where p.position > $2 and p.position <= (select position from webhook_fan_out) and p.at >= $3 and p.at < $4
             order by p.position limit $5
            """, endpointId, after, since, until, most);
        var (pairs, last) = await Pairs(read, after, ct);
        var count = await Hand(connection, pairs,
            $"(id) do update set {DeliveryRows.Again} where webhook_deliveries.state = 'failed'{(all ? " or webhook_deliveries.state = 'delivered'" : "")}", ct);
        await transaction.CommitAsync(ct);
        return (count, pairs.Count == most ? last : null);
    }

    /// <summary>Something to try an endpoint with.</summary>
    /// <returns>Null when there were too many of the day.</returns>
    public async Task<Guid?> Test(Guid endpointId, int mostOfADay, CancellationToken ct)
    {
        var now = Now;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var count = connection.Command("select count(*) from webhook_deliveries where endpoint_id = $1 and type = $2 and made_at > $3",
            endpointId, TestType, now - Duration.FromDays(1));
        if ((long)(await count.ExecuteScalarAsync(ct))! >= mostOfADay)
            return null;
        var eventId = Guid.CreateVersion7(time.GetUtcNow());
        await Hand(connection, [new Pair(0, eventId, TestType, now, "{}", endpointId)], "do nothing", ct);
        return IdOf(eventId, endpointId);
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    private static Guid IdOf(Guid eventId, Guid endpointId) => NameBasedId.From(eventId, $"webhook:{endpointId}");

    private static async Task<(List<Pair> Pairs, long Last)> Pairs(NpgsqlCommand read, long last, CancellationToken ct)
    {
        await using var rows = await read.ExecuteReaderAsync(ct);
        var pairs = new List<Pair>();
        while (await rows.ReadAsync(ct))
        {
            last = rows.GetInt64(0);
            if (!rows.IsDBNull(5))
                pairs.Add(new Pair(last, rows.GetGuid(1), rows.GetString(2), rows.Instant(3), rows.GetString(4), rows.GetGuid(5)));
        }
        return (pairs, last);
    }

    private async Task<int> Hand(NpgsqlConnection connection, IReadOnlyList<Pair> pairs, string again, CancellationToken ct)
    {
        if (pairs.Count == 0)
            return 0;
        var (bodies, subjects) = (new string[pairs.Count], new Guid[pairs.Count]);
        for (var i = 0; i < pairs.Count; i++)
        {
            // An event to many endpoints is one text.
            if (i > 0 && pairs[i].EventId == pairs[i - 1].EventId)
            {
                (bodies[i], subjects[i]) = (bodies[i - 1], subjects[i - 1]);
                continue;
            }
            var data = EventJson.Read<PublicEventData>(pairs[i].Data);
            bodies[i] = JsonSerializer.Serialize(new WebhookBody(pairs[i].Type, pairs[i].At, data), json.Value.SerializerOptions);
            subjects[i] = SubjectOf(pairs[i], data);
        }
        await using var insert = connection.Command($"""
            insert into webhook_deliveries (id, endpoint_id, event_id, type, subject, place, body, made_at, due_at)
            select u.id, u.endpoint_id, u.event_id, u.type, u.subject, u.place, u.body, $8, $8
              from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[], $6::bigint[], $7::text[])
                as u (id, endpoint_id, event_id, type, subject, place, body)
            on conflict {again}
            """,
            pairs.Select(pair => IdOf(pair.EventId, pair.EndpointId)).ToArray(), pairs.Select(pair => pair.EndpointId).ToArray(),
            pairs.Select(pair => pair.EventId).ToArray(), pairs.Select(pair => pair.Type).ToArray(), subjects, pairs.Select(pair => pair.Position).ToArray(),
            bodies, Now);
        return await insert.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What is kept in order: one booking's events, one lesson's with its recordings, one tutor's hours.</summary>
    private static Guid SubjectOf(Pair pair, PublicEventData data) =>
        (pair.Type.StartsWith("booking.", StringComparison.Ordinal) ? data.BookingId : data.LessonId) ?? data.TutorId ?? pair.EventId;
}

using Muse.Adapters.Postgres;
using NodaTime;
using Npgsql;

namespace Muse.Api.Webhooks;

/// <summary>One row of <c>webhook_deliveries</c> as its owner sees it.</summary>
internal sealed record DeliveryRow(
    Guid Id, Guid EndpointId, Guid EventId, string Type, string Body, string State, Instant MadeAt, Instant DueAt, int Attempts, Instant? SettledAt,
    int? LastStatus, string? LastError);

/// <summary>What was sent, is being sent and could not be: read, and started anew.</summary>
internal sealed class DeliveryLog(NpgsqlDataSource database)
{
    /// <summary>Attempts shown of one delivery.</summary>
    private const int MostAttempts = 100;

    private const string Select = """
        select id, endpoint_id, event_id, type, body, state, made_at, due_at, attempts, settled_at, last_status, last_error from webhook_deliveries
        """;

    /// <summary>Newest first.</summary>
    /// <param name="state">Null: any, and so on.</param>
    public Task<IReadOnlyList<DeliveryRow>> List(
        Guid[] endpoints, string? state, string? type, Guid? lesson, Instant? beforeMade, Guid? beforeId, int most, CancellationToken ct) => Read(database.Command(
        Select + """
             where endpoint_id = any ($1) and ($2::text is null or state = $2) and ($3::text is null or type = $3)
               and ($4::text is null or position($4 in body) > 0)
               and ($5::timestamptz is null or (made_at, id) < ($5, $6::uuid))
             order by made_at desc, id desc limit $7
            """, endpoints, state, type, lesson is { } id ? $"\"lessonId\":\"{id}\"" : null, beforeMade, beforeId, most), ct);

    public async Task<DeliveryRow?> Find(Guid id, CancellationToken ct) => await Read(database.Command(Select + " where id = $1", id), ct) is [var row] ? row : null;

    /// <summary>Newest first.</summary>
    public async Task<IReadOnlyList<AttemptShape>> AttemptsOf(Guid id, CancellationToken ct)
    {
        await using var read = database.Command(
            "select number, at, took_ms, status, error from webhook_attempts where delivery_id = $1 order by number desc limit $2", id, MostAttempts);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new List<AttemptShape>();
        while (await rows.ReadAsync(ct))
            found.Add(new AttemptShape(
                rows.GetInt32(0), rows.Instant(1), rows.GetInt32(2), rows.IsDBNull(3) ? null : rows.GetInt32(3), rows.IsDBNull(4) ? null : rows.GetString(4)));
        return found;
    }

    /// <summary>One that waits already goes on waiting.</summary>
    public async Task Replay(Guid id, Instant now, CancellationToken ct)
    {
        await using var replay = database.Command(
            "update webhook_deliveries set state = 'waiting', round = 0, due_at = $2, leased_until = null, settled_at = null where id = $1 and state <> 'waiting'", id, now);
        await replay.ExecuteNonQueryAsync(ct);
    }

    private static async Task<IReadOnlyList<DeliveryRow>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(ct);
            var found = new List<DeliveryRow>();
            while (await rows.ReadAsync(ct))
                found.Add(new DeliveryRow(
                    rows.GetGuid(0), rows.GetGuid(1), rows.GetGuid(2), rows.GetString(3), rows.GetString(4), rows.GetString(5), rows.Instant(6), rows.Instant(7),
                    rows.GetInt32(8), rows.IsDBNull(9) ? null : rows.Instant(9), rows.IsDBNull(10) ? null : rows.GetInt32(10), rows.IsDBNull(11) ? null : rows.GetString(11)));
            return found;
        }
    }
}

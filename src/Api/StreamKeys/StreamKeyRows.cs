using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using Muse.Domain.StreamKeys;
using NodaTime;
using Npgsql;

namespace Muse.Api.StreamKeys;

/// <summary>One row of <c>stream_keys</c>.</summary>
/// <param name="StreamId">Where its events are.</param>
/// <param name="UsedAt">When it last let somebody in.</param>
public sealed record StreamKeyRow(
    Guid Id, Guid StreamId, Guid LessonId, Guid PersonId, Part Part, StreamUse Use, int Listeners, string TokenHash, Instant MadeAt, Instant ExpiresAt,
    bool IsRevoked, Instant? UsedAt)
{
    public Who Who => new(PersonId, Part);

    public bool IsLive(Instant now) => !IsRevoked && ExpiresAt > now;
}

/// <summary>The table <c>stream_keys</c>, inline: a key works at once, and a revoked one no longer.</summary>
public sealed class StreamKeyRows(NpgsqlDataSource database) : IProjection
{
    private const int MostListed = 200;

    private const string Select =
        "select key_id, stream_id, lesson_id, person_id, part, use, listeners, token_hash, made_at, expires_at, revoked_at is not null, "
        + "(select used_at from stream_key_uses u where u.key_id = stream_keys.key_id) from stream_keys ";

    public string Name => "stream_keys";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["stream_key_made", "stream_key_revoked"];

    public IReadOnlyList<string> Tables { get; } = ["stream_keys"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case StreamKeyMade made:
                batch.Write("""
                    insert into stream_keys (key_id, stream_id, lesson_id, person_id, part, use, listeners, token_hash, made_at, expires_at)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                    """, made.KeyId, made.KeysId, made.LessonId, made.By.PersonId!.Value, made.By.Part.ToString(), made.Use.ToString(), made.Listeners, made.TokenHash,
                    made.At, made.ExpiresAt);
                break;
            case StreamKeyRevoked revoked:
                batch.Write("update stream_keys set revoked_at = $2 where key_id = $1", revoked.KeyId, revoked.At);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to stream_keys.");
        }
    }

    public async Task<StreamKeyRow?> ByToken(string tokenHash, CancellationToken ct) =>
        await Read(database.Command(Select + "where token_hash = $1", tokenHash), ct) is [var row] ? row : null;

    /// <summary>Writes down that a key lets somebody in now.</summary>
    /// <returns>False when it does not: it is revoked, or too old.</returns>
    public async Task<bool> Use(string tokenHash, Instant now, CancellationToken ct)
    {
        await using var command = database.Command("""
            insert into stream_key_uses (key_id, used_at)
            select key_id, $2 from stream_keys where token_hash = $1 and revoked_at is null and expires_at > $2
            on conflict (key_id) do update set used_at = excluded.used_at
            """, tokenHash, now);
        return await command.ExecuteNonQueryAsync(ct) > 0;
    }

    public async Task<StreamKeyRow?> Find(Guid lessonId, Guid keyId, CancellationToken ct) =>
        await Read(database.Command(Select + "where lesson_id = $1 and key_id = $2", lessonId, keyId), ct) is [var row] ? row : null;

    /// <summary>Those that still work.</summary>
    public Task<IReadOnlyList<StreamKeyRow>> Of(Guid lessonId, Instant now, CancellationToken ct) => Read(database.Command(
        Select + "where lesson_id = $1 and revoked_at is null and expires_at > $2 order by made_at, key_id limit $3", lessonId, now, MostListed), ct);

    private static async Task<IReadOnlyList<StreamKeyRow>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(ct);
            var keys = new List<StreamKeyRow>();
            while (await rows.ReadAsync(ct))
                keys.Add(new StreamKeyRow(
                    rows.GetGuid(0), rows.GetGuid(1), rows.GetGuid(2), rows.GetGuid(3), Enum.Parse<Part>(rows.GetString(4)),
                    Enum.Parse<StreamUse>(rows.GetString(5)), rows.GetInt32(6), rows.GetString(7), rows.Instant(8), rows.Instant(9), rows.GetBoolean(10),
                    rows.IsDBNull(11) ? null : rows.Instant(11)));
            return keys;
        }
    }
}

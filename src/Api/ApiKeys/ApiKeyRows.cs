using System.Collections.Concurrent;
using Muse.Adapters.Postgres;
using Muse.Domain.ApiKeys;
using NodaTime;
using Npgsql;

namespace Muse.Api.ApiKeys;

/// <summary>One row of <c>api_keys</c>.</summary>
/// <param name="StreamId">Where its events are.</param>
/// <param name="Name">As sealed.</param>
/// <param name="OldUntil">Until when the secret before the last rotation works, too.</param>
/// <param name="UsedAt">To the minute.</param>
public sealed record ApiKeyRow(
    Guid Id, Guid StreamId, Guid OwnerId, string Name, IReadOnlyList<string> Scopes, bool IsTest, string SecretHash, Instant? OldUntil,
    Instant MadeAt, Instant? ExpiresAt, Instant? RotatedAt, Instant? RevokedAt, bool OwnerMay, Instant? UsedAt)
{
    /// <summary>Its owner is still an integrator, too.</summary>
    public bool IsLive(Instant now) => RevokedAt is null && OwnerMay && !(ExpiresAt <= now);
}

/// <summary>The table <c>api_keys</c>, inline: a key works at once, and a revoked one no longer.</summary>
public sealed class ApiKeyRows(NpgsqlDataSource database) : IProjection
{
    private const string Select = """
        select k.key_id, k.stream_id, k.owner_id, k.name, k.scopes, k.is_test, k.secret_hash, k.old_until, k.made_at, k.expires_at, k.rotated_at,
            k.revoked_at, coalesce(a.is_integrator or a.is_admin, false), u.used_at
        from api_keys k left join accounts a on a.account_id = k.owner_id left join api_key_uses u on u.key_id = k.key_id
        """;

    private readonly ConcurrentDictionary<Guid, long> _minuteOfUse = [];

    public string Name => "api_keys";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["api_key_made", "api_key_rotated", "api_key_revoked"];

    public IReadOnlyList<string> Tables { get; } = ["api_keys"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case ApiKeyMade made:
                batch.Write("""
                    insert into api_keys (key_id, stream_id, owner_id, name, scopes, is_test, secret_hash, made_at, expires_at)
                    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
                    """, made.KeyId, made.KeysId, made.OwnerId, made.Name.Box, made.Scopes.ToArray(), made.IsTest, made.SecretHash, made.At, made.ExpiresAt);
                break;
            case ApiKeyRotated rotated:
                batch.Write("update api_keys set old_hash = secret_hash, old_until = $3, secret_hash = $2, rotated_at = $4 where key_id = $1",
                    rotated.KeyId, rotated.SecretHash, rotated.OldUntil, rotated.At);
                break;
            case ApiKeyRevoked revoked:
                batch.Write("update api_keys set revoked_at = $2 where key_id = $1", revoked.KeyId, revoked.At);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to api_keys.");
        }
    }

    public async Task<ApiKeyRow?> BySecret(string hash, Instant now, CancellationToken ct) => await Read(database.Command(
        Select + " where k.secret_hash = $1 or (k.old_hash = $1 and k.old_until > $2)", hash, now), ct) is [var row] ? row : null;

    public async Task<ApiKeyRow?> Find(Guid keyId, CancellationToken ct) =>
        await Read(database.Command(Select + " where k.key_id = $1", keyId), ct) is [var row] ? row : null;

    /// <summary>Those that still work, oldest first.</summary>
    /// <param name="ownerId">Null: everybody's.</param>
    public Task<IReadOnlyList<ApiKeyRow>> Live(Guid? ownerId, Instant now, Instant? afterMade, Guid? afterId, int most, CancellationToken ct) => Read(database.Command(
        Select + """
             where ($1::uuid is null or k.owner_id = $1) and k.revoked_at is null and (k.expires_at is null or k.expires_at > $2)
               and ($3::timestamptz is null or (k.made_at, k.key_id) > ($3, $4::uuid))
             order by k.made_at, k.key_id limit $5
            """, ownerId, now, afterMade, afterId, most), ct);

    /// <summary>Writes down that a key was used, once a minute at most.</summary>
    public async Task Used(Guid keyId, Instant now, CancellationToken ct)
    {
        var minute = now.ToUnixTimeSeconds() / 60;
        if (_minuteOfUse.TryGetValue(keyId, out var last) && last >= minute)
            return;
        _minuteOfUse[keyId] = minute;
        await using var command = database.Command("""
            insert into api_key_uses as u (key_id, used_at) values ($1, $2)
            on conflict (key_id) do update set used_at = excluded.used_at where u.used_at < excluded.used_at
            """, keyId, Instant.FromUnixTimeSeconds(minute * 60));
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task<IReadOnlyList<ApiKeyRow>> Read(NpgsqlCommand command, CancellationToken ct)
    {
        await using (command)
        {
            await using var rows = await command.ExecuteReaderAsync(ct);
            var keys = new List<ApiKeyRow>();
            Instant? At(int column) => rows.IsDBNull(column) ? null : rows.Instant(column);
            while (await rows.ReadAsync(ct))
                keys.Add(new ApiKeyRow(
                    rows.GetGuid(0), rows.GetGuid(1), rows.GetGuid(2), rows.GetString(3), rows.GetFieldValue<string[]>(4), rows.GetBoolean(5), rows.GetString(6),
                    At(7), rows.Instant(8), At(9), At(10), At(11), rows.GetBoolean(12), At(13)));
            return keys;
        }
    }
}

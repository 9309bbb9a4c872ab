using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api.Tokens;

/// <summary>A refresh token as it is handed out, once; the table has its hash only.</summary>
/// <param name="IsChildsDevice">The family began with a device link.</param>
internal sealed record RefreshToken(string Text, Guid Family, Guid PersonId, string Client, DateTimeOffset ExpiresAt, bool IsChildsDevice);

/// <summary>
/// Rotating refresh tokens (RFC 9700 §4.14.2). Each is used once and followed by the next of its family; one that comes back later
/// means that two hold it, and ends the family. Within <see cref="Grace"/> it is answered with the very same successor: two tabs that
/// refresh together, or a tablet that lost the answer. The successor is therefore derived from its predecessor and a secret.
/// </summary>
internal sealed class RefreshTokens(NpgsqlDataSource database, EndedSessions ended, TimeProvider time, byte[] secret)
{
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan IdleLife = TimeSpan.FromDays(60);
    public static readonly TimeSpan LongestLife = TimeSpan.FromDays(365);
    public const int MostFamilies = 20;
    public const int MaxChars = 128;

    public async Task<RefreshToken> Begin(NpgsqlConnection connection, Guid personId, string client, Guid? deviceLink, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var token = new RefreshToken(
            WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32)), Guid.CreateVersion7(now), personId, client, now + IdleLife,
            deviceLink is not null);
        await using var batch = new NpgsqlBatch(connection);
        batch.Write("delete from refresh_families where person_id = $1 and expires_at <= $2", personId, now);
        batch.Write("""
            delete from refresh_families where family_id in (
                select family_id from refresh_families where person_id = $1 order by used_at desc offset $2)
            """, personId, MostFamilies - 1);
        batch.Write("""
            insert into refresh_families (family_id, person_id, client, device_link_id, created_at, used_at, expires_at)
            values ($1, $2, $3, $4::uuid, $5, $5, $6)
            """, token.Family, personId, client, deviceLink, now, token.ExpiresAt);
        batch.Write("insert into refresh_tokens (token_hash, family_id, issued_at) values ($1, $2, $3)", Hash(token.Text), token.Family, now);
        await batch.ExecuteNonQueryAsync(ct);
        return token;
    }

    /// <summary>The successor, or null when the token is unknown, expired, revoked, or was used before.</summary>
    public async Task<RefreshToken?> Rotate(string text, CancellationToken ct)
    {
        if (text.Length is 0 or > MaxChars)
            return null;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await Find(connection, text, ct) is not { } found)
            return null;
        var now = time.GetUtcNow();
        if (found.RevokedAt is not null || found.ExpiresAt <= now)
            return null;
        var successor = Successor(text);
        if (found.UsedAt is { } usedAt)
        {
            if (usedAt + Grace > now && await IsUnused(connection, successor, ct))
                return new RefreshToken(successor, found.Family, found.PersonId, found.Client, found.ExpiresAt, found.IsChildsDevice);
            await Revoke(connection, found.Family, "reused", ct);
            await transaction.CommitAsync(ct);
            ended.Add(found.Family);
            return null;
        }
        var idle = now + IdleLife;
        var last = found.CreatedAt + LongestLife;
        var expiresAt = idle < last ? idle : last;
        await using var batch = new NpgsqlBatch(connection);
        batch.Write("update refresh_tokens set used_at = $2 where token_hash = $1", Hash(text), now);
        batch.Write("insert into refresh_tokens (token_hash, family_id, issued_at) values ($1, $2, $3)", Hash(successor), found.Family, now);
        batch.Write("update refresh_families set used_at = $2, expires_at = $3 where family_id = $1", found.Family, now, expiresAt);
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return new RefreshToken(successor, found.Family, found.PersonId, found.Client, expiresAt, found.IsChildsDevice);
    }

    /// <summary>Signs out the device that holds this token, used or not. An unknown one changes nothing.</summary>
    public async Task End(string text, CancellationToken ct)
    {
        if (text.Length is 0 or > MaxChars)
            return;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await Find(connection, text, ct) is not { RevokedAt: null } found)
            return;
        await Revoke(connection, found.Family, "signed out", ct);
        await transaction.CommitAsync(ct);
        ended.Add(found.Family);
    }

    /// <summary>Signs out what was signed in by this device link.</summary>
    /// <summary>Whether nobody has signed out of it or taken its device's link back. Asked of what outlives an access token.</summary>
    public async Task<bool> IsOpen(Guid family, CancellationToken ct)
    {
        await using var command = database.Command("select exists (select 1 from refresh_families where family_id = $1 and revoked_at is null)", family);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    public async Task EndByDeviceLink(Guid linkId, CancellationToken ct)
    {
        await using var command = database.Command("""
            update refresh_families set revoked_at = $2, revoked_why = 'device link revoked'
            where device_link_id = $1 and revoked_at is null returning family_id
            """, linkId, time.GetUtcNow());
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            ended.Add(rows.GetGuid(0));
    }

    /// <summary>Deletes what can no longer be used: expired families, and used tokens past the longest idle time.</summary>
    public async Task Forget(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var families = database.Command("delete from refresh_families where expires_at <= $1", now);
        await families.ExecuteNonQueryAsync(ct);
        await using var tokens = database.Command("delete from refresh_tokens where used_at <= $1", now - IdleLife);
        await tokens.ExecuteNonQueryAsync(ct);
    }

    private sealed record Found(
        Guid Family, Guid PersonId, string Client, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt, DateTimeOffset? UsedAt,
        bool IsChildsDevice);

    // The family's row is locked, so that two tabs come one after the other.
    private static async Task<Found?> Find(NpgsqlConnection connection, string text, CancellationToken ct)
    {
        await using (var first = connection.Command("""
            select 1 from refresh_families where family_id = (select family_id from refresh_tokens where token_hash = $1) for update
            """, Hash(text)))
            await first.ExecuteNonQueryAsync(ct);
        await using var command = connection.Command("""
            select f.family_id, f.person_id, f.client, f.created_at, f.expires_at, f.revoked_at, t.used_at,
                f.device_link_id is not null
            from refresh_tokens t join refresh_families f using (family_id) where t.token_hash = $1
            """, Hash(text));
        await using var rows = await command.ExecuteReaderAsync(ct);
        return await rows.ReadAsync(ct)
            ? new Found(
                rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2),
                rows.GetFieldValue<DateTimeOffset>(3), rows.GetFieldValue<DateTimeOffset>(4),
                await rows.IsDBNullAsync(5, ct) ? null : rows.GetFieldValue<DateTimeOffset>(5),
                await rows.IsDBNullAsync(6, ct) ? null : rows.GetFieldValue<DateTimeOffset>(6),
                rows.GetBoolean(7))
            : null;
    }

    private static async Task<bool> IsUnused(NpgsqlConnection connection, string text, CancellationToken ct)
    {
        await using var command = connection.Command("select 1 from refresh_tokens where token_hash = $1 and used_at is null", Hash(text));
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    private async Task Revoke(NpgsqlConnection connection, Guid family, string why, CancellationToken ct)
    {
        await using var command = connection.Command(
            "update refresh_families set revoked_at = $2, revoked_why = $3 where family_id = $1", family, time.GetUtcNow(), why);
        await command.ExecuteNonQueryAsync(ct);
    }

    private string Successor(string text) =>
        WebEncoders.Base64UrlEncode(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes("muse refresh 1\n" + text)));

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}

using Muse.Adapters.Postgres;
using Muse.Api.Guardians;
using Npgsql;

namespace Muse.Api.Tokens;

/// <summary>Signs a child's tablet in by the link the guardian made. The link works once; the tablet then lives by its refresh token.</summary>
internal sealed class SignInByDeviceLink(RefreshTokens refresh, NpgsqlDataSource database, TimeProvider time)
{
    /// <param name="link">The whole link or only the part behind its <c>#</c>.</param>
    public async Task<RefreshToken?> Try(string link, string client, CancellationToken ct)
    {
        var secret = link[(link.LastIndexOf('#') + 1)..];
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var now = time.GetUtcNow();
        Guid linkId;
        Guid personId;
        await using (var command = connection.Command("""
            update device_links set used_at = $2
            where secret_hash = $1 and used_at is null and revoked_at is null and expires_at > $2 returning link_id, person_id
            """, DeviceLinks.Hash(secret), now))
        await using (var rows = await command.ExecuteReaderAsync(ct))
        {
            if (!await rows.ReadAsync(ct))
                return null;
            (linkId, personId) = (rows.GetGuid(0), rows.GetGuid(1));
        }
        var token = await refresh.Begin(connection, personId, client, linkId, ct);
        await transaction.CommitAsync(ct);
        return token;
    }
}

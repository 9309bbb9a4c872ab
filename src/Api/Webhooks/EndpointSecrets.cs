using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Muse.Adapters.Postgres;
using Muse.Adapters.Webhooks;
using NodaTime;
using Npgsql;

namespace Muse.Api.Webhooks;

/// <summary>
/// What endpoints are signed for with (the table <c>webhook_secrets</c>), sealed with keys that lie in the data folder and not in the database. The
/// purpose names the endpoint, so that a row copied to another one's place does not open there.
/// </summary>
internal sealed class EndpointSecrets(IDataProtectionProvider protection, NpgsqlDataSource database)
{
    /// <summary>In the session's transaction; the one before stays as the old one.</summary>
    public async Task Keep(NpgsqlConnection connection, Guid endpointId, WebhookSecret secret, CancellationToken ct)
    {
        await using var command = connection.Command("""
            insert into webhook_secrets as s (endpoint_id, secret) values ($1, $2)
            on conflict (endpoint_id) do update set old_secret = s.secret, secret = excluded.secret
            """, endpointId, Of(endpointId).Protect(Encoding.UTF8.GetBytes(secret.Reveal())));
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Whatever is kept of an endpoint beside its events.</summary>
    public static async Task Forget(NpgsqlConnection connection, Guid endpointId, CancellationToken ct)
    {
        await using var command = connection.Command("""
            with gone as (delete from webhook_deliveries where endpoint_id = $1 returning id),
                 attempts as (delete from webhook_attempts where delivery_id in (select id from gone)),
                 pace as (delete from webhook_paces where endpoint_id = $1)
            delete from webhook_secrets where endpoint_id = $1
            """, endpointId);
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>The secrets to sign with now, newest first; none when the keys of the data folder are gone.</summary>
    public async Task<IReadOnlyList<WebhookSecret>> Open(Guid endpointId, Instant now, CancellationToken ct)
    {
        await using var command = database.Command("""
            select s.secret, case when e.old_until > $2 then s.old_secret end
            from webhook_secrets s join webhook_endpoints e on e.endpoint_id = s.endpoint_id where s.endpoint_id = $1
            """, endpointId, now);
        await using var rows = await command.ExecuteReaderAsync(ct);
        if (!await rows.ReadAsync(ct))
            return [];
        try
        {
            var boxes = rows.IsDBNull(1) ? [rows.GetFieldValue<byte[]>(0)] : new[] { rows.GetFieldValue<byte[]>(0), rows.GetFieldValue<byte[]>(1) };
            return [.. boxes.Select(box => WebhookSecret.Read(Encoding.UTF8.GetString(Of(endpointId).Unprotect(box)))).OfType<WebhookSecret>()];
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    private IDataProtector Of(Guid endpointId) => protection.CreateProtector("Muse.Webhooks", endpointId.ToString("n"));
}

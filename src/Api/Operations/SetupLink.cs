using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Npgsql;

namespace Muse.Api.Operations;

/// <summary>
/// The one-time link that makes an account the administrator. Its token is derived from a secret of the data folder, so that it can be
/// shown again at every start until it is used; the database keeps only its hash and who used it.
/// </summary>
public sealed class SetupLink(DataFolder data, NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>The token while no one has used it, null afterwards.</summary>
    public async Task<string?> UnusedTokenAsync(CancellationToken ct)
    {
        var token = WebEncoders.Base64UrlEncode(
            HMACSHA256.HashData(data.ReadOrCreateSecret("setup-link", 32), "muse setup link 1"u8)[..24]);
        await using var command = database.CreateCommand("""
            with made as (insert into setup_links (hash, made_at) values ($1, $2) on conflict (hash) do nothing)
            select not exists (select from setup_links where used_at is not null)
            """);
        command.Parameters.Add(new() { Value = Hash(token) });
        command.Parameters.Add(new() { Value = time.GetUtcNow().UtcDateTime });
        return await command.ExecuteScalarAsync(ct) is true ? token : null;
    }

    /// <summary>Uses the token up, in the caller's transaction. False when it is wrong or used: then no administrator is made.</summary>
    public async Task<bool> UseAsync(NpgsqlConnection connection, string token, Guid accountId, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            update setup_links set used_at = $2, used_by = $3
            where hash = $1 and not exists (select from setup_links where used_at is not null)
            """,
            connection)
        {
            Parameters =
            {
                new() { Value = Hash(token) },
                new() { Value = time.GetUtcNow().UtcDateTime },
                new() { Value = accountId },
            },
        };
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Muse.Adapters.Postgres;
using Muse.Api.Clock;
using Muse.Api.Identity;
using Npgsql;

namespace Muse.Api.Http;

/// <summary>
/// Keeps the first answer to a request with an <c>Idempotency-Key</c> for <see cref="Kept"/> and replays it
/// (draft-ietf-httpapi-idempotency-key-header-07). The key counts for one caller (of an API key, for that key), method and path. Answers that a retry may change
/// (401, 403, 429, 5xx, and what was refused by an exception) are not kept. Bounded: <see cref="MostKeys"/> rows, the oldest go first.
/// </summary>
internal sealed class IdempotencyKeys(NpgsqlDataSource database, TimeProvider time)
{
    public static readonly TimeSpan Kept = TimeSpan.FromHours(24);
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);
    public const string Header = "Idempotency-Key";
    public const int MaxChars = 255;
    public const int MostKeys = 100_000;
    private const int MaxBodyBytes = 64 * 1024;

    private static readonly string[] KeptHeaders = ["Content-Type", "Location", "ETag"];

    public async Task Handle(HttpContext http, RequestDelegate next)
    {
        var sent = http.Request.Headers[Header];
        if (sent.Count == 0 || http.GetEndpoint()?.Metadata.GetMetadata<IdempotentRoute>() is null)
        {
            await next(http);
            return;
        }
        if (sent.Count > 1 || KeyOf(sent[0] ?? "") is not { } key)
        {
            await Problems.Of(StatusCodes.Status400BadRequest, "malformed_idempotency_key",
                $"Send one Idempotency-Key of 1 to {MaxChars} visible ASCII characters.").ExecuteAsync(http);
            return;
        }
        var scope = Hash($"{http.User.FindFirstValue(TokenClaims.Key) ?? http.User.FindFirstValue(TokenClaims.Subject)}\n{http.Request.Method}\n{http.Request.Path}\n{key}");
        http.Request.EnableBuffering();
        var fingerprint = await SHA256.HashDataAsync(http.Request.Body, http.RequestAborted);
        http.Request.Body.Position = 0;
        if (http.Request.QueryString.HasValue)
            fingerprint = SHA256.HashData([.. fingerprint, .. Encoding.UTF8.GetBytes(http.Request.QueryString.Value!)]);

        var lease = Guid.NewGuid();
        if (await Take(scope, fingerprint, lease, http.RequestAborted))
            await RunAndKeep(http, next, scope, lease);
        else
            await Replay(http, scope, fingerprint);
    }

    public async Task Forget(CancellationToken ct)
    {
        await using var expired = database.Command("delete from idempotency_keys where expires_at <= $1", time.GetUtcNow());
        await expired.ExecuteNonQueryAsync(ct);
        await using var most = database.Command("""
            delete from idempotency_keys where scope in (select scope from idempotency_keys order by expires_at desc offset $1)
            """, MostKeys);
        await most.ExecuteNonQueryAsync(ct);
    }

    // The draft's syntax is a quoted structured-field string; many clients send it bare.
    private static string? KeyOf(string text)
    {
        text = text.Trim();
        if (text.Length >= 2 && text[0] == '"' && text[^1] == '"')
            text = text[1..^1];
        return text.Length is > 0 and <= MaxChars && text.All(c => c is > ' ' and < (char)127) ? text : null;
    }

    // An expired answer, or a run whose process died, is taken over; whoever runs is named by the lease.
    private async Task<bool> Take(byte[] scope, byte[] fingerprint, Guid lease, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        await using var command = database.Command("""
            insert into idempotency_keys as k (scope, fingerprint, lease, leased_until, expires_at) values ($1, $2, $3, $4, $5)
            on conflict (scope) do update
                set fingerprint = excluded.fingerprint, lease = excluded.lease, leased_until = excluded.leased_until,
                    expires_at = excluded.expires_at, status = null, headers = null, body = null
                where k.expires_at <= $6 or (k.status is null and k.leased_until <= $6 and k.fingerprint = excluded.fingerprint)
            """, scope, fingerprint, lease, now + Lease, now + Kept, now);
        return await command.ExecuteNonQueryAsync(ct) == 1;
    }

    private async Task RunAndKeep(HttpContext http, RequestDelegate next, byte[] scope, Guid lease)
    {
        var wire = http.Response.Body;
        using var answer = new MemoryStream();
        http.Response.Body = answer;
        try
        {
            await next(http);
        }
        catch
        {
            await Release(scope, lease);
            throw;
        }
        finally
        {
            http.Response.Body = wire;
        }
        var status = http.Response.StatusCode;
        if (status is 401 or 403 or 429 or >= 500 || answer.Length > MaxBodyBytes)
            await Release(scope, lease);
        else
            await Keep(scope, lease, status, http.Response.Headers, answer.ToArray());
        if (answer.Length > 0)
            await wire.WriteAsync(answer.GetBuffer().AsMemory(0, (int)answer.Length), http.RequestAborted);
    }

    // Not cancelled when the caller hangs up: the effect has happened, and the retry must find this answer.
    private async Task Keep(byte[] scope, Guid lease, int status, IHeaderDictionary headers, byte[] body)
    {
        var kept = KeptHeaders.Where(headers.ContainsKey).ToDictionary(name => name, name => headers[name].ToString());
        await using var command = database.Command(
            "update idempotency_keys set status = $3, headers = $4, body = $5 where scope = $1 and lease = $2",
            scope, lease, (short)status, new Json(JsonSerializer.Serialize(kept)), body);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task Release(byte[] scope, Guid lease)
    {
        await using var command = database.Command("delete from idempotency_keys where scope = $1 and lease = $2", scope, lease);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private async Task Replay(HttpContext http, byte[] scope, byte[] fingerprint)
    {
        await using var command = database.Command("select fingerprint, status, headers, body from idempotency_keys where scope = $1", scope);
        await using var rows = await command.ExecuteReaderAsync(http.RequestAborted);
        var found = await rows.ReadAsync(http.RequestAborted);
        if (found && !rows.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(fingerprint))
        {
            await Problems.Of(StatusCodes.Status422UnprocessableEntity, "idempotency_key_reused",
                "This key came with another body or query before; use a new key.").ExecuteAsync(http);
            return;
        }
        if (!found || await rows.IsDBNullAsync(1, http.RequestAborted))
        {
            http.Response.Headers.RetryAfter = "1";
            await Problems.Of(StatusCodes.Status409Conflict, "still_running", "The first request with this key is still running.").ExecuteAsync(http);
            return;
        }
        http.Response.StatusCode = rows.GetInt16(1);
        foreach (var (name, value) in JsonSerializer.Deserialize<Dictionary<string, string>>(rows.GetString(2))!)
            http.Response.Headers[name] = value;
        http.Response.Headers["Idempotency-Replayed"] = "true";
        await http.Response.Body.WriteAsync(rows.GetFieldValue<byte[]>(3), http.RequestAborted);
    }

    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}

/// <summary>Deletes expired keys every ten minutes.</summary>
internal sealed class IdempotencySweep(IdempotencyKeys keys, TimeProvider time, ILogger<IdempotencySweep> log)
    : ClockJob(TimeSpan.FromMinutes(10), time, log)
{
    protected override Task Round(CancellationToken ct) => keys.Forget(ct);
}

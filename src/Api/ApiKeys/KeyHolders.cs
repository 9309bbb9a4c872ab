using System.Security.Claims;
using Muse.Api.Identity;
using Muse.Domain;
using NodaTime;

namespace Muse.Api.ApiKeys;

/// <summary>
/// Who calls by an API key, or by an access token that was had for one. Both ask the table, so that a revoked key is dead at once and its
/// tokens with it. The caller is the key's owner, in none of the owner's roles.
/// </summary>
internal sealed class KeyHolders(ApiKeyRows rows, TimeProvider time)
{
    /// <summary>Without which no caller; all are 401.</summary>
    public static readonly string[] Codes = ["malformed_key", "unknown_key", "key_revoked", "key_expired"];

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    public async Task<(ApiKeyRow? Key, Refusal? No)> BySecret(string text, CancellationToken ct) =>
        KeyText.IsWhole(text) ? await Live(await rows.BySecret(KeyText.HashOf(text), Now, ct), ct)
        : (null, new Refusal("malformed_key", "This is not a key as it was given out: a character is wrong or missing."));

    /// <param name="token">A checked one of ours.</param>
    public async Task<(ClaimsPrincipal? Caller, Refusal? No)> ByToken(ClaimsPrincipal token, CancellationToken ct)
    {
        var found = Guid.TryParse(token.FindFirstValue(TokenClaims.ClientId), out var keyId) ? await rows.Find(keyId, ct) : null;
        var (key, no) = await Live(found, ct);
        return key is null ? (null, no) : (CallerBy(key, token.FindFirstValue(TokenClaims.Scope)!.Split(' ').Intersect(key.Scopes)), null);
    }

    public static ClaimsPrincipal CallerBy(ApiKeyRow key, IEnumerable<string> scopes)
    {
        var claims = new List<Claim> { new(TokenClaims.Subject, key.OwnerId.ToString()), new(TokenClaims.Key, key.Id.ToString()) };
        claims.AddRange(scopes.Select(scope => new Claim(TokenClaims.KeyScope, scope)));
        if (key.IsTest)
            claims.Add(new Claim(TokenClaims.TestKey, "true"));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, "Bearer", TokenClaims.Subject, TokenClaims.Roles));
    }

    private async Task<(ApiKeyRow? Key, Refusal? No)> Live(ApiKeyRow? key, CancellationToken ct)
    {
        if (key is null)
            return (null, new Refusal("unknown_key", "There is no such key, or its secret was replaced by another."));
        if (key.IsLive(Now))
        {
            await rows.Used(key.Id, Now, ct);
            return (key, null);
        }
        return (null, key.ExpiresAt <= Now && key.RevokedAt is null
            ? new Refusal("key_expired", "The key has expired.")
            : new Refusal("key_revoked", "The key was revoked."));
    }
}

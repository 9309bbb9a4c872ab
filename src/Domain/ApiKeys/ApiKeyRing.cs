using System.Collections.Immutable;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Domain.ApiKeys;

/// <param name="KeysId">The stream: all keys of one integrator.</param>
/// <param name="Name">For people, sealed with the owner's key.</param>
/// <param name="IsTest">It works on the owner's sandbox only.</param>
/// <param name="SecretHash">SHA-256 in hexadecimal of a secret of 256 random bits, which nobody keeps: it opens nothing.</param>
public sealed record ApiKeyMade(
    Guid KeysId, Guid KeyId, Guid OwnerId, SealedText Name, IReadOnlyList<string> Scopes, bool IsTest, string SecretHash, Instant? ExpiresAt, Instant At);

/// <summary>The same key with a new secret.</summary>
/// <param name="OldUntil">Until then the secret before it works, too.</param>
public sealed record ApiKeyRotated(Guid KeysId, Guid KeyId, string SecretHash, Instant OldUntil, Instant At);

/// <param name="By">The owner or an administrator.</param>
public sealed record ApiKeyRevoked(Guid KeysId, Guid KeyId, Guid By, Instant At);

/// <summary>One key that is not revoked.</summary>
public sealed record ApiKey(Guid Id, IReadOnlyList<string> Scopes, bool IsTest, Instant? ExpiresAt)
{
    public bool HasExpired(Instant now) => ExpiresAt <= now;
}

/// <summary>The API keys of one integrator: secrets for programs, each with what it may do.</summary>
public sealed record ApiKeyRing(Guid Id, Guid OwnerId, ImmutableDictionary<Guid, ApiKey> Keys)
{
    /// <summary>Keys of one integrator that are neither revoked nor expired.</summary>
    public const int Most = 50;

    public const int LongestName = 100;

    /// <summary>After a rotation the old secret works for so long, so that every server of the integrator's can be told.</summary>
    public static readonly Duration BothWork = Duration.FromHours(24);

    public static readonly Duration LongestLife = Duration.FromDays(3660);

    public static ApiKeyRing None(Guid id, Guid ownerId) => new(id, ownerId, ImmutableDictionary<Guid, ApiKey>.Empty);

    public static ApiKeyRing Create(ApiKeyMade e) => None(e.KeysId, e.OwnerId).Apply(e);

    public ApiKeyRing Apply(ApiKeyMade e) => this with { Keys = Keys.SetItem(e.KeyId, new(e.KeyId, e.Scopes, e.IsTest, e.ExpiresAt)) };

    public ApiKeyRing Apply(ApiKeyRevoked e) => this with { Keys = Keys.Remove(e.KeyId) };

    public int Live(Instant now) => Keys.Values.Count(key => !key.HasExpired(now));

    /// <summary>Asked before the name is sealed.</summary>
    public static Refusal? WrongName(string name) =>
        string.IsNullOrWhiteSpace(name) || name.Length > LongestName || name.Any(char.IsControl)
            ? Refusal.Invalid("wrong_name", $"A name of 1 to {LongestName} characters without control characters.", "/name")
            : null;

    /// <param name="expiresAt">Null: until it is revoked.</param>
    public Decision Make(Guid keyId, SealedText name, IReadOnlyList<string> scopes, bool isTest, string secretHash, Instant? expiresAt, Instant now)
    {
        if (scopes.Count == 0)
            return Refusal.Invalid("no_scope", "A key is for something: name at least one scope.", "/scopes");
        if (scopes.FirstOrDefault(scope => !ApiScope.All.ContainsKey(scope)) is not null)
            return Refusal.Invalid("unknown_scope", $"A scope is one of {string.Join(", ", ApiScope.All.Keys)}.", "/scopes");
        if (expiresAt <= now || expiresAt > now + LongestLife)
            return Refusal.Invalid("out_of_range", "A key ends in the future and within ten years.", "/expiresAt");
        return Live(now) >= Most
            ? new Refusal("too_many_api_keys", $"At most {Most} keys of one integrator; revoke one first.")
            : Decision.Of(new ApiKeyMade(
                Id, keyId, OwnerId, name, [.. ApiScope.All.Keys.Where(scopes.Contains)], isTest, secretHash, expiresAt?.Cut(), now.Cut()));
    }

    /// <summary>Each call makes another secret; it is never a repetition.</summary>
    public Decision Rotate(Guid keyId, string secretHash, Instant now)
    {
        if (!Keys.TryGetValue(keyId, out var key))
            return Refusal.NotFound();
        return key.HasExpired(now)
            ? new Refusal("key_expired", "The key has expired; make a new one.")
            : Decision.Of(new ApiKeyRotated(Id, keyId, secretHash, (now + BothWork).Cut(), now.Cut()));
    }

    /// <summary>Repeating it changes nothing.</summary>
    public Decision Revoke(Guid keyId, Guid by, Instant now) =>
        Keys.ContainsKey(keyId) ? Decision.Of(new ApiKeyRevoked(Id, keyId, by, now.Cut())) : Decision.Nothing;

    /// <summary>When the owner is no integrator any more.</summary>
    public Decision RevokeAll(Guid by, Instant now) =>
        Decision.Of([.. Keys.Keys.Order().Select(keyId => (object)new ApiKeyRevoked(Id, keyId, by, now.Cut()))]);
}

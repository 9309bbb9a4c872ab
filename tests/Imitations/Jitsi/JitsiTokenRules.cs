using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Muse.Imitations.Jitsi;

/// <summary>Who a good token says somebody is.</summary>
public sealed record JitsiTokenGuest(string? Id, string Name, bool Moderator);

/// <summary>What prosody's token plugins ask of a token (lib-jitsi-meet, doc/tokens.md), and JaaS; no leeway for clocks.</summary>
/// <param name="key">RS256; null: HS256 with the secret.</param>
internal sealed class JitsiTokenRules(RSA? key, string keyId, string secret, string issuer, string audience, TimeProvider clock)
{
    private readonly SecurityKey _key = key is not null
        ? new RsaSecurityKey(key.ExportParameters(false)) { KeyId = keyId }
        : new SymmetricSecurityKey(Encoding.UTF8.GetBytes(secret));

    /// <param name="room">And <paramref name="subject"/>: null before a room is entered, when prosody looks at neither.</param>
    public async Task<(string? Refusal, JitsiTokenGuest? Guest)> Read(string? jwt, string? room, string? subject)
    {
        if (string.IsNullOrEmpty(jwt)) return ("token required", null);
        if (key is not null && KidOf(jwt) != keyId) return ("could not obtain public key", null);
        var result = await new JsonWebTokenHandler { MaximumTokenSizeInBytes = 16_384 }.ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            IssuerSigningKey = _key,
            ValidAlgorithms = [key is not null ? SecurityAlgorithms.RsaSha256 : SecurityAlgorithms.HmacSha256],
            ValidIssuer = issuer,
            ValidAudience = audience,
            RequireExpirationTime = true,
            LifetimeValidator = (from, to, _, _) => to is not null && Now < to && (from is null || Now >= from),
        });
        if (!result.IsValid)
            return (result.Exception switch
            {
                SecurityTokenInvalidIssuerException => "Invalid issuer ('iss' claim)",
                SecurityTokenInvalidAudienceException => "Invalid audience ('aud' claim)",
                SecurityTokenInvalidLifetimeException or SecurityTokenNoExpirationException or SecurityTokenExpiredException => "Not acceptable by 'nbf' or 'exp'",
                SecurityTokenInvalidAlgorithmException => "Invalid algorithm",
                SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "Invalid signature",
                _ => "Invalid token",
            }, null);
        using var claims = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(((JsonWebToken)result.SecurityToken).EncodedPayload));
        return Inside(claims.RootElement, room, subject);
    }

    private (string? Refusal, JitsiTokenGuest? Guest) Inside(JsonElement claims, string? room, string? subject)
    {
        if (Text(claims, "room") is not { } forRoom || (room is not null && forRoom != "*" && forRoom != room)) return ("Room and user do not match: 'room'", null);
        if (Text(claims, "sub") is not { } forSubject || (subject is not null && forSubject != "*" && forSubject != subject)) return ("Room and user do not match: 'sub'", null);
        if (!claims.TryGetProperty("context", out var context) || !context.TryGetProperty("user", out var user) || user.ValueKind is not JsonValueKind.Object)
            return ("No user in the token", null);
        // A null here throws in prosody, and nobody gets in.
        foreach (var member in user.EnumerateObject())
            if (member.Value.ValueKind is not JsonValueKind.String) return ($"context.user.{member.Name} is no string", null);
        var moderator = key is not null ? Text(user, "moderator") == "true" : Text(user, "affiliation") == "owner";
        return (null, new JitsiTokenGuest(Text(user, "id"), Text(user, "name") ?? "Fellow Jitster", moderator));
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private static string? KidOf(string jwt)
    {
        try
        {
            return new JsonWebToken(jwt).Kid;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement of, string name) => of.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
}

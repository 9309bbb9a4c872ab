using System.Security.Claims;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Muse.Api.Identity;

namespace Muse.Api.Tokens;

/// <summary>Who a token is for, and what they are.</summary>
/// <param name="Session">The family of refresh tokens it came from; when that is revoked, the access token dies with it.</param>
/// <param name="IsChildsDevice">The session began with a device link.</param>
public sealed record TokenSubject(
    Guid PersonId, Guid Session, string Client, IReadOnlyList<string> Roles, Guid? TutorId, Guid? StudentId, Guid? GuardianId,
    bool IsChildsDevice);

/// <summary>
/// Makes and checks access tokens: JWTs by RFC 9068 (<c>typ: at+jwt</c>), ES256, 15 minutes. Nothing but ES256 by one of our own keys
/// is ever accepted, and clocks may differ by 30 seconds.
/// </summary>
public sealed class AccessTokens(SigningKeys keys, Issuer issuer, TimeProvider time)
{
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(15);
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);
    public const string Audience = "muse";
    private const string Type = "at+jwt";

    // Longer ones are not ours; parsing them would be work for a stranger.
    private const int MaxChars = 4096;

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxChars };

    public string Make(TokenSubject subject)
    {
        var claims = new Dictionary<string, object>
        {
            [TokenClaims.Subject] = subject.PersonId.ToString(),
            [TokenClaims.ClientId] = subject.Client,
            [TokenClaims.Session] = subject.Session.ToString(),
            [TokenClaims.Roles] = subject.Roles,
        };
        if (subject.TutorId is { } tutor)
            claims[TokenClaims.TutorId] = tutor.ToString();
        if (subject.StudentId is { } student)
            claims[TokenClaims.StudentId] = student.ToString();
        if (subject.GuardianId is { } guardian)
            claims[TokenClaims.GuardianId] = guardian.ToString();
        if (subject.IsChildsDevice)
            claims[TokenClaims.ChildsDevice] = true;
        return Make(claims);
    }

    /// <summary>For a client that acts for no person (RFC 9068 §2.2: then <c>sub</c> is the client).</summary>
    public string MakeForClient(Guid clientId, string scope) => Make(new Dictionary<string, object>
    {
        [TokenClaims.Subject] = clientId.ToString(),
        [TokenClaims.ClientId] = clientId.ToString(),
        [TokenClaims.Scope] = scope,
    });

    private string Make(Dictionary<string, object> claims)
    {
        var now = time.GetUtcNow().UtcDateTime;
        claims["jti"] = Guid.NewGuid().ToString("n");
        return _handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = Type,
            Issuer = issuer.Url,
            Audience = Audience,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + Life,
            Claims = claims,
            SigningCredentials = new SigningCredentials(keys.Current.SecurityKey, SecurityAlgorithms.EcdsaSha256),
        });
    }

    /// <summary>The caller, or null when the token is not one of ours or not valid now.</summary>
    public async Task<ClaimsPrincipal?> Check(string token)
    {
        if (token.Length > MaxChars)
            return null;
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = issuer.Url,
            ValidAudience = Audience,
            ValidTypes = [Type],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            ClockSkew = ClockSkew,
            TryAllIssuerSigningKeys = false,
            IssuerSigningKeyResolver = (_, _, keyId, _) => keys.Find(keyId) is { } key ? [key.SecurityKey] : [],
            LifetimeValidator = IsAlive,
            NameClaimType = TokenClaims.Subject,
            RoleClaimType = TokenClaims.Roles,
            AuthenticationType = "Bearer",
        });
        return result.IsValid && result.ClaimsIdentity.HasClaim(claim => claim.Type == TokenClaims.Subject)
            ? new ClaimsPrincipal(result.ClaimsIdentity)
            : null;
    }

    private bool IsAlive(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires > now - ClockSkew && (notBefore is null || notBefore <= now + ClockSkew);
    }
}

/// <summary>The address under which this installation is known: <c>iss</c> of its tokens.</summary>
public sealed record Issuer(string Url);

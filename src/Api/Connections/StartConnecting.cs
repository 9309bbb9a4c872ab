using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Muse.Api.Bookings;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Connections;

/// <param name="AuthorizeUrl">Where the browser goes now; it works once, for ten minutes, in the browser that asked for it.</param>
public sealed record ConnectionBegun(string AuthorizeUrl);

/// <summary>
/// <c>POST /v1/tutors/{id}/connections/{provider}</c>: RFC 6749 §4.1.1 with PKCE (RFC 7636). The state names the attempt, and a cookie binds
/// it to this browser: somebody else's answer, sent to a tutor as a link, would else connect a stranger's account to the tutor.
/// </summary>
internal static class StartConnecting
{
    public const string CallbackPath = "/v1/connections/callback";
    public static readonly Duration Works = Duration.FromMinutes(10);

    /// <summary>One per provider, so that two may be connected in two tabs.</summary>
    public static string CookieOf(string provider) => $"muse_connect_{provider}";

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    public static CookieOptions CookieOptions(DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        Secure = true,
        // The provider's page sends the browser here, which Strict would not count as ours.
        SameSite = SameSiteMode.Lax,
        Path = CallbackPath,
        Expires = expires,
        IsEssential = true,
    };

    internal static async Task<Results<Created<ConnectionBegun>, ProblemHttpResult>> Handle(
        Guid tutorId, string provider, Caller caller, HttpContext http, ConnectClients clients, ConnectionRows rows, ConnectionSeals seals,
        PublicAddress address, TimeProvider time, CancellationToken ct)
    {
        if (!caller.IsTutor(tutorId) || !Connecting.Knows(provider))
            return Problems.NotFound();
        if (provider == ProviderPolicy.Jitsi)
            return Problems.From(new Refusal("keys_needed", $"Jitsi has no page on which to allow it: post the server's keys to /v1/tutors/{tutorId}/connections/jitsi/keys."));
        if (clients.Find(provider) is not { } client)
            return Problems.From(new Refusal("provider_not_offered", "This school has not set up connecting one's own account at this provider."));
        if (await rows.Find(tutorId, provider, ct) is { DeadAt: null })
            return Problems.From(Connection.AlreadyConnected);
        http.Response.Headers.CacheControl = "no-store";
        var now = time.GetUtcNow();
        var (state, cookie, verifier) = (Random(), Random(), Random());
        var back = address.Origin(http) + CallbackPath;
        var expires = Instant.FromDateTimeOffset(now) + Works;
        await rows.Begin(
            Hash(state), Hash(cookie),
            new Attempt(tutorId, caller.PersonId, provider, seals.Seal("verifier", provider, tutorId, verifier), back),
            Instant.FromDateTimeOffset(now), expires, ct);
        http.Response.Cookies.Append(CookieOf(provider), cookie, CookieOptions(expires.ToDateTimeOffset()));
        var query = new Dictionary<string, string?>
        {
            ["response_type"] = "code",
            ["client_id"] = client.ClientId,
            ["redirect_uri"] = back,
            ["state"] = state,
            // RFC 7636 §4.2: S256 of the 43 characters.
            ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        };
        if (client.Scopes.Length > 0)
            query["scope"] = client.Scopes;
        foreach (var (name, value) in client.Extra)
            query[name] = value;
        return TypedResults.Created((string?)null, new ConnectionBegun(QueryHelpers.AddQueryString(client.AuthorizeUrl.AbsoluteUri, query)));
    }

    /// <summary>256 bits in 43 characters of the alphabet that RFC 7636 §4.1 allows.</summary>
    private static string Random() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));
}

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Muse.Domain;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Connections;

/// <summary>
/// <c>GET /v1/connections/callback</c>: the provider sends the browser back (RFC 6749 §4.1.2). Open to everyone, because a navigation carries
/// no access token: the state and the cookie say whose attempt it is. A state that is unknown, used, too old or of another browser writes
/// nothing.
/// </summary>
internal static partial class FinishConnecting
{
    private const string Page = "/meeting-providers";

    internal static async Task<RedirectHttpResult> Handle(
        HttpContext http, ConnectClients clients, ConnectionRows rows, ConnectionSeals seals, ConnectionDesk desk, TokenEndpoint endpoint,
        TimeProvider time, ILogger<ConnectionDesk> log, CancellationToken ct, string? state = null, string? code = null, string? error = null)
    {
        http.Response.Headers.CacheControl = "no-store";
        var cookies = Connecting.ByOAuth
            .Select(provider => http.Request.Cookies[StartConnecting.CookieOf(provider)])
            .Where(cookie => cookie is { Length: > 0 and <= 100 }).Select(cookie => StartConnecting.Hash(cookie!)).ToList();
        if (state is not { Length: > 0 and <= 100 }
            || await rows.Take(StartConnecting.Hash(state), cookies, Instant.FromDateTimeOffset(time.GetUtcNow()), ct) is not { } attempt)
            return To("error", "connect_expired", null);
        var provider = attempt.Provider;
        http.Response.Cookies.Delete(StartConnecting.CookieOf(provider), StartConnecting.CookieOptions(null));
        if (error is not null)
            return To("error", error == "access_denied" ? "connect_denied" : "connect_failed", provider);
        if (code is not { Length: > 0 } || clients.Find(provider) is not { } client
            || seals.Open<string>("verifier", provider, attempt.TutorId, attempt.Verifier) is not { } verifier)
            return To("error", "connect_failed", provider);
        TokenAnswer answer;
        try
        {
            // The code works once: a browser that goes away now must not cut the exchange off.
            answer = await endpoint.Exchange(client, code, attempt.RedirectUri, verifier, CancellationToken.None);
        }
        catch (ProviderTrouble trouble)
        {
            LogTrouble(log, provider, trouble.Code, trouble.Message);
            return To("error", "connect_unreachable", provider);
        }
        if (answer.Tokens is not { } tokens)
        {
            LogTrouble(log, provider, answer.Error, "the code was refused");
            return To("error", "connect_failed", provider);
        }
        var kept = new KeptTokens(tokens.AccessToken, tokens.RefreshToken);
        var label = await endpoint.Label(client, tokens.AccessToken, ct);
        // A tab from before the account was connected: another account over it would leave the meetings of coming lessons out of reach.
        if (await rows.Find(attempt.TutorId, provider, CancellationToken.None) is { DeadAt: null } live)
            return await GiveBack(live);
        var given = tokens.Scopes?.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (kept.Refresh is null || (given is not null && client.Needed.Except(given).Any()))
        {
            await desk.Revoke(attempt.TutorId, provider, Guid.NewGuid(), 0, kept, CancellationToken.None);
            return To("error", kept.Refresh is null ? "connect_failed" : "connect_scope_missing", provider);
        }
        if (await desk.Connect(
            attempt.TutorId, attempt.PersonId, provider, seals.Seal("tokens", provider, attempt.TutorId, kept), tokens.ExpiresAt.Cut(),
            tokens.Scopes ?? client.Scopes, label, CancellationToken.None) is not null)
            return await GiveBack(await rows.Find(attempt.TutorId, provider, CancellationToken.None));
        return To("connected", provider, null);

        // Revoking ends an account's whole consent (Google says so of all its tokens), so of the account in use, or where that is unknown, the
        // new tokens are only forgotten.
        async Task<RedirectHttpResult> GiveBack(ConnectionRow? inUse)
        {
            if (label is not null && inUse?.AccountLabel is { } other && !string.Equals(label, other, StringComparison.OrdinalIgnoreCase))
                await desk.Revoke(attempt.TutorId, provider, Guid.NewGuid(), 0, kept, CancellationToken.None);
            return To("error", Connection.AlreadyConnected.Code, provider);
        }
    }

    private static RedirectHttpResult To(string what, string value, string? provider)
    {
        var address = QueryHelpers.AddQueryString(Page, what, value);
        return TypedResults.Redirect(provider is null ? address : QueryHelpers.AddQueryString(address, "provider", provider));
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Connecting at {Provider} failed: {Code}, {Why}")]
    private static partial void LogTrouble(ILogger log, string provider, string? code, string why);
}

using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Tokens;
using Muse.Domain;

namespace Muse.Api.Identity;

/// <summary>
/// <c>Authorization: Bearer</c> (RFC 6750) with our own access tokens or an API key. Our own handler, because the stock one cannot be
/// restored here (docs/decisions/0008). The token is read from the header only, never from the query, where logs would keep it.
/// </summary>
internal sealed class BearerTokens(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessTokens tokens, EndedSessions ended,
    KeyHolders keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";
    private const string Prefix = "Bearer ";

    // A handler is one request's.
    private Refusal? _whyNot;

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (header.Count == 0)
            return AuthenticateResult.NoResult();
        if (header.Count > 1 || header[0] is not { } value || !value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.Fail("Not one bearer token.");
        var text = value[Prefix.Length..].Trim();
        if (KeyText.IsOne(text))
        {
            (var key, _whyNot) = await keys.BySecret(text, Context.RequestAborted);
            return Of(key is null ? null : KeyHolders.CallerBy(key, key.Scopes));
        }
        var caller = await tokens.Check(text);
        if (caller is null)
            return AuthenticateResult.Fail("Not a valid token.");
        if (caller.HasClaim(claim => claim.Type == TokenClaims.Scope))
        {
            (var owner, _whyNot) = await keys.ByToken(caller, Context.RequestAborted);
            return Of(owner);
        }
        if (!Guid.TryParse(caller.FindFirstValue(TokenClaims.Session), out var session) || ended.Has(session))
            return AuthenticateResult.Fail("The session has ended.");
        return Of(caller);
    }

    private static AuthenticateResult Of(ClaimsPrincipal? caller) =>
        caller is null ? AuthenticateResult.Fail("Not a live key.") : AuthenticateResult.Success(new AuthenticationTicket(caller, SchemeName));

    // Of a key it says what is wrong with it; else the status pages write the problem (401 not_signed_in, 403 not_allowed).
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = Request.Headers.Authorization.Count == 0 ? "Bearer" : "Bearer error=\"invalid_token\"";
        return _whyNot is null ? Task.CompletedTask : Problems.Of(StatusCodes.Status401Unauthorized, _whyNot.Code, _whyNot.Detail).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}

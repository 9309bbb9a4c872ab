using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Muse.Api.Tokens;

namespace Muse.Api.Identity;

/// <summary>
/// <c>Authorization: Bearer</c> (RFC 6750) with our own access tokens. Our own handler, because the stock one cannot be restored here
/// (docs/decisions/0008). The token is read from the header only, never from the query, where logs would keep it.
/// </summary>
internal sealed class BearerTokens(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, AccessTokens tokens, EndedSessions ended)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Bearer";
    private const string Prefix = "Bearer ";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (header.Count == 0)
            return AuthenticateResult.NoResult();
        if (header.Count > 1 || header[0] is not { } value || !value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.Fail("Not one bearer token.");
        var caller = await tokens.Check(value[Prefix.Length..].Trim());
        if (caller is null)
            return AuthenticateResult.Fail("Not a valid token.");
        if (!Guid.TryParse(caller.FindFirstValue(TokenClaims.Session), out var session) || ended.Has(session))
            return AuthenticateResult.Fail("The session has ended.");
        return AuthenticateResult.Success(new AuthenticationTicket(caller, SchemeName));
    }

    // The status pages write the problem (401 not_signed_in, 403 not_allowed).
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status401Unauthorized;
        Response.Headers.WWWAuthenticate = Request.Headers.Authorization.Count == 0 ? "Bearer" : "Bearer error=\"invalid_token\"";
        return Task.CompletedTask;
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }
}

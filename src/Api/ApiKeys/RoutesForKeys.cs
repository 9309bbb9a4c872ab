using Microsoft.AspNetCore.Authorization;
using Muse.Api.Http;
using Muse.Api.Identity;

namespace Muse.Api.ApiKeys;

/// <summary>The scope by which an API key opens a route. A route without it is not for keys.</summary>
internal sealed record KeyScope(string Scope);

/// <summary>
/// What an API key may do, in one place: nothing, but what a route says by <c>.ForKeys(ApiScope.BookingsRead)</c>. Whose things it reaches
/// there, <see cref="Caller"/> says.
/// </summary>
public static class RoutesForKeys
{
    /// <param name="scope">One of <see cref="Domain.ApiKeys.ApiScope"/>.</param>
    public static TBuilder ForKeys<TBuilder>(this TBuilder route, string scope)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new KeyScope(scope));

    /// <summary>Refuses a key what is not its to do; routes that are open to everyone are open to keys.</summary>
    internal static Task Check(HttpContext http, RequestDelegate next)
    {
        if (!http.User.HasClaim(claim => claim.Type == TokenClaims.Key) || http.GetEndpoint() is not { } endpoint
            || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null)
            return next(http);
        if (endpoint.Metadata.GetMetadata<KeyScope>() is not { } needed)
            return Problems.Of(StatusCodes.Status403Forbidden, "not_for_keys", "No API key may do this; sign in as a person.").ExecuteAsync(http);
        if (http.User.HasClaim(TokenClaims.KeyScope, needed.Scope))
            return next(http);
        http.Response.Headers.WWWAuthenticate = $"Bearer error=\"insufficient_scope\", scope=\"{needed.Scope}\"";
        return Problems.Of(StatusCodes.Status403Forbidden, "scope_missing", $"This needs a key with the scope {needed.Scope}.",
            new Dictionary<string, object?> { ["scope"] = needed.Scope }).ExecuteAsync(http);
    }
}

using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;

namespace Muse.Api.Tokens;

/// <summary>
/// The cookie that carries our web client's refresh token: no script can read it, no other site can send it, no other path gets it.
/// Origin is checked as well, because SameSite does not tell <c>http://</c> from other ports of the same host. Browsers take Secure
/// cookies on http://localhost, too.
/// </summary>
/// <param name="origins">Origins besides the server's own, for a development server in front of it.</param>
internal sealed class RefreshCookie(IReadOnlyCollection<string> origins)
{
    public const string Name = "muse_refresh";

    public static string? Of(HttpContext http) => http.Request.Cookies[Name] is { Length: > 0 } text ? text : null;

    public static void Put(HttpContext http, RefreshToken token) => http.Response.Cookies.Append(Name, token.Text, Options(token.ExpiresAt));

    public static void Clear(HttpContext http) => http.Response.Cookies.Delete(Name, Options(null));

    public static ProblemHttpResult WrongOrigin() =>
        Problems.Of(StatusCodes.Status403Forbidden, "origin_not_allowed", "Cookies are for Muse's own pages.");

    /// <summary>Browsers send Origin with every POST and DELETE; without it, it is no browser and needs no cookie.</summary>
    public bool MayComeFrom(HttpContext http)
    {
        var sent = http.Request.Headers.Origin;
        if (sent.Count != 1 || sent[0] is not { } origin)
            return false;
        return string.Equals(origin, $"{http.Request.Scheme}://{http.Request.Host}", StringComparison.OrdinalIgnoreCase)
            || origins.Contains(origin, StringComparer.OrdinalIgnoreCase);
    }

    private static CookieOptions Options(DateTimeOffset? expires) => new()
    {
        HttpOnly = true,
        Secure = true,
        SameSite = SameSiteMode.Strict,
        Path = TokenRoutes.Path,
        Expires = expires,
        IsEssential = true,
    };
}

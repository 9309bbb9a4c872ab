using System.Text;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.OpenApi;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Tokens;

/// <summary>The answer of RFC 6749 §5.1.</summary>
public sealed record ClientToken(
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("token_type")] string TokenType,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("scope")] string Scope);

/// <summary>The refusal of RFC 6749 §5.2, which is no problem document.</summary>
public sealed record ClientTokenRefused(
    [property: JsonPropertyName("error")] string Error, [property: JsonPropertyName("error_description")] string Description);

/// <summary>What the form of RFC 6749 §4.4.2 holds; the client in the form or in <c>Authorization: Basic</c>.</summary>
public sealed record ClientTokenForm(
    [property: JsonPropertyName("grant_type")] string GrantType,
    [property: JsonPropertyName("scope")] string? Scope = null,
    [property: JsonPropertyName("client_id")] string? ClientId = null,
    [property: JsonPropertyName("client_secret")] string? ClientSecret = null);

/// <summary>RFC 8414 §2.</summary>
public sealed record AuthorizationServer(
    [property: JsonPropertyName("issuer")] string Issuer,
    [property: JsonPropertyName("token_endpoint")] string TokenEndpoint,
    [property: JsonPropertyName("jwks_uri")] string JwksUri,
    [property: JsonPropertyName("scopes_supported")] IReadOnlyList<string> Scopes,
    [property: JsonPropertyName("response_types_supported")] IReadOnlyList<string> ResponseTypes,
    [property: JsonPropertyName("grant_types_supported")] IReadOnlyList<string> GrantTypes,
    [property: JsonPropertyName("token_endpoint_auth_methods_supported")] IReadOnlyList<string> Methods);

/// <summary>
/// OAuth 2.0 client credentials (RFC 6749 §4.4): the client is an API key, its secret the key itself. For tools that speak OAuth; a key in
/// <c>Authorization: Bearer</c> does the same.
/// </summary>
internal static class ClientCredentials
{
    public const string Path = "/v1/oauth/token";
    private const string Form = "application/x-www-form-urlencoded";
    private const int MaxChars = 2048;

    public static void MapClientCredentials(this IEndpointRouteBuilder app)
    {
        app.MapPost(Path, Make).AllowAnonymous().LimitedAs(Limit.SignIns)
            .Accepts<ClientTokenForm>(Form)
            .Produces<ClientToken>()
            .Produces<ClientTokenRefused>(StatusCodes.Status400BadRequest)
            .Produces<ClientTokenRefused>(StatusCodes.Status401Unauthorized)
            .Described("createClientToken", "Tokens", "An access token for an API key, by OAuth 2.0 client credentials; refusals are those of RFC 6749 §5.2");
        app.MapGet("/.well-known/oauth-authorization-server", Ok<AuthorizationServer> (Issuer issuer) => TypedResults.Ok(new AuthorizationServer(
                issuer.Url, issuer.Url + Path, issuer.Url + "/.well-known/jwks.json", [.. ApiScope.All.Keys], [], ["client_credentials"],
                ["client_secret_basic", "client_secret_post"])))
            .AllowAnonymous()
            .Described("getAuthorizationServer", "Tokens", "The metadata of RFC 8414");
    }

    private static async Task<IResult> Make(HttpContext http, KeyHolders keys, AccessTokens tokens, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await FormOf(http, ct) is not { } form)
            return Refused("invalid_request", "Send a form (application/x-www-form-urlencoded).");
        if (form.Any(field => field.Value.Count > 1 || field.Value.ToString().Length > MaxChars))
            return Refused("invalid_request", "A parameter comes twice, or is too long.");
        var asked = new ClientTokenForm(form["grant_type"].ToString(), form["scope"], form["client_id"], form["client_secret"]);
        if (asked.GrantType != "client_credentials")
            return asked.GrantType.Length == 0 ? Refused("invalid_request", "grant_type is missing.") : Refused("unsupported_grant_type", "Only client_credentials.");
        var byHeader = http.Request.Headers.Authorization.Count > 0;
        if (byHeader && asked.ClientSecret is { Length: > 0 })
            return Refused("invalid_request", "Authenticate in one way (RFC 6749 §2.3).");
        var (client, secret) = byHeader ? Basic(http) : (asked.ClientId, asked.ClientSecret);
        if (!byHeader && secret is not { Length: > 0 })
            return Refused("invalid_request", "client_id and client_secret are missing.");
        var (key, no) = await keys.BySecret(secret ?? "", ct);
        if (key is null || !Guid.TryParse(client, out var clientId) || clientId != key.Id)
        {
            http.Response.Headers.WWWAuthenticate = "Basic realm=\"Muse\"";
            return Refused("invalid_client", no?.Detail ?? "client_id is not the id of this key.", StatusCodes.Status401Unauthorized);
        }
        var scopes = asked.Scope is { Length: > 0 } narrower ? narrower.Split(' ') : [.. key.Scopes];
        if (scopes.Except(key.Scopes).Any())
            return Refused("invalid_scope", $"The key has {string.Join(' ', key.Scopes)}.");
        var scope = string.Join(' ', scopes.Distinct());
        return TypedResults.Json(new ClientToken(tokens.MakeForClient(key.Id, scope), "Bearer", (int)AccessTokens.Life.TotalSeconds, scope), StrictJson.Options);
    }

    private static async Task<IFormCollection?> FormOf(HttpContext http, CancellationToken ct)
    {
        try
        {
            return http.Request.HasFormContentType ? await http.Request.ReadFormAsync(ct) : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    // RFC 6749 §2.3.1: both are form-encoded before Basic joins them.
    private static (string? Client, string? Secret) Basic(HttpContext http)
    {
        const string prefix = "Basic ";
        var text = http.Request.Headers.Authorization.ToString();
        var bytes = new byte[text.Length];
        if (text.Length > MaxChars || !text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            || !Convert.TryFromBase64String(text[prefix.Length..].Trim(), bytes, out var length)
            || Encoding.UTF8.GetString(bytes, 0, length).Split(':') is not [var client, var secret])
            return (null, null);
        return (System.Net.WebUtility.UrlDecode(client), System.Net.WebUtility.UrlDecode(secret));
    }

    private static JsonHttpResult<ClientTokenRefused> Refused(string error, string description, int status = StatusCodes.Status400BadRequest) =>
        TypedResults.Json(new ClientTokenRefused(error, description), StrictJson.Options, statusCode: status);
}

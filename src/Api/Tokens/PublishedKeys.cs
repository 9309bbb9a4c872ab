using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.OpenApi;

namespace Muse.Api.Tokens;

public sealed record KeySet(IReadOnlyList<PublicKey> Keys);

/// <summary>What a resource server needs to check our tokens (RFC 8414 §2, with OpenID Connect's member names as stored).</summary>
public sealed record IssuerMetadata(
    [property: System.Text.Json.Serialization.JsonPropertyName("issuer")] string Issuer,
    [property: System.Text.Json.Serialization.JsonPropertyName("jwks_uri")] string JwksUri,
    [property: System.Text.Json.Serialization.JsonPropertyName("token_endpoint")] string TokenEndpoint,
    [property: System.Text.Json.Serialization.JsonPropertyName("response_types_supported")] IReadOnlyList<string> ResponseTypes,
    [property: System.Text.Json.Serialization.JsonPropertyName("subject_types_supported")] IReadOnlyList<string> SubjectTypes,
    [property: System.Text.Json.Serialization.JsonPropertyName("id_token_signing_alg_values_supported")] IReadOnlyList<string> Algorithms);

internal static class PublishedKeys
{
    public static void MapPublishedKeys(this IEndpointRouteBuilder app)
    {
        app.MapGet("/.well-known/jwks.json", Ok<KeySet> (HttpContext http, SigningKeys keys) =>
            {
                http.Response.Headers.CacheControl = "public, max-age=3600";
                return TypedResults.Ok(new KeySet([.. keys.Published.Select(key => key.Public)]));
            })
            .AllowAnonymous()
            .Described("getKeys", "Tokens", "The public keys of our access tokens");
        app.MapGet("/.well-known/openid-configuration", Ok<IssuerMetadata> (Issuer issuer) => TypedResults.Ok(new IssuerMetadata(
                issuer.Url, issuer.Url + "/.well-known/jwks.json", issuer.Url + TokenRoutes.Path, ["none"], ["public"], ["ES256"])))
            .AllowAnonymous()
            .Described("getIssuer", "Tokens", "The issuer's metadata");
    }
}

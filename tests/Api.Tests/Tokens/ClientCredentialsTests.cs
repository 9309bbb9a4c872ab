using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Muse.Api.Tests.ApiKeys;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Tests.Tokens;

/// <summary>OAuth 2.0 client credentials, by the letter of RFC 6749 §4.4 and §5, RFC 8414 and RFC 9068.</summary>
public sealed class ClientCredentialsTests(TheServer server) : IClassFixture<TheServer>
{
    private Task<HttpResponseMessage> Ask(Dictionary<string, string> form, string? basic = null)
    {
        var http = server.Anyone();
        if (basic is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        return http.PostAsync("/v1/oauth/token", new FormUrlEncodedContent(form));
    }

    private static async Task IsRefused(HttpResponseMessage answer, HttpStatusCode status, string error)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode} {text}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(error, JsonDocument.Parse(text).RootElement.GetProperty("error").GetString());
        Assert.True(answer.Headers.CacheControl!.NoStore);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_authenticates_by_header_or_by_form_and_gets_a_token_for_a_quarter_of_an_hour(bool byHeader)
    {
        var (id, secret) = await server.A_key(await server.An_integrator(), "bookings:read", "lessons:read");
        var answer = byHeader
            ? await Ask(new() { ["grant_type"] = "client_credentials" }, $"{id}:{secret}")
            : await Ask(new() { ["grant_type"] = "client_credentials", ["client_id"] = id.ToString(), ["client_secret"] = secret });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var token = await answer.Json();
        Assert.Equal("Bearer", token.GetProperty("token_type").GetString());
        Assert.Equal(900, token.GetProperty("expires_in").GetInt32());
        Assert.Equal("bookings:read lessons:read", token.GetProperty("scope").GetString());
        var jwt = token.GetProperty("access_token").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await server.By(jwt).GetAsync("/v1/bookings")).StatusCode);
        var parts = jwt.Split('.').Select(part => Encoding.UTF8.GetString(Microsoft.AspNetCore.WebUtilities.WebEncoders.Base64UrlDecode(jwt.Split('.')[2] == part ? "" : part))).ToArray();
        Assert.Contains("\"typ\":\"at+jwt\"", parts[0]);
        var claims = JsonDocument.Parse(parts[1]).RootElement;
        Assert.Equal(id.ToString(), claims.GetProperty("sub").GetString());
        Assert.Equal(id.ToString(), claims.GetProperty("client_id").GetString());
        Assert.All(["iss", "exp", "aud", "iat", "jti", "scope"], (string name) => Assert.True(claims.TryGetProperty(name, out _), name));
    }

    [Fact]
    public async Task What_is_wrong_is_said_in_the_words_of_the_RFC()
    {
        var integrator = await server.An_integrator();
        var (id, secret) = await server.A_key(integrator, "bookings:read");
        var (other, _) = await server.A_key(integrator, "bookings:read");
        Dictionary<string, string> Form(string grant = "client_credentials", string? scope = null) =>
            scope is null ? new() { ["grant_type"] = grant } : new() { ["grant_type"] = grant, ["scope"] = scope };

        await IsRefused(await Ask([]), HttpStatusCode.BadRequest, "invalid_request");
        await IsRefused(await Ask(Form()), HttpStatusCode.BadRequest, "invalid_request");
        await IsRefused(await Ask(Form("password"), $"{id}:{secret}"), HttpStatusCode.BadRequest, "unsupported_grant_type");
        await IsRefused(await Ask(Form(scope: "bookings:write"), $"{id}:{secret}"), HttpStatusCode.BadRequest, "invalid_scope");
        await IsRefused(await Ask(new() { ["grant_type"] = "client_credentials", ["client_secret"] = secret }, $"{id}:{secret}"), HttpStatusCode.BadRequest, "invalid_request");
        await IsRefused(await Ask(Form(), $"{other}:{secret}"), HttpStatusCode.Unauthorized, "invalid_client");
        await IsRefused(await Ask(Form(), "nobody"), HttpStatusCode.Unauthorized, "invalid_client");
        await IsRefused(await server.Anyone().PostAsync("/v1/oauth/token", new FormUrlEncodedContent(
            [new("grant_type", "client_credentials"), new("grant_type", "client_credentials")])), HttpStatusCode.BadRequest, "invalid_request");
        Assert.Equal(HttpStatusCode.NoContent, (await integrator.Http.DeleteAsync($"/v1/api-keys/{id}")).StatusCode);
        var dead = await Ask(Form(), $"{id}:{secret}");
        await IsRefused(dead, HttpStatusCode.Unauthorized, "invalid_client");
        Assert.Equal("Basic", dead.Headers.WwwAuthenticate.Single().Scheme);
    }

    [Fact]
    public async Task The_metadata_lead_to_the_token_endpoint_and_name_every_scope()
    {
        var metadata = await (await server.Anyone().GetAsync("/.well-known/oauth-authorization-server")).Json();

        Assert.Equal(metadata.GetProperty("issuer").GetString() + "/v1/oauth/token", metadata.GetProperty("token_endpoint").GetString());
        Assert.Equal(ApiScope.All.Keys, metadata.GetProperty("scopes_supported").EnumerateArray().Select(scope => scope.GetString()!));
        Assert.Equal(["client_secret_basic", "client_secret_post"], metadata.GetProperty("token_endpoint_auth_methods_supported").EnumerateArray().Select(way => way.GetString()!));
        Assert.Equal(["client_credentials"], metadata.GetProperty("grant_types_supported").EnumerateArray().Select(grant => grant.GetString()!));
    }
}

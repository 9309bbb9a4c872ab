using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Muse.Api.Tests.Http;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Tests.ApiKeys;

/// <summary>Every bearer that is not good enough, on every route that is not open to everyone.</summary>
public sealed class KeysOnEveryRouteTests(TheServer server) : IClassFixture<TheServer>
{
    private static IEnumerable<KnownRoute> Routes => EveryRoute.Known.Where(route => route is { Public: false, ByStreamKey: false });

    private async Task<List<string>> Faults(Func<KnownRoute, string> bearer, Func<KnownRoute, (HttpStatusCode Status, string Code)> expected)
    {
        var faults = new List<string>();
        var http = server.Anyone();
        foreach (var route in Routes)
        {
            var request = new HttpRequestMessage(new HttpMethod(route.Method), route.Path(Guid.NewGuid().ToString()));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer(route));
            var answer = await http.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            var code = answer.Content.Headers.ContentType?.MediaType == "application/problem+json" ? JsonDocument.Parse(text).RootElement.GetProperty("code").GetString() : null;
            if ((answer.StatusCode, code) != expected(route))
                faults.Add($"{route.Key}: {(int)answer.StatusCode} {text}");
            else if (answer.StatusCode is HttpStatusCode.Unauthorized && !answer.Headers.WwwAuthenticate.ToString().Contains("invalid_token", StringComparison.Ordinal))
                faults.Add($"{route.Key}: {answer.Headers.WwwAuthenticate}");
        }
        return faults;
    }

    private async Task MustBe(string bearer, string code)
    {
        var events = await server.EventsAsync();
        Assert.Empty(await Faults(_ => bearer, _ => (HttpStatusCode.Unauthorized, code)));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_revoked_key_and_the_token_had_for_it_are_401()
    {
        var integrator = await server.An_integrator();
        var (id, secret) = await server.A_key(integrator);
        var token = (await server.Token(id, secret)).GetProperty("access_token").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await server.By(token).GetAsync("/v1/bookings")).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await integrator.Http.DeleteAsync($"/v1/api-keys/{id}")).StatusCode);

        await MustBe(secret, "key_revoked");
        await MustBe(token, "key_revoked");
    }

    [Fact]
    public async Task An_expired_key_and_an_expired_token_are_401()
    {
        var integrator = await server.An_integrator();
        var (id, secret) = await server.A_key(integrator);
        var token = (await server.Token(id, secret)).GetProperty("access_token").GetString()!;
        var person = integrator.Http.DefaultRequestHeaders.Authorization!.Parameter!;
        var (_, short_) = await GivenKeys.Make(integrator, new { name = "Short", scopes = ApiScope.All.Keys, expiresAt = server.Time.GetUtcNow().AddMinutes(5).ToString("yyyy-MM-ddTHH:mm:ssZ") });
        server.Time.Advance(TimeSpan.FromMinutes(16));

        await MustBe(short_, "key_expired");
        await MustBe(token, "not_signed_in");
        await MustBe(person, "not_signed_in");
        Assert.Equal(HttpStatusCode.OK, (await server.By(secret).GetAsync("/v1/bookings")).StatusCode);
    }

    [Fact]
    public async Task Another_servers_key_and_token_and_a_slip_of_the_pen_are_401()
    {
        await using var other = new TheServer();
        await other.InitializeAsync();
        var (id, secret) = await other.A_key(await other.An_integrator());
        var token = (await other.Token(id, secret)).GetProperty("access_token").GetString()!;

        await MustBe(secret, "unknown_key");
        await MustBe(token, "not_signed_in");
        await MustBe(secret[..^1] + (secret[^1] == 'A' ? 'B' : 'A'), "malformed_key");
    }

    [Fact]
    public async Task A_key_opens_what_its_scope_says_and_nothing_else()
    {
        var integrator = await server.An_integrator();
        var all = (await server.A_key(integrator)).Secret;
        var lacking = new Dictionary<string, string>();
        foreach (var scope in ApiScope.All.Keys)
            lacking[scope] = (await server.A_key(integrator, [.. ApiScope.All.Keys.Where(other => other != scope)])).Secret;
        var events = await server.EventsAsync();

        Assert.Empty(await Faults(
            route => route.Scope is { } needed ? lacking[needed] : all,
            route => (HttpStatusCode.Forbidden, route.Scope is null ? "not_for_keys" : "scope_missing")));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_token_narrower_than_its_key_opens_no_more_than_it_says()
    {
        var (id, secret) = await server.A_key(await server.An_integrator());
        var token = (await server.Token(id, secret, "lessons:read")).GetProperty("access_token").GetString()!;
        var http = server.By(token);

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/v1/lessons")).StatusCode);
        var refused = await http.GetAsync("/v1/bookings");
        var problem = await refused.IsProblem(HttpStatusCode.Forbidden, "scope_missing");
        Assert.Equal("bookings:read", problem.GetProperty("scope").GetString());
        Assert.Equal("Bearer error=\"insufficient_scope\", scope=\"bookings:read\"", refused.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task The_contract_names_the_scope_of_each_route()
    {
        var document = await (await server.Anyone().GetAsync("/openapi/v1.json")).Json();
        var named = from path in document.GetProperty("paths").EnumerateObject()
                    from operation in path.Value.EnumerateObject()
                    where operation.Value.TryGetProperty("security", out _)
                    from way in operation.Value.GetProperty("security").EnumerateArray()
                    where way.TryGetProperty("clientCredentials", out _)
                    select $"{EveryRoute.Key(operation.Name, path.Name)} {way.GetProperty("clientCredentials")[0].GetString()}";

        Assert.Equal(Routes.Where(route => route.Scope is not null).Select(route => $"{route.Key} {route.Scope}").Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        Assert.Equal(ApiScope.All.Keys.Order(StringComparer.Ordinal), document.GetProperty("components").GetProperty("securitySchemes").GetProperty("clientCredentials")
            .GetProperty("flows").GetProperty("clientCredentials").GetProperty("scopes").EnumerateObject().Select(scope => scope.Name).Order(StringComparer.Ordinal));
    }
}

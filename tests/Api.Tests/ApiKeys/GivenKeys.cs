using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.ApiKeys;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Tests.ApiKeys;

internal static class GivenKeys
{
    /// <summary>This person is an integrator from now on.</summary>
    public static async Task Integrates(this TheServer server, SignedIn person) =>
        Assert.True(await server.Services.GetRequiredService<Integrators>().Set(person.PersonId, true, CancellationToken.None));

    public static async Task<SignedIn> An_integrator(this TheServer server)
    {
        var person = await server.Guardian("Jung Seo-yeon", "KR", "Asia/Seoul", "ko-KR");
        await server.Integrates(person);
        return person;
    }

    /// <param name="scopes">All of them when none is named.</param>
    public static Task<(Guid Id, string Secret)> A_key(this TheServer _, SignedIn integrator, params string[] scopes) =>
        Make(integrator, new { name = "Timetable", scopes = scopes.Length > 0 ? scopes : [.. ApiScope.All.Keys] });

    public static async Task<(Guid Id, string Secret)> Make(SignedIn integrator, object wanted)
    {
        var answer = await integrator.Http.PostAsJsonAsync("/v1/api-keys", wanted);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var key = await answer.Json();
        return (key.GetProperty("id").GetGuid(), key.GetProperty("secret").GetString()!);
    }

    public static HttpClient By(this TheServer server, string bearer)
    {
        var http = server.Anyone();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return http;
    }

    public static async Task<JsonElement> Token(this TheServer server, Guid id, string secret, string? scope = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id.ToString(), ["client_secret"] = secret };
        if (scope is not null)
            form["scope"] = scope;
        var answer = await server.Anyone().PostAsync("/v1/oauth/token", new FormUrlEncodedContent(form));
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }
}

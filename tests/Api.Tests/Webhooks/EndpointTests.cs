using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Muse.Api.Tests.ApiKeys;
using Muse.Api.Tests.Bookings;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Tests.Webhooks;

public sealed class EndpointTests(TheServer server) : IClassFixture<TheServer>
{
    private const string Path = "/v1/webhooks/endpoints";
    private const string Url = "https://1.1.1.1/muse";

    [Fact]
    public async Task A_new_endpoint_shows_its_secret_once_and_nobody_reads_it_from_the_database()
    {
        var by = server.By((await server.A_key(await server.An_integrator(), ApiScope.WebhooksManage)).Secret);
        var made = await by.PostAsJsonAsync(Path, new { url = Url, types = new[] { "lesson.moved", "lesson.booked" } });
        var told = await made.Json();

        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.True(made.Headers.CacheControl!.NoStore);
        Assert.StartsWith("whsec_", told.Text("secret"), StringComparison.Ordinal);
        Assert.Equal(32, Convert.FromBase64String(told.Text("secret")![6..]).Length);
        var read = await by.GetAsync(made.Headers.Location);
        Assert.Equal("\"1\"", read.Headers.ETag!.Tag);
        var shape = await read.Json();
        Assert.Equal((Url, false, JsonValueKind.Null), (shape.Text("url"), shape.GetProperty("test").GetBoolean(), shape.GetProperty("disabled").ValueKind));
        Assert.Equal(["lesson.booked", "lesson.moved"], shape.GetProperty("types").EnumerateArray().Select(type => type.GetString()));
        Assert.DoesNotContain("whsec_", await read.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from mt_events where data::text like '%whsec%'"));
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from webhook_secrets where encode(secret, 'escape') like '%whsec%'"));
    }

    [Theory]
    [InlineData("http://example.org/muse")]
    [InlineData("https://user:word@example.org/muse")]
    [InlineData("https://example.org:22/muse")]
    [InlineData("https://example.org/muse#part")]
    [InlineData("/muse")]
    [InlineData("ftp://example.org/")]
    public async Task An_address_that_is_none_for_webhooks_is_refused_and_writes_no_event(string url)
    {
        var integrator = await server.An_integrator();
        var events = await server.EventsAsync();
        await (await integrator.Http.PostAsJsonAsync(Path, new { url })).IsProblem(HttpStatusCode.UnprocessableEntity, "wrong_url");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Who_changes_it_has_seen_it_and_a_type_is_one_of_the_catalogue()
    {
        var integrator = await server.An_integrator();
        var id = await Made(integrator.Http);
        await (await Change(integrator.Http, id, null, new { types = new[] { "lesson.booked" } })).IsProblem(HttpStatusCode.PreconditionRequired, "precondition_required");
        var changed = await Change(integrator.Http, id, 1, new { types = new[] { "lesson.booked" } });
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (changed.StatusCode, changed.Headers.ETag!.Tag));
        Assert.Equal(Url, (await changed.Json()).Text("url"));
        var events = await server.EventsAsync();

        await (await Change(integrator.Http, id, 1, new { url = "https://1.1.1.1/other" })).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await (await Change(integrator.Http, id, 2, new { types = new[] { "lesson.forgotten" } })).IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_type");
        Assert.Equal(HttpStatusCode.OK, (await Change(integrator.Http, id, 2, new { types = new[] { "lesson.booked" } })).StatusCode);
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_key_sees_the_endpoints_of_its_own_world_only_and_makes_no_others()
    {
        var integrator = await server.An_integrator();
        var live = server.By((await server.A_key(integrator)).Secret);
        var test = server.By((await GivenKeys.Make(integrator, new { name = "Try", scopes = ApiScope.All.Keys, test = true })).Secret);
        var somebody = await server.An_integrator();
        await Made(somebody.Http);
        await Made(server.By((await GivenKeys.Make(somebody, new { name = "Try", scopes = ApiScope.All.Keys, test = true })).Secret));
        var (liveOne, testOne) = (await Made(live), await Made(test));

        Assert.Equal([liveOne], await Listed(live));
        Assert.Equal([testOne], await Listed(test));
        Assert.Equal([liveOne, testOne], await Listed(integrator.Http));
        await (await test.GetAsync($"{Path}/{liveOne}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await live.DeleteAsync($"{Path}/{testOne}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await live.PostAsJsonAsync(Path, new { url = Url, test = true })).IsProblem(HttpStatusCode.UnprocessableEntity, "wrong_world");
        await (await somebody.Http.GetAsync($"{Path}/{liveOne}")).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Only_integrators_have_endpoints_and_the_twenty_first_is_refused()
    {
        await (await (await server.Student()).Http.PostAsJsonAsync(Path, new { url = Url })).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        var integrator = await server.An_integrator();
        var ids = new List<Guid>();
        for (var i = 0; i < 20; i++) ids.Add(await Made(integrator.Http));
        var events = await server.EventsAsync();

        await (await integrator.Http.PostAsJsonAsync(Path, new { url = Url })).IsProblem(HttpStatusCode.Conflict, "too_many_endpoints");
        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(HttpStatusCode.NoContent, (await integrator.Http.DeleteAsync($"{Path}/{ids[3]}")).StatusCode);
        await (await integrator.Http.GetAsync($"{Path}/{ids[3]}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        await Made(integrator.Http);
    }

    [Fact]
    public async Task A_rotation_gives_another_secret_and_disabling_twice_writes_one_event()
    {
        var integrator = await server.An_integrator();
        var first = await (await integrator.Http.PostAsJsonAsync(Path, new { url = Url })).Json();
        var one = $"{Path}/{first.Id()}";
        var rotated = await (await integrator.Http.PostAsync($"{one}/rotate-secret", null)).Json();
        Assert.NotEqual(first.Text("secret"), rotated.Text("secret"));
        Assert.Equal(rotated.Text("oldUntil"), (await (await integrator.Http.GetAsync(one)).Json()).Text("oldSecretUntil"));
        var events = await server.EventsAsync();

        Assert.Equal("asked", (await (await integrator.Http.PostAsync($"{one}/disable", null)).Json()).Text("disabled"));
        Assert.Equal("asked", (await (await integrator.Http.PostAsync($"{one}/disable", null)).Json()).Text("disabled"));
        Assert.Equal(events + 1, await server.EventsAsync());
        Assert.Equal(JsonValueKind.Null, (await (await integrator.Http.PostAsync($"{one}/enable", null)).Json()).GetProperty("disabled").ValueKind);
    }

    private static async Task<Guid> Made(HttpClient by)
    {
        var answer = await by.PostAsJsonAsync(Path, new { url = Url });
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return (await answer.Json()).Id();
    }

    private static async Task<Guid[]> Listed(HttpClient by) =>
        [.. (await (await by.GetAsync(Path)).Json()).GetProperty("items").EnumerateArray().Select(one => one.Id())];

    private static Task<HttpResponseMessage> Change(HttpClient by, Guid id, long? seen, object wanted)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, $"{Path}/{id}") { Content = JsonContent.Create(wanted) };
        if (seen is { } version)
            request.Headers.TryAddWithoutValidation("If-Match", $"\"{version}\"");
        return by.SendAsync(request);
    }
}

using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;

namespace Muse.Api.Tests.Errands;

public sealed class ErrandEndpointsTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task Only_an_administrator_sees_and_replays_errands()
    {
        var store = server.Services.GetRequiredService<EventStore>();
        var dead = await ADeadErrand(store);
        foreach (var (http, status, code) in new[]
        {
            (server.Anyone(), HttpStatusCode.Unauthorized, "not_signed_in"),
            ((await server.Guardian()).Http, HttpStatusCode.Forbidden, "not_allowed"),
        })
        {
            await (await http.GetAsync("/v1/admin/errands?state=dead")).IsProblem(status, code);
            await (await http.PostAsync($"/v1/admin/errands/{dead}/replay", null)).IsProblem(status, code);
        }
        Assert.True((await store.OpenSession().AggregateStreamAsync<ErrandRecord>(dead))!.IsDead);

        var admin = await server.Admin();
        var listed = await Listed(admin.Http, "/v1/admin/errands?state=dead&limit=100");
        var row = Assert.Single(listed.GetProperty("items").EnumerateArray(), e => e.GetProperty("id").GetGuid() == dead);
        Assert.Equal(("nobody_does_this", "dead", 1, "the shop is closed"), (row.GetProperty("kind").GetString(), row.GetProperty("state").GetString(),
            row.GetProperty("attempts").GetInt32(), row.GetProperty("lastError").GetString()));

        Assert.Equal(HttpStatusCode.Accepted, (await admin.Http.PostAsync($"/v1/admin/errands/{dead}/replay", null)).StatusCode);
        Assert.False((await store.OpenSession().AggregateStreamAsync<ErrandRecord>(dead))!.IsDead);
        Assert.Contains((await Listed(admin.Http, "/v1/admin/errands?state=waiting&limit=100")).GetProperty("items").EnumerateArray(), e => e.GetProperty("id").GetGuid() == dead);

        // A second time there is nothing dead to replay, and no event is written.
        var events = await server.Database.EventsAsync();
        await (await admin.Http.PostAsync($"/v1/admin/errands/{dead}/replay", null)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(events, await server.Database.EventsAsync());

        await (await admin.Http.GetAsync("/v1/admin/errands?state=lost")).IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_state");
        await (await admin.Http.GetAsync("/v1/admin/errands?limit=0")).IsProblem(HttpStatusCode.UnprocessableEntity, "out_of_range");
        await (await admin.Http.GetAsync("/v1/admin/errands?after=nonsense!")).IsProblem(HttpStatusCode.UnprocessableEntity, "malformed_cursor");
        await PagesHoldEveryErrandOnce(store, admin.Http);
    }

    private static async Task PagesHoldEveryErrandOnce(EventStore store, HttpClient admin)
    {
        var ids = new HashSet<Guid>();
        for (var i = 0; i < 5; i++) ids.Add(await ADeadErrand(store));
        var seen = new List<Guid>();
        for (string? next = ""; next is not null;)
        {
            var page = await Listed(admin, $"/v1/admin/errands?state=dead&limit=2&after={next}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("id").GetGuid()));
            next = page.GetProperty("next").GetString();
        }
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Superset(ids, seen.ToHashSet());
    }

    private static async Task<JsonElement> Listed(HttpClient http, string path)
    {
        var answer = await http.GetAsync(path);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return await answer.Json();
    }

    private static async Task<Guid> ADeadErrand(EventStore store)
    {
        // A kind without a handler, so that the server's own worker leaves it alone.
        var queue = new ErrandQueue(store);
        await using var session = store.OpenSession();
        session.Schedule("nobody_does_this", new { }, Guid.CreateVersion7());
        await session.SaveChangesAsync();
        var errand = Assert.Single(await queue.Take(["nobody_does_this"], 1, CancellationToken.None));
        Assert.True(await queue.Dead(errand, "the shop is closed", CancellationToken.None));
        return errand.Id;
    }
}

using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;

namespace Muse.Api.Tests.Projections;

public sealed partial class ProjectionEndpointsTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task Every_projection_of_the_server_is_equal_rebuilt_to_built_as_the_events_came()
    {
        var store = server.Services.GetRequiredService<EventStore>();
        await WriteGoldenEvents(store);
        Assert.NotEmpty(store.Projections);
        await CaughtUp(store);
        foreach (var projection in store.Projections)
        {
            foreach (var table in projection.Tables)
            {
                Assert.True(await server.Database.ScalarAsync<bool>($"select exists (select from {table})"),
                    $"The golden events write no row to {table}: this test would say nothing about it.");
            }
            var built = await server.Database.ContentsAsync(projection);
            await store.Rebuild(projection);
            await CaughtUp(store);
            Assert.Equal(built, await server.Database.ContentsAsync(projection));
        }
    }

    [Fact]
    public async Task Only_an_administrator_sees_and_rebuilds_projections()
    {
        await (await server.Anyone().GetAsync("/v1/admin/projections")).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
        await (await server.Anyone().PostAsync("/v1/admin/projections/bookings/rebuild", null)).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
        var tutor = await server.Tutor();
        await (await tutor.Http.GetAsync("/v1/admin/projections")).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        await (await tutor.Http.PostAsync("/v1/admin/projections/bookings/rebuild", null)).IsProblem(HttpStatusCode.Forbidden, "not_allowed");

        var admin = await server.Admin();
        var list = await (await admin.Http.GetAsync("/v1/admin/projections")).Json();
        var store = server.Services.GetRequiredService<EventStore>();
        Assert.Equal(store.Projections.Select(p => p.Name), list.GetProperty("items").EnumerateArray().Select(p => p.GetProperty("name").GetString()));
        var name = store.Projections[0].Name;
        Assert.Equal(HttpStatusCode.Accepted, (await admin.Http.PostAsync($"/v1/admin/projections/{name}/rebuild", null)).StatusCode);
        await (await admin.Http.PostAsync("/v1/admin/projections/nothing/rebuild", null)).IsProblem(HttpStatusCode.NotFound, "not_found");
    }

    /// <summary>Every event name there is, three times with other ids, in the order of the name table.</summary>
    private static async Task WriteGoldenEvents(EventStore store)
    {
        for (var round = 0; round < 3; round++)
        {
            var space = Guid.CreateVersion7();
            var versions = new Dictionary<Guid, long>();
            foreach (var type in store.Names.All)
            {
                var json = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Golden", $"{type.Name}.v{type.Version}.json"));
                json = Ids().Replace(json, id => NameBasedId.From(space, id.Value).ToString());
                // The first id in an event is that of the thing it happened to.
                var stream = Guid.Parse(Ids().Match(json).Value);
                await using var session = store.OpenSession();
                if (versions.TryGetValue(stream, out var version)) session.Append(stream, version, type.Parse(json, type.Version));
                // Which state it would fold to does not matter to a projection.
                else session.StartStream<ErrandRecord>(stream, type.Parse(json, type.Version));
                await session.SaveChangesAsync();
                versions[stream] = version + 1;
            }
        }
    }

    private static async Task CaughtUp(EventStore store)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var states = await store.ProjectionStates(patience.Token);
            Assert.All(states, state => Assert.True(state.StoppedAt is null, $"{state.Name} stopped at {state.StoppedAt}: {state.StoppedBy}"));
            if (states.All(state => state.Behind == 0)) return;
            await Task.Delay(20, patience.Token);
        }
    }

    [GeneratedRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")]
    private static partial Regex Ids();
}

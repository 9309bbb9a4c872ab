using System.Net;
using System.Net.Http.Json;

namespace Muse.Api.Tests.Guardians;

public sealed class ChildrenTests(TheServer server) : IClassFixture<TheServer>
{
    private static object Child(string birthDate = "2015-03-14", string timeZone = "Asia/Dubai") =>
        new { displayName = "Layla", birthDate, country = "AE", timeZone, locale = "ar-AE" };

    [Fact]
    public async Task A_child_is_listed_and_counts_at_once_without_a_new_token()
    {
        var guardian = await server.Guardian();

        var child = await TheServer.Child(guardian);

        var me = await (await guardian.Http.GetAsync("/v1/me")).Json();
        Assert.Equal(child, me.GetProperty("children")[0].GetProperty("studentId").GetGuid());
        var list = await (await guardian.Http.GetAsync($"/v1/guardians/{guardian.GuardianId}/children")).Json();
        Assert.Equal("2015-03-14", list.GetProperty("items")[0].GetProperty("birthDate").GetString());
    }

    [Theory]
    [InlineData("2199-01-01", "Asia/Dubai", "birth_date_in_future")]
    [InlineData("1990-01-01", "Asia/Dubai", "of_age")]
    [InlineData("2015-03-14", "GST", "unknown_time_zone")]
    public async Task A_wrong_child_is_refused_and_writes_no_event(string birthDate, string timeZone, string code)
    {
        var guardian = await server.Guardian();
        var events = await server.EventsAsync();

        var answer = await guardian.Http.PostAsJsonAsync($"/v1/guardians/{guardian.GuardianId}/children", Child(birthDate, timeZone));

        await answer.IsProblem(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Nobody_adds_a_child_to_another_guardian()
    {
        var guardian = await server.Guardian();
        var stranger = await server.Guardian("Some One");
        var events = await server.EventsAsync();

        await (await stranger.Http.PostAsJsonAsync($"/v1/guardians/{guardian.GuardianId}/children", Child())).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await stranger.Http.GetAsync($"/v1/guardians/{guardian.GuardianId}/children")).IsProblem(HttpStatusCode.NotFound, "not_found");

        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Children_added_at_the_same_time_are_all_there()
    {
        var guardian = await server.Guardian();

        var children = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => TheServer.Child(guardian, $"Child {i}")));

        var list = await (await guardian.Http.GetAsync($"/v1/guardians/{guardian.GuardianId}/children")).Json();
        Assert.Equal(children.Order(), list.GetProperty("items").EnumerateArray().Select(child => child.GetProperty("studentId").GetGuid()).Order());
    }
}

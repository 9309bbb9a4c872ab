using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Muse.Api.Tests.Bookings;

namespace Muse.Api.Tests.Guardians;

public sealed class DeviceLinksTests(TheServer server) : IClassFixture<TheServer>
{
    private static string Path(SignedIn guardian, Guid child) => $"/v1/guardians/{guardian.GuardianId}/children/{child}/device-links";

    private static async Task<JsonElement> Link(SignedIn guardian, Guid child)
    {
        var answer = await guardian.Http.PostAsync(Path(guardian, child), null);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await answer.Json();
    }

    private Task<HttpResponseMessage> Use(JsonElement link) =>
        server.Anyone().PostAsJsonAsync("/v1/tokens", new { deviceLink = link.GetProperty("link").GetString() });

    [Fact]
    public async Task A_link_signs_the_tablet_in_as_the_child_with_the_role_student_only()
    {
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);

        var tokens = await (await Use(await Link(guardian, child))).Json();

        var tablet = server.Anyone();
        tablet.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.GetProperty("accessToken").GetString());
        var me = await (await tablet.GetAsync("/v1/me")).Json();
        Assert.Equal(["student"], me.GetProperty("roles").EnumerateArray().Select(role => role.GetString()));
        Assert.Equal(child, me.GetProperty("studentId").GetGuid());
        Assert.False(me.TryGetProperty("email", out _));
    }

    [Fact]
    public async Task The_tablet_reads_the_childs_lessons_but_books_moves_and_cancels_none()
    {
        var tutor = await server.A_tutor_with_hours();
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var booking = await (await guardian.Asks(tutor, child, server.InSeoul(3, 12))).Json();
        var tokens = await (await Use(await Link(guardian, child))).Json();
        var refreshed = await (await server.Anyone().PostAsJsonAsync("/v1/tokens", new { refreshToken = tokens.Text("refreshToken") })).Json();
        var before = await server.EventsAsync();

        // The session stays a child's when its token is renewed.
        foreach (var token in new[] { tokens.Text("accessToken"), refreshed.Text("accessToken") })
        {
            var http = server.Anyone();
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
            var tablet = guardian with { Http = http };
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync($"/v1/bookings/{booking.Id()}")).StatusCode);
            await (await tablet.Asks(tutor, child, server.InSeoul(4, 12))).IsProblem(HttpStatusCode.Forbidden, "guardian_needed");
            await (await tablet.Tells(booking, "cancel")).IsProblem(HttpStatusCode.Forbidden, "guardian_needed");
            await (await tablet.Tells(booking, "reschedule", new { startLocal = server.InSeoul(3, 14), timeZone = "Asia/Seoul" }))
                .IsProblem(HttpStatusCode.Forbidden, "guardian_needed");
        }

        Assert.Equal(before, await server.EventsAsync());
        Assert.Equal(HttpStatusCode.OK, (await guardian.Tells(booking, "cancel")).StatusCode);
    }

    [Fact]
    public async Task A_link_works_once_even_when_used_by_two_at_the_same_time()
    {
        var guardian = await server.Guardian();
        var link = await Link(guardian, await TheServer.Child(guardian));

        var answers = await Task.WhenAll(Use(link), Use(link), Use(link));

        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.OK);
        foreach (var answer in answers.Where(answer => answer.StatusCode != HttpStatusCode.OK))
            await answer.IsProblem(HttpStatusCode.Unauthorized, "invalid_device_link");
    }

    [Fact]
    public async Task A_link_of_yesterday_no_longer_works()
    {
        var guardian = await server.Guardian();
        var link = await Link(guardian, await TheServer.Child(guardian));
        server.Time.Advance(TimeSpan.FromHours(25));

        await (await Use(link)).IsProblem(HttpStatusCode.Unauthorized, "invalid_device_link");
    }

    [Fact]
    public async Task Revoking_a_link_signs_the_tablet_out_at_once()
    {
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var link = await Link(guardian, child);
        var tokens = await (await Use(link)).Json();

        var revoked = await guardian.Http.DeleteAsync($"{Path(guardian, child)}/{link.GetProperty("id").GetGuid()}");

        Assert.Equal(HttpStatusCode.NoContent, revoked.StatusCode);
        var tablet = server.Anyone();
        tablet.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.GetProperty("accessToken").GetString());
        await (await tablet.GetAsync("/v1/me")).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
        await (await server.Anyone().PostAsJsonAsync("/v1/tokens", new { refreshToken = tokens.GetProperty("refreshToken").GetString() }))
            .IsProblem(HttpStatusCode.Unauthorized, "invalid_refresh_token");
        var listed = await (await guardian.Http.GetAsync(Path(guardian, child))).Json();
        Assert.Equal(0, listed.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task A_guardian_of_another_child_sees_makes_and_revokes_nothing()
    {
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var link = await Link(guardian, child);
        var stranger = await server.Guardian("Some One");

        await (await stranger.Http.GetAsync(Path(guardian, child))).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await stranger.Http.PostAsync(Path(stranger, child), null)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await stranger.Http.DeleteAsync($"{Path(guardian, child)}/{link.GetProperty("id").GetGuid()}")).IsProblem(HttpStatusCode.NotFound, "not_found");

        Assert.Equal(HttpStatusCode.OK, (await Use(link)).StatusCode);
    }

    [Fact]
    public async Task A_child_has_at_most_ten_links()
    {
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        for (var i = 0; i < 10; i++)
            await Link(guardian, child);

        await (await guardian.Http.PostAsync(Path(guardian, child), null)).IsProblem(HttpStatusCode.Conflict, "too_many_device_links");
    }
}

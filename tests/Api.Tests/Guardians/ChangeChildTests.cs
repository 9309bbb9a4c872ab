using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Meetings;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Guardians;

/// <summary>A family moves: the guardian says where the child lives, and the coming lessons follow that country's rules.</summary>
public sealed class ChangeChildTests(TheMeetingServer server) : IClassFixture<TheMeetingServer>
{
    private static string Path(SignedIn guardian, Guid child) => $"/v1/guardians/{guardian.GuardianId}/children/{child}";

    private static Task<HttpResponseMessage> Changes(SignedIn who, SignedIn guardian, Guid child, object change, long? seen = 1)
    {
        var request = new HttpRequestMessage(HttpMethod.Patch, Path(guardian, child)) { Content = JsonContent.Create(change) };
        if (seen is { } version)
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{version}\""));
        return who.Http.SendAsync(request);
    }

    private static async Task<JsonElement> Listed(SignedIn guardian) =>
        (await (await guardian.Http.GetAsync($"/v1/guardians/{guardian.GuardianId}/children")).Json()).GetProperty("items")[0];

    private async Task<(SignedIn Guardian, Guid Child)> A_child_in_London()
    {
        var guardian = await server.Guardian(country: "GB", timeZone: "Europe/London");
        return (guardian, await TheServer.Child(guardian, country: "GB", timeZone: "Europe/London"));
    }

    private async Task<SignedIn> Tablet(SignedIn guardian, Guid child)
    {
        var link = await (await guardian.Http.PostAsync(Path(guardian, child) + "/device-links", null)).Json();
        var tokens = await (await server.Anyone().PostAsJsonAsync("/v1/tokens", new { deviceLink = link.Text("link") })).Json();
        var http = server.Anyone();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", tokens.Text("accessToken"));
        return guardian with { Http = http };
    }

    [Fact]
    public async Task What_the_guardian_changes_is_what_everybody_reads_and_the_rest_stays()
    {
        var (guardian, child) = await A_child_in_London();

        var answer = await Changes(guardian, guardian, child, new { country = "KR", timeZone = "Asia/Seoul" });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("\"2\"", answer.Headers.ETag!.Tag);
        foreach (var shown in new[] { await answer.Json(), await Listed(guardian) })
        {
            Assert.Equal(("KR", "Asia/Seoul", "Layla", "ar-AE", "2015-03-14"),
                (shown.Text("country"), shown.Text("timeZone"), shown.Text("displayName"), shown.Text("locale"), shown.Text("birthDate")));
            Assert.Equal(2, shown.GetProperty("version").GetInt64());
        }
        Assert.Equal(["guardian_registered", "child_added", "child_moved"], await server.EventsOf(guardian.GuardianId!.Value));
    }

    [Fact]
    public async Task A_child_moves_to_the_Emirates_and_its_coming_lesson_leaves_the_built_in_room()
    {
        var (guardian, child) = await A_child_in_London();
        var lesson = await server.A_lesson(Duration.FromDays(3), await server.Tutor(), guardian with { StudentId = child });
        await server.Settle(lesson);
        Assert.Equal("built-in", (await server.MeetingOf(lesson))?.Provider);

        Assert.Equal(HttpStatusCode.OK, (await Changes(guardian, guardian, child, new { country = "AE", timeZone = "Asia/Dubai" })).StatusCode);
        await server.EventsAsync();

        Assert.Equal(LostCodes.NotAllowedInCountry, Assert.Single(await server.Happened<MeetingLost>(lesson)).Code);
        Assert.Equal("zoom", (await server.MeetingOf(lesson))?.Provider);
    }

    [Theory]
    [InlineData("FR", "Europe/Paris")]
    [InlineData("GB", "Europe/London")]
    public async Task A_move_to_a_country_without_rules_of_its_own_asks_nobody(string country, string timeZone)
    {
        var (guardian, child) = await A_child_in_London();
        var lesson = await server.A_lesson(Duration.FromDays(3), await server.Tutor(), guardian with { StudentId = child });
        await server.Settle(lesson);

        await Changes(guardian, guardian, child, new { country, timeZone });
        await server.EventsAsync();

        Assert.Equal(0, await server.Errands(lesson, LookAtMeeting.ErrandKind));
        Assert.Equal("built-in", (await server.MeetingOf(lesson))?.Provider);
    }

    [Fact]
    public async Task A_new_clock_in_the_same_country_is_no_move_and_writes_no_event()
    {
        var (guardian, child) = await A_child_in_London();
        var events = await server.EventsAsync();

        Assert.Equal(HttpStatusCode.OK, (await Changes(guardian, guardian, child, new { timeZone = "Europe/Jersey", country = "GB" })).StatusCode);

        Assert.Equal("Europe/Jersey", (await Listed(guardian)).Text("timeZone"));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Nobody_but_a_guardian_of_the_child_changes_it_and_no_event_is_written()
    {
        var (guardian, child) = await A_child_in_London();
        var tutor = await server.Tutor();
        await server.A_lesson(Duration.FromDays(3), tutor, guardian with { StudentId = child });
        var other = await server.Guardian("Some One");
        await TheServer.Child(other, "Another");
        SignedIn[] strangers = [tutor, other, await Tablet(guardian, child), await server.Admin()];
        var events = await server.EventsAsync();

        foreach (var stranger in strangers)
            await (await Changes(stranger, guardian, child, new { country = "AE" })).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await Changes(other, other, child, new { country = "AE" })).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await Changes(guardian with { Http = server.Anyone() }, guardian, child, new { country = "AE" })).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");

        Assert.Equal("GB", (await Listed(guardian)).Text("country"));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task The_childs_own_tablet_does_not_say_where_the_child_lives()
    {
        var (guardian, child) = await A_child_in_London();
        var tablet = await Tablet(guardian, child);
        var events = await server.EventsAsync();

        async Task<HttpResponseMessage> Says(object change)
        {
            using var me = await tablet.Http.GetAsync("/v1/me");
            var request = new HttpRequestMessage(HttpMethod.Patch, "/v1/me") { Content = JsonContent.Create(change) };
            request.Headers.IfMatch.Add(me.Headers.ETag!);
            return await tablet.Http.SendAsync(request);
        }

        await (await Says(new { country = "AE", locale = "en" })).IsProblem(HttpStatusCode.Forbidden, "guardian_needed");
        Assert.Equal(HttpStatusCode.OK, (await Says(new { country = "GB", locale = "en" })).StatusCode);
        Assert.Equal(("GB", "en"), ((await Listed(guardian)).Text("country"), (await Listed(guardian)).Text("locale")));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Theory]
    [InlineData("XX", null, 1L, HttpStatusCode.UnprocessableEntity, "unknown_country")]
    [InlineData("AE", "GST", 1L, HttpStatusCode.UnprocessableEntity, "unknown_time_zone")]
    [InlineData("AE", null, 7L, HttpStatusCode.PreconditionFailed, "version_mismatch")]
    [InlineData("AE", null, null, HttpStatusCode.PreconditionRequired, "precondition_required")]
    public async Task A_wrong_change_is_refused_and_changes_nothing(string country, string? timeZone, long? seen, HttpStatusCode status, string code)
    {
        var (guardian, child) = await A_child_in_London();
        var events = await server.EventsAsync();

        await (await Changes(guardian, guardian, child, timeZone is null ? new { country } : new { country, timeZone }, seen)).IsProblem(status, code);

        Assert.Equal(("GB", 1), ((await Listed(guardian)).Text("country"), (await Listed(guardian)).GetProperty("version").GetInt64()));
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Of_two_changes_on_the_same_version_one_is_kept()
    {
        var (guardian, child) = await A_child_in_London();

        var answers = await Task.WhenAll(Changes(guardian, guardian, child, new { country = "AE" }), Changes(guardian, guardian, child, new { country = "KR" }));

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.PreconditionFailed], answers.Select(answer => answer.StatusCode).Order());
        Assert.Single(await server.EventsOf(guardian.GuardianId!.Value), name => name == "child_moved");
    }
}

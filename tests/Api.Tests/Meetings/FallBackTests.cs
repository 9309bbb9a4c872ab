using System.Net;
using System.Net.Http.Json;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Meetings;

/// <summary>The door to a lesson, the way out of a room that does not connect, and why a lesson is held where it is.</summary>
public sealed class FallBackTests(TheMeetingServer server) : IClassFixture<TheMeetingServer>
{
    private static Task<HttpResponseMessage> Fallback(SignedIn who, Guid lesson) => who.Http.PostAsync($"/v1/lessons/{lesson}/fallback", null);

    private static Task<HttpResponseMessage> Join(SignedIn who, Guid lesson) => who.Http.PostAsync($"/v1/lessons/{lesson}/join", null);

    /// <summary>Tutor in Seoul, student in London: the built-in room goes first.</summary>
    private async Task<(Guid Lesson, SignedIn Tutor, SignedIn Student)> In_the_built_in_room(int minutes = 5)
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.A_lesson(Duration.FromMinutes(minutes), tutor, student);
        await server.Settle(lesson);
        Assert.Equal("built-in", (await server.MeetingOf(lesson))?.Provider);
        return (lesson, tutor, student);
    }

    [Fact]
    public async Task A_room_that_does_not_connect_is_left_for_the_next_provider_and_asking_again_answers_the_same()
    {
        var (lesson, tutor, student) = await In_the_built_in_room();
        var first = await Fallback(student, lesson);
        Assert.True(first.StatusCode == HttpStatusCode.OK, await first.Content.ReadAsStringAsync());
        Assert.True(first.Headers.CacheControl?.NoStore);
        Assert.Equal("zoom", (await first.Json()).Text("provider"));
        var both = await Task.WhenAll(Fallback(tutor, lesson), Fallback(student, lesson), Join(tutor, lesson));
        foreach (var again in both)
            Assert.Equal("zoom", (await again.Json()).Text("provider"));
        await server.EventsAsync();
        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));
        Assert.Equal(1, server.Zoom.HeldOf(lesson));
        Assert.Equal("zoom", (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/meeting")).Json()).Text("provider"));
    }

    [Fact]
    public async Task Without_another_provider_there_is_no_fallback_and_nothing_is_written()
    {
        var (lesson, tutor, student) = await In_the_built_in_room();
        var early = await In_the_built_in_room(minutes: 60);
        server.Zoom.Unserved[tutor.TutorId!.Value] = server.Meet.Unserved[tutor.TutorId!.Value] = true;
        var atZoom = await server.A_lesson(Duration.FromMinutes(5), early.Tutor, early.Student, wish: "zoom");
        await server.Settle(atZoom);
        var events = await server.EventsAsync();
        await (await Fallback(student, lesson)).IsProblem(HttpStatusCode.Conflict, "no_fallback");
        await (await Fallback(early.Student, early.Lesson)).IsProblem(HttpStatusCode.Conflict, "room_not_open");
        await (await Fallback(early.Student, atZoom)).IsProblem(HttpStatusCode.Conflict, "provider_answers");
        await (await Fallback(early.Student, lesson)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task When_no_other_provider_can_take_it_the_room_is_still_there()
    {
        var (lesson, _, student) = await In_the_built_in_room();
        var no = MeetingAnswer.Failed(MeetingAnswer.QuotaCode, "Tomorrow.");
        server.Zoom.Will(lesson, "arrange", no);
        server.Meet.Will(lesson, "arrange", no);
        await (await Fallback(student, lesson)).IsProblem(HttpStatusCode.ServiceUnavailable, "fallback_failed");
        Assert.Equal("built-in", (await (await Join(student, lesson)).Json()).Text("provider"));
        await (await Fallback(student, lesson)).IsProblem(HttpStatusCode.Conflict, "tried_just_now");
        var story = await (await student.Http.GetAsync($"/v1/lessons/{lesson}/meeting")).Json();
        Assert.Equal(
            ["did_not_connect", "provider_quota", "provider_quota"],
            story.GetProperty("failures").EnumerateArray().Select(f => f.Text("code")));
    }

    [Fact]
    public async Task Each_gets_a_way_in_of_their_own_that_is_kept_nowhere()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.A_lesson(Duration.FromMinutes(5), tutor, student, wish: "zoom");
        await server.Settle(lesson);
        var urls = new List<string>();
        foreach (var who in new[] { tutor, student })
        {
            var answer = await Join(who, lesson);
            Assert.True(answer.Headers.CacheControl?.NoStore);
            urls.Add((await answer.Json()).Text("joinUrl")!);
        }
        Assert.Contains("as=Tutor", urls[0], StringComparison.Ordinal);
        Assert.Contains("as=Student", urls[1], StringComparison.Ordinal);
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from mt_events where data::text like '%secret=%'"));
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from meetings where join_url like '%secret=%'"));
    }

    [Fact]
    public async Task With_the_provider_out_of_reach_a_guest_gets_the_known_address_and_the_tutor_is_told_what_to_do()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        var lesson = await server.A_lesson(Duration.FromMinutes(5), tutor, student, wish: "zoom");
        await server.Settle(lesson);
        server.Zoom.Will(lesson, "door", new ProviderTrouble("unreachable", "secret=1"), new InvalidOperationException("secret=2"));
        Assert.Equal((await server.MeetingOf(lesson))!.JoinUrl, (await (await Join(student, lesson)).Json()).Text("joinUrl"));
        var problem = await (await Join(tutor, lesson)).IsProblem(HttpStatusCode.ServiceUnavailable, "provider_unreachable");
        Assert.DoesNotContain("secret", problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_story_says_why_this_provider_and_why_none_of_the_others()
    {
        var (tutor, student) = (await server.Tutor(), await server.SignUp(["student"], "Hessa", "AE", "Asia/Dubai", "ar-AE"));
        var set = new HttpRequestMessage(HttpMethod.Put, $"/v1/tutors/{tutor.TutorId}/meeting-preferences")
        {
            Content = JsonContent.Create(new { order = new[] { "built-in", "google-meet" }, musicMode = true, recording = true }),
        };
        set.Headers.IfNoneMatch.ParseAdd("*");
        Assert.Equal(HttpStatusCode.OK, (await tutor.Http.SendAsync(set)).StatusCode);
        var lesson = await server.A_lesson(Duration.FromMinutes(5), tutor, student);
        await server.Settle(lesson);
        var story = await (await student.Http.GetAsync($"/v1/lessons/{lesson}/meeting")).Json();
        Assert.Equal(("google-meet", "ready", "tutors_order"), (story.Text("provider"), story.Text("state"), story.Text("chosenBecause")));
        Assert.Equal(
            ["google-meet chosen tutors_order", "zoom reserve later_in_order", "built-in ruled_out not_allowed_in_country"],
            story.GetProperty("reasons").EnumerateArray().Select(r => $"{r.Text("provider")} {r.Text("verdict")} {r.Text("code")}"));
    }

    [Fact]
    public async Task Preferences_are_the_tutors_own_and_follow_the_rules_of_the_house()
    {
        var tutor = await server.Tutor();
        var path = $"/v1/tutors/{tutor.TutorId}/meeting-preferences";
        var defaults = await tutor.Http.GetAsync(path);
        Assert.True((await defaults.Json()).GetProperty("musicMode").GetBoolean());
        await (await Put("""{"order":["zoom"],"musicMode":true,"recording":false}""", null)).IsProblem(HttpStatusCode.PreconditionRequired, "precondition_required");
        await (await Put("""{"order":["pigeon"],"musicMode":true,"recording":false}""", defaults.Headers.ETag!.Tag)).IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_provider");
        await (await Put("""{"order":["zoom","zoom"],"musicMode":true,"recording":false}""", defaults.Headers.ETag!.Tag)).IsProblem(HttpStatusCode.UnprocessableEntity, "duplicate_provider");
        var set = await Put("""{"order":["zoom"],"musicMode":false,"recording":true}""", defaults.Headers.ETag!.Tag);
        Assert.Equal(HttpStatusCode.OK, set.StatusCode);
        await (await Put("""{"order":[],"musicMode":true,"recording":false}""", defaults.Headers.ETag!.Tag)).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        var read = await tutor.Http.GetAsync(path);
        Assert.Equal(set.Headers.ETag!.Tag, read.Headers.ETag!.Tag);
        Assert.Equal("zoom", (await read.Json()).GetProperty("order")[0].GetString());
        var back = await Put("""{"order":[],"musicMode":false,"recording":true}""", set.Headers.ETag!.Tag);
        Assert.Equal((HttpStatusCode.OK, 0), (back.StatusCode, (await back.Json()).GetProperty("order").GetArrayLength()));
        var lesson = await server.A_lesson(Duration.FromMinutes(5), tutor);
        await server.Settle(lesson);
        var story = await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/meeting")).Json();
        Assert.Equal("schools_order", story.Text("chosenBecause"));
        await (await (await server.Tutor()).Http.GetAsync(path)).IsProblem(HttpStatusCode.NotFound, "not_found");

        Task<HttpResponseMessage> Put(string json, string? ifMatch)
        {
            var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json") };
            if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            return tutor.Http.SendAsync(request);
        }
    }
}

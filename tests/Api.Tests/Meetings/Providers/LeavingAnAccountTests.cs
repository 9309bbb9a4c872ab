using System.Net;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using Muse.Imitations.Zoom;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>A tutor disconnects the account that holds coming lessons.</summary>
public sealed class LeavingAnAccountTests(TheDoorsServer server) : IClassFixture<TheDoorsServer>
{
    [Fact]
    public async Task The_meetings_of_coming_lessons_go_with_it_and_the_school_carries_the_lessons()
    {
        var (lesson, tutor) = await A_lesson_in_the_tutors_own_zoom();

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/tutors/{tutor.TutorId}/connections/zoom")).StatusCode);
        await Settled();

        Assert.Equal(server.Zoom.SchoolHost.Id, Assert.Single(server.Zoom.Meetings, m => ZoomImitation.LessonOf(m) == lesson).Host.Id);
        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await server.EventsOf(Muse.Api.Meetings.SettleMeeting.StreamOf(lesson)));
        Assert.Equal("account_disconnected", Assert.Single(await server.Happened<MeetingLost>(lesson)).Code);
        Assert.Contains(server.Zoom.Seen, seen => seen.Path == "/oauth/revoke");
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from errands where dead_at is not null"));
    }

    [Fact]
    public async Task When_Zoom_does_not_answer_the_lesson_goes_on_and_its_timeline_says_what_stayed_there()
    {
        var (lesson, tutor) = await A_lesson_in_the_tutors_own_zoom();
        server.Zoom.Down = true;
        try
        {
            Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/tutors/{tutor.TutorId}/connections/zoom")).StatusCode);
            await Pass("revoke_connection", until: async () => (await server.Happened<MeetingLeftBehind>(lesson)).Count > 0);
        }
        finally
        {
            server.Zoom.Down = false;
        }
        await Settled();
        Assert.Equal(("zoom", "unreachable"), (await server.Happened<MeetingLeftBehind>(lesson)).Select(left => (left.Provider, left.Code)).Single());
        await server.Until(tutor, $"/v1/lessons/{lesson}", l => l.GetProperty("meeting").Text("state") == "ready");
        var told = await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/timeline")).Json();
        Assert.Contains("meeting_left_behind", told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lesson_in_the_schools_account_stays_where_it_is()
    {
        var lesson = await server.A_lesson_at("zoom");
        var before = await server.MeetingOf(lesson.Id);
        await Connect(lesson.Tutor);
        Assert.Equal(HttpStatusCode.NoContent, (await lesson.Tutor.Http.DeleteAsync($"/v1/tutors/{lesson.Tutor.TutorId}/connections/zoom")).StatusCode);
        await Settled();
        Assert.Equal(before.Reference, (await server.MeetingOf(lesson.Id)).Reference);
        Assert.Single(server.Zoom.Meetings, m => ZoomImitation.LessonOf(m) == lesson.Id);
    }

    [Fact]
    public async Task The_tutor_is_told_whose_account_holds_a_lesson_and_the_student_is_not()
    {
        var (lesson, tutor) = await A_lesson_in_the_tutors_own_zoom();
        Assert.Equal("tutor", await AccountToldTo(tutor, lesson));
        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/tutors/{tutor.TutorId}/connections/zoom")).StatusCode);
        await Settled();
        Assert.Equal("school", await AccountToldTo(tutor, lesson));

        var another = await server.A_lesson_at("zoom");
        Assert.Equal("school", await AccountToldTo(another.Tutor, another.Id));
        Assert.Null(await AccountToldTo(another.Student, another.Id));
    }

    private static async Task<string?> AccountToldTo(SignedIn who, Guid lesson) =>
        (await (await who.Http.GetAsync($"/v1/lessons/{lesson}/meeting")).Json()).GetProperty("account").GetString();

    private async Task<(Guid Lesson, SignedIn Tutor)> A_lesson_in_the_tutors_own_zoom()
    {
        var tutor = await server.A_tutor_with_hours();
        await Connect(tutor);
        var lesson = await server.A_lesson_at("zoom", tutor: tutor);
        Assert.Equal(server.Zoom.TutorsOwn.Id, Assert.Single(server.Zoom.Meetings, m => ZoomImitation.LessonOf(m) == lesson.Id).Host.Id);
        return (lesson.Id, tutor);
    }

    /// <summary>The tutor presses "Connect" and then "Allow".</summary>
    private async Task Connect(SignedIn tutor)
    {
        server.Zoom.ConnectsAtOnce = server.Zoom.TutorsOwn;
        var begun = await tutor.Http.PostAsync($"/v1/tutors/{tutor.TutorId}/connections/zoom", null);
        Assert.True(begun.StatusCode == HttpStatusCode.Created, await begun.Content.ReadAsStringAsync());
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
        var allowed = await browser.GetAsync((await begun.Json()).Text("authorizeUrl"));
        Assert.Equal(HttpStatusCode.Found, allowed.StatusCode);
        var back = new HttpRequestMessage(HttpMethod.Get, allowed.Headers.Location!.PathAndQuery);
        var cookie = Assert.Single(begun.Headers.GetValues("Set-Cookie"));
        back.Headers.Add("Cookie", cookie[..cookie.IndexOf(';')]);
        Assert.Equal("/meeting-providers?connected=zoom", (await server.Anyone().SendAsync(back)).Headers.Location!.OriginalString);
    }

    private async Task Settled()
    {
        await Pass("revoke_connection", until: async () =>
            await server.Database.ScalarAsync<long>("select count(*) from errands where kind = 'revoke_connection' and done_at is null and dead_at is null") == 0);
        await server.EventsAsync();
    }

    /// <summary>What waits for a provider is not waited for.</summary>
    private async Task Pass(string kind, Func<Task<bool>> until)
    {
        using var enough = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await until())
        {
            await server.Database.ExecuteAsync($"update errands set due_at = clock_timestamp() where kind = '{kind}' and done_at is null and dead_at is null and due_at > clock_timestamp() + interval '2 seconds'");
            await Task.Delay(100, enough.Token);
        }
    }
}

using System.Net;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Meetings;

/// <summary>A lesson that every provider had failed: the clock tries it again, and so does whoever may.</summary>
public sealed class TryMeetingsAgainTests(TheMeetingServer server) : IClassFixture<TheMeetingServer>
{
    private static readonly MeetingAnswer No = MeetingAnswer.Failed(MeetingAnswer.QuotaCode, "Tomorrow.");

    private Task<int> Round() => server.The<TryMeetingsAgain>().RunOnce(CancellationToken.None);

    private int Tries(Guid lesson) => server.Zoom.Asked.Count(asked => asked.Lesson == lesson && asked.Verb == "arrange");

    private static Task<HttpResponseMessage> TryAgain(SignedIn who, Guid lesson) => who.Http.PostAsync($"/v1/lessons/{lesson}/meeting/try-again", null);

    /// <summary>The student is in the Emirates, so that both outside are all there is; the first <paramref name="times"/> tries fail.</summary>
    private async Task<Guid> A_failed_lesson(Duration startsIn, int times = 1, SignedIn? tutor = null, SignedIn? student = null)
    {
        var lesson = await server.A_lesson(startsIn, tutor, student);
        foreach (var provider in new[] { server.Zoom, server.Meet })
            provider.Will(lesson, "arrange", [.. Enumerable.Repeat<object>(No, times)]);
        await server.Settle(lesson);
        Assert.Equal(MeetingState.Failed, (await server.MeetingOf(lesson))?.State);
        return lesson;
    }

    private Task<SignedIn> Student_in_Dubai() => server.SignUp(["student"], "Hessa", "AE", "Asia/Dubai", "ar-AE");

    [Fact]
    public async Task Booked_while_all_were_down_it_has_a_meeting_two_minutes_later()
    {
        var lesson = await A_failed_lesson(Duration.FromHours(1));
        server.Time.Advance(TimeSpan.FromMinutes(1.9));
        await Round();
        Assert.Equal(1, Tries(lesson));
        server.Time.Advance(TimeSpan.FromMinutes(0.1));
        await Round();
        Assert.Equal("zoom", (await server.MeetingOf(lesson))?.Provider);
        await Round();
        await server.EventsAsync();
        Assert.Equal(2, Tries(lesson));
        Assert.Equal(
            ["meeting_arrangement_failed", "meeting_arrangement_failed", "meeting_tried_again", "meeting_arranged"],
            await server.EventsOf(SettleMeeting.StreamOf(lesson)));
    }

    [Fact]
    public async Task The_pauses_grow_and_the_quarter_of_an_hour_before_the_lesson_ends_them()
    {
        var lesson = await A_failed_lesson(Duration.FromMinutes(60), times: 100);
        // At 2, 7 and 22 minutes; at 45 for the mark, 15 minutes before it.
        foreach (var (minutes, tries) in new[] { (1, 1), (1, 2), (4, 2), (1, 3), (14, 3), (1, 4), (22, 4), (1, 5), (1, 5), (1, 6) })
        {
            server.Time.Advance(TimeSpan.FromMinutes(minutes));
            await Round();
            Assert.Equal(tries, Tries(lesson));
        }
    }

    [Fact]
    public async Task Minutes_before_the_lesson_it_is_tried_every_two_minutes_until_the_lesson_is_over()
    {
        var (helped, lost) = (await A_failed_lesson(Duration.FromMinutes(12), times: 2), await A_failed_lesson(Duration.FromMinutes(12), times: 100));
        server.Time.Advance(TimeSpan.FromMinutes(2.1));
        await Round();
        await Round();
        Assert.Equal(2, Tries(helped));
        // Both stand before the door.
        server.Time.Advance(TimeSpan.FromMinutes(12));
        await Round();
        Assert.Equal("zoom", (await server.MeetingOf(helped))?.Provider);
        Assert.Equal(MeetingState.Failed, (await server.MeetingOf(lost))?.State);

        var tries = Tries(lost);
        server.Time.Advance(TimeSpan.FromHours(1));
        await Round();
        Assert.Equal(tries, Tries(lost));
    }

    private async Task<(Guid Lesson, SignedIn Tutor, SignedIn Student)> A_lesson_that_may_be_nowhere()
    {
        var (tutor, student) = (await server.Tutor(), await Student_in_Dubai());
        server.Zoom.Unserved[tutor.TutorId!.Value] = server.Meet.Unserved[tutor.TutorId!.Value] = true;
        var lesson = await server.A_lesson(Duration.FromDays(2), tutor, student);
        await server.Settle(lesson);
        Assert.Equal(MeetingState.NoProviderAllowed, (await server.MeetingOf(lesson))?.State);
        return (lesson, tutor, student);
    }

    // The page said to ask the administrator for a service; the administrator set one up, and the lessons stayed without.
    [Fact]
    public async Task For_which_no_provider_was_allowed_it_has_a_meeting_within_the_hour_once_one_is_set_up()
    {
        var (lesson, tutor, _) = await A_lesson_that_may_be_nowhere();
        server.Time.Advance(TimeSpan.FromHours(1));
        await Round();
        Assert.Equal(["no_provider_allowed"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));

        server.Zoom.Unserved.TryRemove(tutor.TutorId!.Value, out _);
        await Round();
        Assert.Equal(MeetingState.NoProviderAllowed, (await server.MeetingOf(lesson))?.State);
        server.Time.Advance(TimeSpan.FromHours(1));
        await Round();
        Assert.Equal("zoom", (await server.MeetingOf(lesson))?.Provider);
    }

    [Fact]
    public async Task For_which_no_provider_was_allowed_somebody_may_ask_again_after_half_a_minute()
    {
        var (lesson, tutor, student) = await A_lesson_that_may_be_nowhere();
        var events = await server.EventsAsync();
        await (await TryAgain(student, lesson)).IsProblem(HttpStatusCode.Conflict, "tried_just_now");
        Assert.Equal(events, await server.EventsAsync());

        server.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HttpStatusCode.OK, (await TryAgain(student, lesson)).StatusCode);
        await server.EventsAsync();
        Assert.Equal(["no_provider_allowed", "meeting_tried_again", "no_provider_allowed"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));

        server.Zoom.Unserved.TryRemove(tutor.TutorId!.Value, out _);
        server.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(HttpStatusCode.OK, (await TryAgain(tutor, lesson)).StatusCode);
        await server.EventsAsync();
        Assert.Equal("zoom", (await server.MeetingOf(lesson))?.Provider);
    }

    [Fact]
    public async Task A_cancelled_lesson_is_not_tried_again()
    {
        var lesson = await A_failed_lesson(Duration.FromHours(3), times: 2);
        await server.Change(lesson, l => l.Cancel(Who.Clock, null, server.Now));
        server.Time.Advance(TimeSpan.FromMinutes(10));
        await Round();
        await server.Settle(lesson);
        server.Time.Advance(TimeSpan.FromMinutes(10));
        await Round();
        Assert.Equal(1, Tries(lesson));
    }

    [Fact]
    public async Task One_that_is_tried_again_while_its_provider_has_trouble_is_arranged_when_the_trouble_is_over()
    {
        var lesson = await A_failed_lesson(Duration.FromHours(25));
        server.Zoom.Will(lesson, "arrange", new ProviderTrouble("timed_out", ""));
        server.Time.Advance(TimeSpan.FromMinutes(3));
        await Round();
        Assert.Equal(MeetingState.Arranging, (await server.MeetingOf(lesson))?.State);
        // Nobody looks a second time: the errand comes again by itself.
        Assert.Equal(1, await server.Errands(lesson, ArrangeMeeting.ErrandKind));
        await server.SettleWithPatience(lesson);
        Assert.Equal("zoom", (await server.MeetingOf(lesson))?.Provider);
    }

    [Fact]
    public async Task Whoever_may_arrange_has_it_tried_at_once_and_the_history_says_who()
    {
        var (tutor, student) = (await server.Tutor(), await Student_in_Dubai());
        foreach (var who in new[] { tutor, student })
        {
            var lesson = await A_failed_lesson(Duration.FromHours(5), times: 1, tutor, student);
            server.Time.Advance(TimeSpan.FromSeconds(31));
            var answer = await TryAgain(who, lesson);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
            await server.EventsAsync();
            Assert.Equal("zoom", (await server.MeetingOf(lesson))?.Provider);
            Assert.Equal(who == tutor ? Part.Tutor : Part.Student, Assert.Single(await server.Happened<MeetingTriedAgain>(lesson)).By?.Part);
            var story = await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/meeting")).Json();
            var again = story.GetProperty("triedAgainAt").GetDateTimeOffset();
            Assert.All(story.GetProperty("failures").EnumerateArray(), failure => Assert.True(failure.GetProperty("at").GetDateTimeOffset() < again));
            var history = (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/timeline")).Json()).GetProperty("items").EnumerateArray().ToArray();
            Assert.Equal(who == tutor ? "tutor" : "student", Assert.Single(history, item => item.Text("type") == "meeting_tried_again").Text("role"));
        }
    }

    [Fact]
    public async Task Pressed_twice_while_it_is_being_arranged_it_is_one_try()
    {
        var (tutor, student) = (await server.Tutor(), await Student_in_Dubai());
        var lesson = await A_failed_lesson(Duration.FromHours(5), times: 1, tutor, student);
        server.Zoom.Will(lesson, "arrange", new ProviderTrouble("timed_out", ""));
        server.Time.Advance(TimeSpan.FromMinutes(1));
        var answers = await Task.WhenAll(TryAgain(tutor, lesson), TryAgain(student, lesson), TryAgain(tutor, lesson));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        await server.EventsAsync();
        Assert.Single(await server.Happened<MeetingTriedAgain>(lesson));
        Assert.Equal(1, await server.Errands(lesson, ArrangeMeeting.ErrandKind));
    }

    [Fact]
    public async Task What_cannot_be_tried_again_is_refused_and_writes_no_event()
    {
        var (tutor, student, stranger) = (await server.Tutor(), await Student_in_Dubai(), await server.Tutor());
        var failed = await A_failed_lesson(Duration.FromHours(5), times: 9, tutor, student);
        var ready = await server.A_lesson(Duration.FromHours(9), tutor, student);
        await server.Settle(ready);
        var cancelled = await A_failed_lesson(Duration.FromHours(7), times: 9, tutor, student);
        await server.Change(cancelled, l => l.Cancel(Who.Clock, null, server.Now));
        var over = await A_failed_lesson(Duration.FromMinutes(-59.9), times: 9, tutor, student);
        server.Time.Advance(TimeSpan.FromSeconds(10));
        var events = await server.EventsAsync();

        await (await TryAgain(tutor, ready)).IsProblem(HttpStatusCode.Conflict, "meeting_not_failed");
        var soon = await TryAgain(tutor, failed);
        await soon.IsProblem(HttpStatusCode.Conflict, "tried_just_now");
        Assert.InRange(soon.Headers.RetryAfter?.Delta?.TotalSeconds ?? 0, 1, 20);
        await (await TryAgain(tutor, cancelled)).IsProblem(HttpStatusCode.Conflict, "lesson_cancelled");
        await (await TryAgain(tutor, over)).IsProblem(HttpStatusCode.Conflict, "lesson_over");
        await (await TryAgain(stranger, failed)).IsProblem(HttpStatusCode.NotFound, "not_found");

        Assert.Equal(events, await server.EventsAsync());
    }
}

using System.Net;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using static Muse.Api.Tests.Meetings.Providers.TheDoorsServer;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>Somebody wants to go on elsewhere while nobody elsewhere answers: the only door a lesson has is not taken away.</summary>
public sealed class KeptPlaceTests(TheDoorsServer server) : IClassFixture<TheDoorsServer>
{
    [Theory]
    [InlineData("zoom", "google-meet")]
    [InlineData("google-meet", "zoom")]
    public async Task With_all_down_the_lesson_keeps_its_meeting_and_goes_on_elsewhere_once_another_is_back(string provider, string other)
    {
        var lesson = await server.At_the_door(await server.A_lesson_at(provider));
        var old = await server.MeetingOf(lesson.Id);
        server.Zoom.Down = server.Google.Down = true;
        try
        {
            await (await Fallback(lesson.Student, lesson.Id, provider)).IsProblem(HttpStatusCode.ServiceUnavailable, "fallback_failed");

            await KeepsItsPlace();
            Assert.Equal("did_not_connect", Assert.Single(await server.Happened<MeetingLost>(lesson.Id)).Code);
            Assert.Equal(other, Assert.Single(await server.Happened<MeetingArrangementFailed>(lesson.Id)).Provider);
            Assert.Equal(old.Reference, (await server.Happened<MeetingArranged>(lesson.Id))[^1].Reference);

            // The second press asks nobody and says how long to wait; the page has words for it.
            var (events, asked) = (await server.EventsAsync(), server.At(other).Seen.Count);
            var again = await Fallback(lesson.Tutor, lesson.Id, provider);
            Assert.Equal(30, again.Headers.RetryAfter?.Delta?.TotalSeconds);
            await again.IsProblem(HttpStatusCode.Conflict, "tried_just_now");
            Assert.Equal((events, asked), (await server.EventsAsync(), server.At(other).Seen.Count));
            await KeepsItsPlace();

            // Once they have rested they are asked again, and nothing is worse for it.
            Pass(31);
            await (await Fallback(lesson.Tutor, lesson.Id, provider)).IsProblem(HttpStatusCode.ServiceUnavailable, "fallback_failed");
            await KeepsItsPlace();
        }
        finally
        {
            server.Zoom.Down = server.Google.Down = false;
        }
        // What the answerless tries may have left is swept; the meeting in use is not.
        await Sweep();
        Assert.Equal(old.Reference, Assert.Single(server.At(provider).Held, held => held.LessonId == lesson.Id).Reference);
        Assert.DoesNotContain(server.At(other).Held, held => held.LessonId == lesson.Id);

        server.At(provider).Down = true;
        try
        {
            Pass(31);
            var door = await Fallback(lesson.Student, lesson.Id, provider);
            Assert.True(door.StatusCode == HttpStatusCode.OK, await door.Content.ReadAsStringAsync());
            Assert.Equal(other, (await door.Json()).Text("provider"));
        }
        finally
        {
            server.At(provider).Down = false;
        }
        await Sweep();
        Assert.DoesNotContain(server.At(provider).Held, held => held.LessonId == lesson.Id);
        Assert.Single(server.At(other).Held, held => held.LessonId == lesson.Id);

        async Task KeepsItsPlace()
        {
            var kept = await server.MeetingOf(lesson.Id);
            Assert.Equal((MeetingState.Ready, provider, old.Reference, old.JoinUrl, old.Start), (kept.State, kept.Provider, kept.Reference, kept.JoinUrl, kept.Start));
            var door = await (await Join(lesson.Student, lesson.Id)).Json();
            Assert.StartsWith(old.JoinUrl!, door.Text("joinUrl"), StringComparison.Ordinal);
            Assert.True(door.GetProperty("unanswered").GetBoolean());
            Assert.Equal(old.Reference, Assert.Single(server.At(provider).Held, held => held.LessonId == lesson.Id).Reference);
        }
    }

    [Fact]
    public async Task What_one_persons_way_in_found_out_the_next_one_is_told()
    {
        var lesson = await server.At_the_door(await server.A_lesson_at("zoom"));
        Assert.False((await (await Join(lesson.Student, lesson.Id)).Json()).TryGetProperty("unanswered", out var sure) && sure.ValueKind is System.Text.Json.JsonValueKind.True);
        server.Zoom.Down = true;
        try
        {
            // The tutor's way in is made at the click; nobody looks again so soon after a good look.
            await (await Join(lesson.Tutor, lesson.Id)).IsProblem(HttpStatusCode.ServiceUnavailable, "provider_unreachable");
            Assert.True((await (await Join(lesson.Student, lesson.Id)).Json()).GetProperty("unanswered").GetBoolean());
        }
        finally
        {
            server.Zoom.Down = false;
        }
        Pass(31);
        Assert.False((await (await Join(lesson.Student, lesson.Id)).Json()).TryGetProperty("unanswered", out var well) && well.ValueKind is System.Text.Json.JsonValueKind.True);
    }

    private async Task Sweep()
    {
        await server.Database.ExecuteAsync("update errands set due_at = clock_timestamp() where kind = 'sweep_meeting' and done_at is null");
        await OneMeeting.SettleAsync(server.Database, null, "sweep_meeting");
    }

    private void Pass(int seconds)
    {
        server.Time.Advance(TimeSpan.FromSeconds(seconds));
        server.Zoom.Clock.Advance(TimeSpan.FromSeconds(seconds));
        server.Google.Clock.Advance(TimeSpan.FromSeconds(seconds));
    }
}

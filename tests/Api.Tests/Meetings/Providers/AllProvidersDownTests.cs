using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;

namespace Muse.Api.Tests.Meetings.Providers;

/// <summary>A lesson that was booked in the minute in which nobody outside answered.</summary>
public sealed class AllProvidersDownTests(TheDoorsServer server) : IClassFixture<TheDoorsServer>
{
    [Fact]
    public async Task Booked_while_all_were_down_it_is_arranged_by_the_clock_once_they_are_back()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student("Hessa", "AE", "Asia/Dubai", "en-GB");
        server.Zoom.Down = server.Google.Down = true;
        Guid lesson;
        try
        {
            lesson = (await server.A_confirmed_lesson(tutor, student)).GetProperty("lessonId").GetGuid();
            await OneMeeting.SettleAsync(server.Database, Pass, ArrangeMeeting.ErrandKind);
            Assert.Equal(MeetingState.Failed, (await server.MeetingOf(lesson)).State);
            Assert.Empty(server.Zoom.Held);

            // Still down at the first try: the failure is noted, and the next pause is longer.
            await After(2.1);
            Assert.Equal((MeetingState.Failed, 2), ((await server.MeetingOf(lesson)).State, (await server.MeetingOf(lesson)).Failures));
        }
        finally
        {
            server.Zoom.Down = server.Google.Down = false;
        }
        await After(2.1);
        Assert.Equal(MeetingState.Failed, (await server.MeetingOf(lesson)).State);
        await After(3);

        Assert.Equal((MeetingState.Ready, "zoom", 0), ((await server.MeetingOf(lesson)).State, (await server.MeetingOf(lesson)).Provider, (await server.MeetingOf(lesson)).Failures));
        await OneMeeting.SettleAsync(server.Database, Pass, "sweep_meeting");
        Assert.Single(server.Zoom.Held, held => held.LessonId == lesson);
        Assert.Empty(server.Google.Held);
    }

    private async Task After(double minutes)
    {
        Pass(TimeSpan.FromMinutes(minutes));
        await server.Services.GetRequiredService<TryMeetingsAgain>().RunOnce(CancellationToken.None);
        await OneMeeting.SettleAsync(server.Database, Pass, ArrangeMeeting.ErrandKind);
    }

    private void Pass(TimeSpan time)
    {
        server.Time.Advance(time);
        foreach (var imitation in new[] { (Imitations.Imitation)server.Zoom, server.Google })
            imitation.Clock.Advance(time);
    }
}

using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Meetings;

/// <summary>A day and a quarter of an hour before the lesson, and when a tutor's account is gone.</summary>
public sealed class VerifyMeetingsTests(TheMeetingServer server) : IClassFixture<TheMeetingServer>
{
    private int LooksAt(Guid lesson) => server.Zoom.Asked.Count(asked => asked.Lesson == lesson && asked.Verb == "look");

    private Task<string[]> Events(Guid lesson) => server.EventsOf(SettleMeeting.StreamOf(lesson));

    private Task Verify() => server.The<VerifyMeetings>().RunOnce(CancellationToken.None);

    [Fact]
    public async Task A_meeting_is_looked_at_a_day_and_a_quarter_of_an_hour_before_once_each()
    {
        var lesson = await server.A_lesson(Duration.FromHours(25));
        await server.Settle(lesson);
        await Verify();
        Assert.Equal(0, LooksAt(lesson));
        server.Time.Advance(TimeSpan.FromHours(2));
        await Verify();
        await Verify();
        Assert.Equal(1, LooksAt(lesson));
        server.Time.Advance(TimeSpan.FromHours(22.8));
        await Verify();
        await Verify();
        Assert.Equal(2, LooksAt(lesson));
        Assert.Equal(["meeting_arranged", "meeting_verified", "meeting_verified"], await Events(lesson));
    }

    [Fact]
    public async Task One_that_somebody_deleted_is_made_again_and_one_that_somebody_moved_is_put_back()
    {
        var (deleted, moved, stuck) = (await server.A_lesson(Duration.FromHours(25)), await server.A_lesson(Duration.FromHours(25)), await server.A_lesson(Duration.FromHours(25)));
        foreach (var lesson in new[] { deleted, moved, stuck })
            await server.Settle(lesson);
        server.Zoom.Delete(deleted);
        server.Zoom.Will(moved, "look", new MeetingSighting(MeetingPresence.AtAnotherTime));
        server.Zoom.Will(stuck, "look", new MeetingSighting(MeetingPresence.AtAnotherTime)).Will(stuck, "move", MeetingAnswer.Failed("not_permitted", "No."));
        server.Time.Advance(TimeSpan.FromHours(2));
        await Verify();
        await server.EventsAsync();
        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await Events(deleted));
        Assert.Equal(["meeting_arranged", "meeting_moved"], await Events(moved));
        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await Events(stuck));
        Assert.Equal((1, 1, 0, 1), (server.Zoom.HeldOf(deleted), server.Zoom.HeldOf(moved), server.Zoom.HeldOf(stuck), server.Meet.HeldOf(stuck)));
    }

    [Fact]
    public async Task A_provider_in_trouble_is_looked_at_later()
    {
        var troubled = await server.A_lesson(Duration.FromHours(25));
        server.Zoom.Will(troubled, "look", new ProviderTrouble("timed_out", ""));
        await server.Settle(troubled);
        server.Time.Advance(TimeSpan.FromHours(2));
        await Verify();
        await Verify();
        Assert.Equal(1, LooksAt(troubled));
        server.Time.Advance(TimeSpan.FromMinutes(5));
        await Verify();
        Assert.Equal(["meeting_arranged", "meeting_verified"], await Events(troubled));
    }

    [Fact]
    public async Task When_a_tutors_account_is_gone_the_coming_lessons_go_elsewhere_and_say_why()
    {
        var tutor = await server.Tutor();
        var (first, second, others) = (await server.A_lesson(tutor: tutor), await server.A_lesson(Duration.FromDays(3), tutor), await server.A_lesson());
        foreach (var lesson in new[] { first, second, others })
            await server.Settle(lesson);
        server.Zoom.Unserved[tutor.TutorId!.Value] = true;
        var handler = server.Services.GetServices<IErrandHandler>().OfType<ResettleMeetings>().Single();
        var errand = new Errand(Guid.NewGuid(), ResettleMeetings.ErrandKind, EventJson.Write(new ResettleErrand(tutor.TutorId!.Value, "zoom")), Guid.NewGuid(), 1, server.Now);
        await handler.Run(errand, CancellationToken.None);
        await handler.Run(errand, CancellationToken.None);
        await server.EventsAsync();
        foreach (var lesson in new[] { first, second })
        {
            Assert.Equal(LostCodes.AccountDisconnected, Assert.Single(await server.Happened<MeetingLost>(lesson)).Code);
            Assert.Equal("google-meet", (await server.MeetingOf(lesson))?.Provider);
        }
        Assert.Equal(["meeting_arranged"], await Events(others));
    }
}

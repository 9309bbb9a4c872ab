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
    public async Task A_provider_in_trouble_is_looked_at_later_and_a_lesson_that_all_had_failed_is_tried_again()
    {
        var (troubled, failed) = (await server.A_lesson(Duration.FromHours(25)), await server.A_lesson(Duration.FromHours(25)));
        var no = MeetingAnswer.Failed(MeetingAnswer.QuotaCode, "Tomorrow.");
        server.Zoom.Will(troubled, "look", new ProviderTrouble("timed_out", "")).Will(failed, "arrange", no);
        server.Meet.Will(failed, "arrange", no);
        await server.Settle(troubled);
        await server.Settle(failed);
        server.Time.Advance(TimeSpan.FromHours(2));
        await Verify();
        await Verify();
        Assert.Equal(1, LooksAt(troubled));
        server.Time.Advance(TimeSpan.FromMinutes(5));
        await Verify();
        Assert.Equal(["meeting_arranged", "meeting_verified"], await Events(troubled));
        Assert.Equal("zoom", (await server.MeetingOf(failed))?.Provider);
    }

    [Fact]
    public async Task One_that_all_had_failed_minutes_before_is_tried_again_every_two_minutes_until_the_lesson_is_over()
    {
        var (helped, lost) = (await server.A_lesson(Duration.FromMinutes(12)), await server.A_lesson(Duration.FromMinutes(12)));
        var no = MeetingAnswer.Failed(MeetingAnswer.QuotaCode, "Tomorrow.");
        server.Zoom.Will(helped, "arrange", no, no, no);
        server.Meet.Will(helped, "arrange", no, no);
        foreach (var provider in new[] { server.Zoom, server.Meet })
            provider.Will(lost, "arrange", [.. Enumerable.Repeat<object>(no, 100)]);
        foreach (var lesson in new[] { helped, lost })
            await server.Settle(lesson);
        await Verify();
        Assert.Equal(1, Arranges(helped));
        server.Time.Advance(TimeSpan.FromMinutes(2.1));
        await Verify();
        await Verify();
        Assert.Equal(2, Arranges(helped));
        // Both stand before the door.
        server.Time.Advance(TimeSpan.FromMinutes(12));
        await Verify();
        Assert.Equal("google-meet", (await server.MeetingOf(helped))?.Provider);
        Assert.Equal(MeetingState.Failed, (await server.MeetingOf(lost))?.State);

        var tries = Arranges(lost);
        server.Time.Advance(TimeSpan.FromHours(1));
        await Verify();
        Assert.Equal(tries, Arranges(lost));

        int Arranges(Guid lesson) => server.Zoom.Asked.Count(asked => asked.Lesson == lesson && asked.Verb == "arrange");
    }

    [Fact]
    public async Task One_that_is_tried_again_while_its_provider_has_trouble_is_arranged_when_the_trouble_is_over()
    {
        var lesson = await server.A_lesson(Duration.FromHours(25));
        var no = MeetingAnswer.Failed(MeetingAnswer.QuotaCode, "Tomorrow.");
        server.Zoom.Will(lesson, "arrange", no, new ProviderTrouble("timed_out", ""));
        server.Meet.Will(lesson, "arrange", no);
        await server.Settle(lesson);
        server.Time.Advance(TimeSpan.FromHours(2));
        await Verify();
        Assert.Equal(MeetingState.Arranging, (await server.MeetingOf(lesson))?.State);
        // Nobody looks a second time: the errand comes again by itself.
        Assert.Equal(1, await server.Errands(lesson, ArrangeMeeting.ErrandKind));
        await server.SettleWithPatience(lesson);
        Assert.Equal("zoom", (await server.MeetingOf(lesson))?.Provider);
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

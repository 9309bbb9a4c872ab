using System.Net;
using System.Net.Http.Json;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Meetings;

/// <summary>Somebody moves to a country with other rules: what was arranged before does not lead around them.</summary>
public sealed class LookAfterMoveTests(TheMeetingServer server) : IClassFixture<TheMeetingServer>
{
    private Task<SignedIn> Student_in_London() => server.SignUp(["student"], "Oliver", "GB", "Europe/London", "en-GB");

    private async Task<Guid> A_lesson_in_the_built_in_room(SignedIn tutor, SignedIn student)
    {
        var lesson = await server.A_lesson(Duration.FromDays(3), tutor, student);
        await server.Settle(lesson);
        Assert.Equal("built-in", (await server.MeetingOf(lesson))?.Provider);
        return lesson;
    }

    private static async Task MovesTo(SignedIn who, string country, string zone)
    {
        using var me = await who.Http.GetAsync("/v1/me");
        using var change = new HttpRequestMessage(HttpMethod.Patch, "/v1/me") { Content = JsonContent.Create(new { country, timeZone = zone }) };
        change.Headers.IfMatch.Add(me.Headers.ETag!);
        using var answer = await who.Http.SendAsync(change);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Student_or_tutor_moves_to_the_Emirates_and_the_coming_lessons_go_where_they_may_be(bool student)
    {
        var (tutor, learner) = (await server.Tutor(), await Student_in_London());
        var lessons = new[] { await A_lesson_in_the_built_in_room(tutor, learner), await A_lesson_in_the_built_in_room(tutor, learner) };
        await MovesTo(student ? learner : tutor, "AE", "Asia/Dubai");
        await server.EventsAsync();
        foreach (var lesson in lessons)
        {
            Assert.Equal(LostCodes.NotAllowedInCountry, Assert.Single(await server.Happened<MeetingLost>(lesson)).Code);
            Assert.Equal("zoom", (await server.MeetingOf(lesson))?.Provider);
        }
    }

    [Fact]
    public async Task A_move_between_countries_without_rules_asks_nobody()
    {
        var (tutor, learner) = (await server.Tutor(), await Student_in_London());
        var lesson = await A_lesson_in_the_built_in_room(tutor, learner);
        await MovesTo(learner, "FR", "Europe/Paris");
        await server.EventsAsync();
        Assert.Equal(0, await server.Errands(lesson, LookAtMeeting.ErrandKind));
        Assert.Equal(["meeting_arranged"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));
    }

    [Fact]
    public async Task A_lesson_that_is_moved_in_time_is_not_taken_along_to_where_it_may_no_longer_be()
    {
        var (tutor, learner) = (await server.Tutor(), await Student_in_London());
        var lesson = await A_lesson_in_the_built_in_room(tutor, learner);
        await server.Database.ExecuteAsync($"update people set country = 'AE' where person_id = '{learner.PersonId}'");
        await server.A_day_later(lesson);
        await server.Settle(lesson);
        Assert.Equal(["meeting_arranged", "meeting_lost", "meeting_arranged"], await server.EventsOf(SettleMeeting.StreamOf(lesson)));
        Assert.Equal("zoom", (await server.MeetingOf(lesson))?.Provider);
    }
}

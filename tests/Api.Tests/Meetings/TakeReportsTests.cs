using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Api.Tests.Bookings;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Tests.Meetings;

public sealed class TakeReportsTests(TheMeetingServer server) : IClassFixture<TheMeetingServer>
{
    private static ReportedGuest Guest(string stay, string? name = null, string? email = null, bool isHost = false, Guid? person = null) =>
        new(stay, isHost, person, email, name);

    private Task Take(params MeetingReport[] reports) => server.The<TakeReports>().Take(reports, CancellationToken.None);

    private async Task<(Guid Lesson, string Reference, SignedIn Tutor, SignedIn Student)> A_lesson_that_begins()
    {
        var (tutor, student) = (await server.Tutor(), await server.SignUp(["student"], "Hessa", "AE", "Asia/Dubai", "ar-AE"));
        var lesson = await server.A_lesson(Duration.FromMinutes(5), tutor, student);
        await server.Settle(lesson);
        return (lesson, (await server.MeetingOf(lesson))!.Reference!, tutor, student);
    }

    [Fact]
    public async Task Who_came_and_went_is_told_once_whatever_the_order_and_the_repetitions()
    {
        var (lesson, reference, tutor, student) = await A_lesson_that_begins();
        var now = server.Now;
        MeetingReport[] reports =
        [
            new GuestWent("zoom", reference, $"{reference}/3", now - Duration.FromMinutes(1), Guest("s", email: student.Email)),
            new GuestCame("zoom", reference, $"{reference}/2", now - Duration.FromMinutes(2), Guest("s", email: student.Email.ToUpperInvariant())),
            new GuestCame("zoom", reference, $"{reference}/1", now - Duration.FromMinutes(3), Guest("t", isHost: true)),
            new MeetingBegan("zoom", reference, $"{reference}/0", now - Duration.FromMinutes(3)),
        ];
        await Take(reports[0]);
        await Take(reports[1], reports[1]);
        await Take(reports);
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => Take(reports)));

        Assert.Equal(["lesson_scheduled", "participant_left", "participant_joined", "participant_joined", "lesson_started"], await server.EventsOf(lesson));
        await using var session = server.The<EventStore>().OpenSession();
        var state = (await session.AggregateStreamAsync<Lesson>(lesson))!;
        Assert.Equal([new Who(tutor.PersonId, Part.Tutor)], state.Present.Values);
        Assert.Equal(LessonState.Started, state.State);
    }

    [Fact]
    public async Task Two_sittings_in_any_order_and_told_twice_leave_the_same_events()
    {
        var told = new HashSet<string>();
        foreach (var seed in (int[])[0, 1, 2])
        {
            var (lesson, reference, _, student) = await A_lesson_that_begins();
            var now = server.Now.Cut();
            var reports = Enumerable.Range(1, 2).SelectMany(sitting => new MeetingReport[]
            {
                new MeetingBegan("zoom", reference, $"{reference}/{sitting}/began", now - Duration.FromMinutes(20 * sitting)),
                new GuestCame("zoom", reference, $"{reference}/{sitting}/came", now - Duration.FromMinutes(20 * sitting), Guest($"s{sitting}", email: student.Email)),
                new GuestWent("zoom", reference, $"{reference}/{sitting}/went", now - Duration.FromMinutes((20 * sitting) - 9), Guest($"s{sitting}", email: student.Email)),
                new MeetingOver("zoom", reference, $"{reference}/{sitting}/over", now - Duration.FromMinutes((20 * sitting) - 10)),
            }).ToArray();
            MeetingReport[] twice = [.. reports, .. reports];
            new Random(seed).Shuffle(twice);
            foreach (var report in twice)
                await Take(report);

            Assert.Equal([now - Duration.FromMinutes(40), now - Duration.FromMinutes(20)], (await server.Happened<SittingBegan>(lesson)).Select(e => e.At).Order());
            Assert.Equal([now - Duration.FromMinutes(30), now - Duration.FromMinutes(10)], (await server.Happened<SittingOver>(lesson)).Select(e => e.At).Order());
            // An end that is told after a later one empties nothing, so it is the meeting's affair alone.
            told.Add(string.Join(' ', (await server.EventsOf(lesson)).Where(name => name != "everyone_left").Order()));
        }
        Assert.Single(told);
    }

    [Fact]
    public async Task A_report_of_a_meeting_that_Muse_did_not_arrange_or_with_an_unusable_key_is_passed_over()
    {
        var (_, reference, _, _) = await A_lesson_that_begins();
        var events = await server.EventsAsync();
        await Take(
            new GuestCame("zoom", "4711", "k", server.Now, Guest("t", isHost: true)),
            new GuestCame("google-meet", reference, "k", server.Now, Guest("t", isHost: true)),
            new GuestCame("zoom", "\0", "k", server.Now, Guest("t", isHost: true)),
            new GuestCame("zoom", reference, "", server.Now, Guest("t", isHost: true)),
            new GuestCame("zoom", reference, new string('k', 129), server.Now, Guest("t", isHost: true)),
            new MeetingOver("jitsi", "", "k", server.Now));
        await Take();
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task Somebody_who_waits_is_noted_and_a_touched_meeting_is_looked_at()
    {
        var (lesson, reference, _, student) = await A_lesson_that_begins();
        await Take(new GuestWaits("zoom", reference, $"{reference}/w", server.Now, Guest("w", name: " hessa ")));
        Assert.Equal(new Who(student.PersonId, Part.Student), Assert.Single(await server.Happened<GuestWaited>(lesson)).Who);

        server.Zoom.Delete(lesson);
        await Take(new MeetingTouched("zoom", reference, $"{reference}/x", server.Now));
        await server.EventsAsync();
        Assert.Equal(LostCodes.DeletedAtProvider, Assert.Single(await server.Happened<MeetingLost>(lesson)).Code);
        Assert.Equal(1, server.Zoom.HeldOf(lesson));
    }

    [Fact]
    public async Task What_is_told_late_of_a_meeting_that_was_lost_still_finds_its_lesson()
    {
        var (lesson, reference, _, _) = await A_lesson_that_begins();
        server.Zoom.Delete(lesson);
        await server.The<LookAtMeeting>().Look(lesson, null, CancellationToken.None);
        Assert.NotEqual(reference, (await server.MeetingOf(lesson))!.Reference);
        await Take(new GuestCame("zoom", reference, $"{reference}/1", server.Now, Guest("t", isHost: true)));
        Assert.Contains("participant_joined", await server.EventsOf(lesson));
    }

    [Fact]
    public void A_guest_is_known_by_token_host_address_or_a_name_that_one_person_has_and_a_name_makes_no_tutor()
    {
        Who tutor = new(Guid.NewGuid(), Part.Tutor), child = new(Guid.NewGuid(), Part.Student), mother = new(Guid.NewGuid(), Part.Guardian);
        LessonPerson[] people =
        [
            new(tutor, "Kim Min-ji", "kim@example.org"), new(child, "Layla", null), new(mother, "Amal", "amal@example.org"),
        ];
        Assert.Equal(mother, PeopleOfLesson.WhoIs(Guest("1", "Layla", "kim@example.org", person: mother.PersonId), people));
        Assert.Equal(tutor, PeopleOfLesson.WhoIs(Guest("1", isHost: true), people));
        Assert.Equal(mother, PeopleOfLesson.WhoIs(Guest("1", email: " AMAL@example.org "), people));
        Assert.Equal(child, PeopleOfLesson.WhoIs(Guest("1", "layla"), people));
        Assert.Equal(Who.Guest, PeopleOfLesson.WhoIs(Guest("1", "Kim Min-ji"), people));
        Assert.Equal(Who.Guest, PeopleOfLesson.WhoIs(Guest("1", "Layla's iPad"), people));
        Assert.Equal(Who.Guest, PeopleOfLesson.WhoIs(Guest("1", "Layla"), [.. people, new(new Who(Guid.NewGuid(), Part.Guardian), "layla", null)]));
        Assert.Equal(Who.Guest, PeopleOfLesson.WhoIs(Guest("1", person: Guid.NewGuid()), people));
    }
}

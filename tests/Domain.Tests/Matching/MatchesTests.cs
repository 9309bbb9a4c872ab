using Muse.Domain.Availability;
using Muse.Domain.Matching;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Tests.Matching;

public class MatchesTests
{
    // A Tuesday, 08:00 in Dubai.
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 4, 0);

    private static readonly MentorWish Wish = new()
    {
        StudentId = Id(99),
        Instrument = "violin",
        Level = "beginner",
        Languages = ["ko", "en"],
        TimeZone = "Asia/Dubai",
        WishedHours = [new(2, "16:00", "18:00")],
        DurationMinutes = 50,
    };

    private static Guid Id(int n) => new(n, 0, 0, [0, 0, 0, 0, 0, 0, 0, 1]);

    private static MentorRequested Asked(MentorWish wish) => (MentorRequested)MentorRequest.Make(null, Id(50), wish, Id(98), Now).Events.Single();

    // Seoul 21:00-23:00 is Dubai 16:00-18:00.
    private static Candidate Tutor(int n, string start = "21:00", string end = "23:00", string[]? languages = null, string[]? levels = null,
        string instrument = "violin", int[]? durations = null, bool proBono = false, int buffer = 0, params BusyTime[] busy) =>
        new(Id(n), [instrument], languages ?? ["ko"], levels ?? ["beginner"], proBono,
            TutorAvailability.Create((AvailabilitySet)TutorAvailability.Set(null, Id(n), new()
            {
                TimeZone = "Asia/Seoul",
                Weekly = [new(2, start, end)],
                DurationsMinutes = durations ?? [50],
                BufferAfterMinutes = buffer,
            }, Now).Events.Single()), busy);

    private static IReadOnlyList<Match> Rank(params Candidate[] candidates) => Matches.Rank(Asked(Wish), candidates, [], Now);

    private static BusyTime Busy(int day, int hour, int minutes) =>
        new(Instant.FromUtc(2026, 12, day, hour, 0), Instant.FromUtc(2026, 12, day, hour, 0) + Duration.FromMinutes(minutes));

    [Fact]
    public void The_weights_add_up_to_one() => Assert.Equal(1, Matches.HoursWeight + Matches.LanguagesWeight + Matches.LevelWeight + Matches.LengthWeight + Matches.ProBonoWeight, 9);

    [Fact]
    public void A_tutor_who_fits_in_everything_has_the_whole_score_and_says_why()
    {
        var match = Assert.Single(Rank(Tutor(1, proBono: true)));
        Assert.Equal(1, match.Score);
        Assert.Equal(["hours", "languages", "level", "length", "pro_bono"], match.Parts.Select(part => part.Name));
        Assert.Equal(match.Score, Math.Round(match.Parts.Sum(part => part.Score * part.Weight), 4));
        Assert.Equal(120, match.FreeMinutesPerWeek);
        Assert.Equal("120 of the 120 wished minutes per week are free for both.", match.Parts[0].Detail);
    }

    [Fact]
    public void The_next_slots_are_those_both_can_take()
    {
        var match = Assert.Single(Matches.Rank(Asked(Wish), [Tutor(1, busy: Busy(1, 12, 50))], [Busy(8, 12, 60)], Now));
        Assert.Equal(["2026-12-01T12:50:00Z", "2026-12-15T12:00:00Z", "2026-12-15T12:50:00Z", "2026-12-22T12:00:00Z", "2026-12-22T12:50:00Z"],
            match.NextSlots.Select(slot => TimeText.Of(slot.Start)));
        Assert.Equal("2026-12-15T16:00:00+04:00", TimeText.Of(match.NextSlots[1].ViewerLocal));
    }

    [Fact]
    public void What_either_has_to_do_is_not_free_and_the_tutors_buffer_counts()
    {
        // 4 × 120 minutes, less 60 of the tutor's and 10 of buffer before them, less 30 of the student's.
        var match = Assert.Single(Matches.Rank(Asked(Wish), [Tutor(1, buffer: 10, busy: Busy(8, 13, 60))], [Busy(15, 12, 30)], Now));
        Assert.Equal((480 - 60 - 10 - 30) / 4, match.FreeMinutesPerWeek);
    }

    [Fact]
    public void A_rest_too_short_for_a_lesson_does_not_count() =>
        Assert.Equal((480 - 60 - 20 - 40) / 4, Assert.Single(Matches.Rank(Asked(Wish), [Tutor(1, busy: [Busy(8, 12, 20), new(Instant.FromUtc(2026, 12, 8, 13, 0), Instant.FromUtc(2026, 12, 8, 14, 0))])], [], Now)).FreeMinutesPerWeek);

    [Fact]
    public void Another_instrument_no_common_language_or_no_common_minute_is_no_match() => Assert.Empty(Rank(
        Tutor(1, instrument: "cello"), Tutor(2, languages: ["fr"]), Tutor(3, start: "09:00", end: "12:00"), Tutor(4, start: "22:30", end: "23:00")));

    [Fact]
    public void Each_part_lowers_the_score_and_the_order_follows() => Assert.Equal([1, 2, 3, 4, 5, 6], Rank(
        Tutor(6, start: "21:00", end: "22:00"), Tutor(5, levels: ["advanced"]), Tutor(4, languages: ["en-GB"]), Tutor(3, durations: [60]),
        Tutor(2), Tutor(1, proBono: true)).Select(match => BitConverter.ToInt32(match.TutorId.ToByteArray())));

    [Fact]
    public void Equal_tutors_are_ordered_by_id_whatever_the_order_they_come_in()
    {
        var some = Enumerable.Range(1, 20).Select(n => Tutor(n)).ToArray();
        var ranked = Rank(some).Select(match => match.TutorId).ToArray();
        Assert.Equal(ranked, Rank([.. some.Reverse()]).Select(match => match.TutorId));
        Assert.Equal(ranked, ranked.Order());
    }

    [Fact]
    public void A_score_never_lies_above_what_was_thought_possible()
    {
        var wish = Asked(Wish);
        var wished = new WishedTimes(wish, Now);
        foreach (var end in (string[])["22:00", "22:07", "23:00"])
            foreach (var proBono in (bool[])[true, false])
            {
                var tutor = Tutor(1, end: end, proBono: proBono);
                var bits = new FreeTimes(Now, 30);
                bits.Clear(tutor.TutorId);
                foreach (var open in Slots.OpenBetween(tutor.Availability.Hours, bits.From, bits.To))
                    bits.Mark(tutor.TutorId, open, outward: true);
                var minutes = Assert.Single(bits.FreeMinutes(wished.Stretches)).Minutes;
                Assert.True(Assert.Single(Rank(tutor)).Score
                    <= Matches.AtMost(wish, tutor.Languages, tutor.Levels, proBono, (double)minutes / Matches.Weeks, wished.MinutesPerWeek));
            }
    }

    [Fact]
    public void A_bad_request_is_refused_with_its_member()
    {
        (MentorWish, string, string)[] bad =
        [
            (Wish with { Instrument = " " }, "invalid_instrument", "/instrument"),
            (Wish with { Instrument = new string('x', 41) }, "invalid_instrument", "/instrument"),
            (Wish with { Level = "expert" }, "unknown_level", "/level"),
            (Wish with { Languages = [] }, "no_language", "/languages"),
            (Wish with { Languages = ["ko", "Korean language"] }, "invalid_language", "/languages/1"),
            (Wish with { Languages = [.. Enumerable.Repeat("ko", 11)] }, "too_many", "/languages"),
            (Wish with { TimeZone = "Asia/Abu_Dhabi" }, "unknown_time_zone", "/timeZone"),
            (Wish with { WishedHours = [] }, "no_wished_hours", "/wishedHours"),
            (Wish with { WishedHours = [new(9, "16:00", "18:00")] }, "invalid_day", "/wishedHours/0/day"),
            (Wish with { WishedHours = [new(1, "16:00", "16:00")] }, "empty_window", "/wishedHours/0"),
            (Wish with { WishedHours = [.. Enumerable.Repeat(Wish.WishedHours[0], 51)] }, "too_many", "/wishedHours"),
            (Wish with { DurationMinutes = 5 }, "invalid_duration", "/durationMinutes"),
        ];
        Assert.All(bad, one =>
        {
            var decision = MentorRequest.Make(null, Id(50), one.Item1, Id(98), Now);
            Assert.Equal((one.Item2, one.Item3), (decision.Refusal?.Code, decision.Refusal?.Pointer));
            Assert.Empty(decision.Events);
        });
    }

    [Fact]
    public void A_request_made_again_writes_nothing()
    {
        var existing = MentorRequest.Create(Asked(Wish));
        Assert.True(MentorRequest.Make(existing, Id(50), Wish, Id(98), Now).ChangesNothing);
        Assert.Equal("request_exists", MentorRequest.Make(existing, Id(50), Wish with { StudentId = Id(97) }, Id(98), Now).Refusal?.Code);
    }
}

using Muse.Domain.Scheduling;

namespace Muse.Domain.Tests.Scheduling;

public class SeriesTests
{
    private static (IReadOnlyList<Occurrence> Occurrences, IReadOnlyList<SeriesNote> Notes) Preview(SeriesText text)
    {
        var wish = SeriesText.Read(text).Value;
        var occurrences = SeriesPreview.Compute(wish);
        return (occurrences, SeriesPreview.Notes(wish, occurrences));
    }

    [Fact]
    public void Nothing_is_noted_where_no_clock_changes() => Assert.Empty(Preview(Given.Series).Notes);

    [Fact]
    public void A_clock_change_of_one_side_is_said_in_plain_words()
    {
        var (_, notes) = Preview(Given.Series with { Zone = "Asia/Seoul", StartLocal = "2027-03-10T09:00:00", ViewerZone = "America/New_York", Count = 3 });
        var note = Assert.Single(notes);
        Assert.Equal((1, "viewer_moves"), (note.Index, note.Kind));
        Assert.Equal("From 2027-03-16 the lesson is at 20:00 in America/New_York, not at 19:00; Asia/Seoul keeps 09:00.", note.Text);
    }

    [Fact]
    public void Two_sides_that_change_on_different_Sundays_give_two_notes()
    {
        var (_, notes) = Preview(Given.Series with { Zone = "Europe/London", StartLocal = "2027-03-08T15:00:00", ViewerZone = "America/New_York", Count = 5 });
        Assert.Equal([(1, "viewer_moves"), (3, "viewer_moves")], notes.Select(note => (note.Index, note.Kind)));
    }

    [Fact]
    public void A_skipped_and_a_repeated_time_are_noted_for_that_one_lesson()
    {
        var gap = Preview(Given.Series with { Zone = "Europe/Berlin", StartLocal = "2027-03-21T02:30:00", ViewerZone = null, Count = 3 });
        Assert.Equal([LocalTimeKind.Unique, LocalTimeKind.Gap, LocalTimeKind.Unique], gap.Occurrences.Select(one => one.Kind));
        Assert.Equal("On 2027-03-28 the clocks in Europe/Berlin go forward over 02:30: this one lesson is at 03:30.", Assert.Single(gap.Notes).Text);
        var overlap = Preview(Given.Series with { Zone = "Europe/Berlin", StartLocal = "2027-10-31T02:30:00", ViewerZone = null, Count = 2 });
        Assert.Equal("repeated", Assert.Single(overlap.Notes).Kind);
        Assert.Equal("2027-10-31T00:30:00Z", TimeText.Of(overlap.Occurrences[0].Start));
    }

    [Fact]
    public void A_gap_of_a_day_says_the_other_date() => Assert.Contains("is at 09:00 on 2011-12-31",
        Assert.Single(Preview(Given.Series with { Zone = "Pacific/Apia", StartLocal = "2011-12-30T09:00:00", ViewerZone = null, Count = 1 }).Notes).Text);

    [Fact]
    public void A_lesson_lasts_its_elapsed_minutes_across_a_clock_change()
    {
        var (occurrences, _) = Preview(Given.Series with { Zone = "Europe/Berlin", StartLocal = "2027-03-28T01:30:00", Count = 1, DurationMinutes = 60 });
        Assert.Equal("2027-03-28T01:30:00Z", TimeText.Of(occurrences[0].End));
    }

    public static IEnumerable<TheoryDataRow<string, string, string>> Refusals => Bad().Select(bad => new TheoryDataRow<string, string, string>(bad.Name, bad.Code, bad.Pointer));

    private static IEnumerable<(string Name, SeriesText Text, string Code, string Pointer)> Bad()
    {
        var text = Given.Series;
        yield return ("zone", text with { Zone = "Asia/Abu_Dhabi" }, "unknown_time_zone", "/zone");
        yield return ("viewer", text with { ViewerZone = "UTC+4" }, "unknown_time_zone", "/viewerZone");
        yield return ("offset in local", text with { StartLocal = "2026-12-07T17:00:00+09:00" }, "invalid_local_time", "/startLocal");
        yield return ("date only", text with { StartLocal = "2026-12-07" }, "invalid_local_time", "/startLocal");
        yield return ("none", text with { Count = 0 }, "invalid_count", "/count");
        yield return ("521", text with { Count = 521 }, "series_too_long", "/count");
        yield return ("every 0 weeks", text with { IntervalWeeks = 0 }, "invalid_interval", "/intervalWeeks");
        yield return ("every 53 weeks", text with { IntervalWeeks = 53 }, "invalid_interval", "/intervalWeeks");
        yield return ("no duration", text with { DurationMinutes = 0 }, "invalid_duration", "/durationMinutes");
    }

    [Theory, MemberData(nameof(Refusals))]
    public void A_bad_series_is_refused_with_its_code_and_member(string name, string code, string pointer)
    {
        var refusal = SeriesText.Read(Bad().Single(bad => bad.Name == name).Text).Refusal;
        Assert.Equal((code, pointer), (refusal?.Code, refusal?.Pointer));
    }

    [Fact]
    public void The_longest_series_reaches_far_beyond_the_years_that_may_start_one()
    {
        var (occurrences, _) = Preview(Given.Series with { StartLocal = "2199-12-31T17:00:00", Count = 520, IntervalWeeks = 52 });
        Assert.Equal(520, occurrences.Count);
    }
}

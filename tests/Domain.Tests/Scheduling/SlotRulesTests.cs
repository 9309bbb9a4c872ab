using Muse.Domain.Scheduling;

namespace Muse.Domain.Tests.Scheduling;

public class SlotRulesTests
{
    [Theory]
    [InlineData("Asia/Abu_Dhabi", "Asia/Dubai")]
    [InlineData("asia/seoul", "Asia/Seoul")]
    [InlineData("Korea Standard Time", "Asia/Seoul")]
    [InlineData("Europe/Dubai", "Asia/Dubai")]
    [InlineData("KST", "Asia/Seoul")]
    public void An_unknown_zone_is_refused_with_the_one_that_was_probably_meant(string id, string hint)
    {
        var refusal = Zones.Find(id, "/tutorZone").Refusal!;
        Assert.Equal("unknown_time_zone", refusal.Code);
        Assert.Equal("/tutorZone", refusal.Pointer);
        Assert.Contains(hint, refusal.Detail);
    }

    [Theory]
    [InlineData("+09:00")]
    [InlineData("UTC+9")]
    [InlineData("UTC+09")]
    [InlineData("GMT+9")]
    [InlineData("")]
    [InlineData(" Asia/Seoul")]
    [InlineData("Asia/Seoul ")]
    [InlineData("Asia/Seoul\0")]
    [InlineData("ASIA/SEOUL")]
    [InlineData("local")]
    [InlineData(null)]
    public void Only_exact_ids_of_the_database_are_zones(string? id) => Assert.Equal("unknown_time_zone", Zones.Find(id).Refusal?.Code);

    [Theory]
    [InlineData("Asia/Seoul"), InlineData("Etc/GMT-9"), InlineData("UTC"), InlineData("America/Argentina/Buenos_Aires"), InlineData("Asia/Kathmandu")]
    public void Every_id_of_the_database_is_a_zone(string id) => Assert.Equal(id, Zones.Find(id).Value.Id);

    [Fact]
    public void A_long_id_is_not_repeated_whole() => Assert.True(Zones.Find(new string('x', 10_000)).Refusal!.Detail.Length < 300);

    public static IEnumerable<TheoryDataRow<string, string?, string>> Windows =>
    [
        new("17:00", "17:00", "empty_window"), new("00:00", "00:00", "empty_window"),
        new("24:00", "02:00", "invalid_time"), new("17:00", "24:01", "invalid_time"), new("17:00", "25:00", "invalid_time"),
        new("9:00", "10:00", "invalid_time"), new("09:60", "10:00", "invalid_time"), new("09:00:00", "10:00", "invalid_time"),
        new("", "10:00", "invalid_time"), new("09.00", "10:00", "invalid_time"), new("٠٩:٠٠", "10:00", "invalid_time"),
        new("-9:00", "10:00", "invalid_time"), new("09:00", null, "invalid_time"),
    ];

    [Theory, MemberData(nameof(Windows))]
    public void A_window_is_written_HH_mm_and_has_a_length(string start, string? end, string code)
    {
        Assert.Equal(code, SlotRules.Read(Given.Wish with { Weekly = [new(1, start, end!)] }).Refusal?.Code);
        Assert.Equal(code, SlotRules.Read(Given.Wish with { Overrides = [new("2026-12-07", [new(start, end!)])] }).Refusal?.Code);
    }

    public static IEnumerable<TheoryDataRow<string, string, string>> Refusals
    {
        get
        {
            foreach (var (name, wish, code, pointer) in Bad())
                yield return new(name, code, pointer);
        }
    }

    private static IEnumerable<(string Name, SlotWish Wish, string Code, string Pointer)> Bad()
    {
        var wish = Given.Wish;
        yield return ("tutor zone", wish with { TutorZone = "Asia/Abu_Dhabi" }, "unknown_time_zone", "/tutorZone");
        yield return ("viewer zone", wish with { ViewerZone = "KST" }, "unknown_time_zone", "/viewerZone");
        yield return ("no week", wish with { Weekly = null! }, "missing_member", "/weekly");
        yield return ("null window", wish with { Weekly = [null!] }, "missing_member", "/weekly/0");
        yield return ("day 0", wish with { Weekly = [new(1, "09:00", "10:00"), new(0, "09:00", "10:00")] }, "invalid_day", "/weekly/1/day");
        yield return ("day 8", wish with { Weekly = [new(8, "09:00", "10:00")] }, "invalid_day", "/weekly/0/day");
        yield return ("many windows", wish with { Weekly = [.. Enumerable.Repeat(wish.Weekly[0], 201)] }, "too_many", "/weekly");
        yield return ("zero step", wish with { StepMinutes = 0 }, "invalid_step", "/stepMinutes");
        yield return ("negative step", wish with { StepMinutes = -5 }, "invalid_step", "/stepMinutes");
        yield return ("huge step", wish with { StepMinutes = int.MaxValue }, "invalid_step", "/stepMinutes");
        yield return ("zero duration", wish with { DurationMinutes = 0 }, "invalid_duration", "/durationMinutes");
        yield return ("long duration", wish with { DurationMinutes = 1441 }, "invalid_duration", "/durationMinutes");
        yield return ("backwards", wish with { FromDate = "2026-12-08" }, "invalid_date_range", "/toDate");
        yield return ("93 days", wish with { ToDate = "2027-03-09" }, "date_range_too_long", "/toDate");
        yield return ("no date", wish with { FromDate = "2026-02-30" }, "invalid_date", "/fromDate");
        yield return ("date with time", wish with { ToDate = "2026-12-07T00:00" }, "invalid_date", "/toDate");
        yield return ("far year", wish with { FromDate = "9999-12-31", ToDate = "9999-12-31" }, "invalid_date", "/fromDate");
        yield return ("buffer", wish with { BufferBeforeMinutes = -1 }, "invalid_buffer", "/bufferBeforeMinutes");
        yield return ("buffer after", wish with { BufferAfterMinutes = 1441 }, "invalid_buffer", "/bufferAfterMinutes");
        yield return ("notice", wish with { MinimumNoticeMinutes = -1 }, "invalid_notice", "/minimumNoticeMinutes");
        yield return ("now", wish with { Now = "2026-12-07 08:00" }, "invalid_instant", "/now");
        yield return ("now without offset", wish with { Now = "2026-12-07T08:00:00" }, "invalid_instant", "/now");
        yield return ("busy", wish with { Busy = [new("x", "2026-12-07T08:00:00Z")] }, "invalid_instant", "/busy/0/start");
        yield return ("null busy", wish with { Busy = [null!] }, "invalid_instant", "/busy/0/start");
        yield return ("busy backwards", wish with { Busy = [new("2026-12-07T09:00:00Z", "2026-12-07T08:00:00Z")] }, "invalid_busy", "/busy/0/end");
        yield return ("busy empty", wish with { Busy = [new("2026-12-07T09:00:00Z", "2026-12-07T09:00:00Z")] }, "invalid_busy", "/busy/0/end");
        yield return ("override twice", wish with { Overrides = [new("2026-12-07", []), new("2026-12-07", [])] }, "duplicate_override", "/overrides/1/date");
        yield return ("override date", wish with { Overrides = [new("7.12.2026", [])] }, "invalid_date", "/overrides/0/date");
        yield return ("null override", wish with { Overrides = [null!] }, "invalid_date", "/overrides/0/date");
        yield return ("travel zone", wish with { Travel = [new("Berlin", "2026-12-07", "2026-12-08")] }, "unknown_time_zone", "/travel/0/zone");
        yield return ("travel backwards", wish with { Travel = [new("Europe/Berlin", "2026-12-09", "2026-12-08")] }, "invalid_date_range", "/travel/0/toDate");
        yield return ("two journeys", wish with
        {
            Travel = [new("Europe/Berlin", "2026-12-01", "2026-12-08"), new("Asia/Tokyo", "2026-12-08", "2026-12-09")],
        }, "overlapping_travel", "/travel/1");
    }

    [Theory, MemberData(nameof(Refusals))]
    public void A_bad_question_is_refused_with_its_code_and_member(string name, string code, string pointer)
    {
        var refusal = SlotRules.Read(Bad().Single(bad => bad.Name == name).Wish).Refusal;
        Assert.Equal((code, pointer), (refusal?.Code, refusal?.Pointer));
        Assert.Equal(RefusalKind.Invalid, refusal!.Kind);
    }

    [Fact]
    public void Ninety_two_days_are_allowed() => Assert.Null(SlotRules.Read(Given.Wish with { ToDate = "2027-03-08" }).Refusal);
}

using Muse.Domain.Scheduling;

namespace Muse.Domain.Tests.Scheduling;

public class SlotsTests
{
    private static SlotWish At(string zone, int day, string start, string end, string from, string to, int minutes = 60, int? step = null) =>
        Given.Wish with
        {
            TutorZone = zone,
            ViewerZone = zone,
            Weekly = [new(day, start, end)],
            FromDate = from,
            ToDate = to,
            DurationMinutes = minutes,
            StepMinutes = step,
        };

    [Fact]
    public void A_window_wholly_inside_a_gap_shifts_forward_and_keeps_its_length() =>
        // Both ends move by the gap, so 02:00-03:00 becomes 03:00-04:00 summer time.
        Assert.Equal("2027-03-28T01:00:00Z", Given.Starts(At("Europe/Berlin", 7, "02:00", "02:59", "2027-03-28", "2027-03-28", minutes: 59)));

    [Fact]
    public void A_window_whose_start_shifts_past_its_end_is_empty() =>
        // 02:30 does not exist and becomes 03:30; 03:15 exists and is earlier.
        Assert.Equal("", Given.Starts(At("Europe/Berlin", 7, "02:30", "03:15", "2027-03-28", "2027-03-28", minutes: 10)));

    [Fact]
    public void A_window_that_ends_inside_an_overlap_ends_at_the_first_of_the_two_readings() =>
        Assert.Equal("2027-10-30T23:30:00Z", Given.Starts(At("Europe/Berlin", 7, "01:30", "02:30", "2027-10-31", "2027-10-31")));

    [Fact]
    public void A_midnight_that_does_not_exist_starts_the_day_an_hour_later() =>
        // Cairo springs forward at midnight: Friday 30 April 2027 begins at 01:00.
        Assert.Equal("2027-04-29T22:00:00Z 2027-04-29T23:00:00Z", Given.Starts(At("Africa/Cairo", 5, "00:00", "03:00", "2027-04-30", "2027-04-30")));

    [Fact]
    public void The_date_that_Apia_skipped_has_no_hours_of_its_own_and_the_shifted_ones_merge_with_the_next()
    {
        var wish = Given.Wish with
        {
            TutorZone = "Pacific/Apia",
            ViewerZone = "Pacific/Apia",
            Weekly = [new(5, "09:00", "11:00"), new(6, "10:00", "12:00")],
            FromDate = "2011-12-29",
            ToDate = "2011-12-31",
        };
        // Friday 30 December never came: its window shifts by 24 hours into Saturday 09:00-11:00 and merges with 10:00-12:00.
        Assert.Equal("2011-12-30T19:00:00Z 2011-12-30T20:00:00Z 2011-12-30T21:00:00Z", Given.Starts(wish));
    }

    [Fact]
    public void A_viewer_25_hours_away_sees_the_slots_on_their_own_dates()
    {
        // Kiritimati (+14) and Pago Pago (-11): Monday there is Saturday evening and Sunday here.
        var wish = At("Pacific/Kiritimati", 1, "00:00", "24:00", "2026-12-05", "2026-12-05") with { ViewerZone = "Pacific/Pago_Pago" };
        var query = SlotRules.Read(wish).Value;
        var only = Assert.Single(Slots.Compute(query));
        Assert.Equal("2026-12-06T10:00:00Z", TimeText.Of(only.Start));
        Assert.Equal("2026-12-07T00:00:00+14:00", TimeText.Of(only.TutorLocal));
        Assert.Equal("2026-12-05T23:00:00-11:00", TimeText.Of(only.ViewerLocal));
        Assert.Equal(23, Slots.Compute(SlotRules.Read(wish with { FromDate = "2026-12-06", ToDate = "2026-12-06" }).Value).Count);
    }

    [Fact]
    public void A_window_across_midnight_belongs_to_the_day_it_starts_on_also_when_only_the_next_date_is_asked_for() =>
        Assert.Equal("2026-12-11T18:00:00Z 2026-12-11T18:30:00Z 2026-12-11T19:00:00Z",
            Given.Starts(At("Asia/Dhaka", 5, "22:30", "02:00", "2026-12-12", "2026-12-12", step: 30)));

    [Fact]
    public void Windows_that_touch_at_midnight_merge_so_that_a_lesson_may_cross_it()
    {
        var wish = At("Asia/Seoul", 1, "22:00", "24:00", "2026-12-07", "2026-12-08", minutes: 90) with
        {
            Weekly = [new(1, "22:00", "24:00"), new(2, "00:00", "01:00")],
        };
        Assert.Equal("2026-12-07T13:00:00Z 2026-12-07T14:30:00Z", Given.Starts(wish));
    }

    [Fact]
    public void Overlapping_windows_are_cut_once_from_the_earlier_start()
    {
        var wish = Given.Wish with { Weekly = [new(1, "17:30", "19:30"), new(1, "17:00", "18:00"), new(1, "17:15", "17:45")], StepMinutes = 45 };
        Assert.Equal("2026-12-07T08:00:00Z 2026-12-07T08:45:00Z 2026-12-07T09:30:00Z", Given.Starts(wish));
    }

    [Fact]
    public void The_steps_are_elapsed_time_across_a_clock_change() =>
        Assert.Equal("2027-03-27T23:00:00Z 2027-03-28T00:30:00Z 2027-03-28T02:00:00Z",
            Given.Starts(At("Europe/Berlin", 7, "00:00", "06:00", "2027-03-28", "2027-03-28", step: 90)));

    [Fact]
    public void A_busy_time_that_touches_is_free_and_the_grid_does_not_move()
    {
        var wish = Given.Wish with { Busy = [new("2026-12-07T08:30:00Z", "2026-12-07T09:00:00Z")], DurationMinutes = 30 };
        Assert.Equal("2026-12-07T08:00:00Z 2026-12-07T09:00:00Z 2026-12-07T09:30:00Z 2026-12-07T10:00:00Z 2026-12-07T10:30:00Z", Given.Starts(wish));
    }

    [Fact]
    public void A_busy_time_that_ends_within_a_second_of_the_start_takes_the_slot()
    {
        var wish = Given.Wish with { Busy = [new("2026-12-07T07:00:00Z", "2026-12-07T08:00:00.001Z")] };
        Assert.Equal("2026-12-07T09:00:00Z 2026-12-07T10:00:00Z", Given.Starts(wish));
    }

    [Fact]
    public void Buffers_widen_the_slot_on_their_own_side()
    {
        var busy = Given.Wish with { Busy = [new("2026-12-07T09:00:00Z", "2026-12-07T09:10:00Z")], DurationMinutes = 30 };
        Assert.Equal("2026-12-07T08:00:00Z 2026-12-07T09:30:00Z 2026-12-07T10:00:00Z 2026-12-07T10:30:00Z",
            Given.Starts(busy with { BufferAfterMinutes = 1 }));
        Assert.Equal("2026-12-07T08:00:00Z 2026-12-07T08:30:00Z 2026-12-07T10:00:00Z 2026-12-07T10:30:00Z",
            Given.Starts(busy with { BufferBeforeMinutes = 21 }));
        Assert.Equal("2026-12-07T08:00:00Z 2026-12-07T08:30:00Z 2026-12-07T09:30:00Z 2026-12-07T10:00:00Z 2026-12-07T10:30:00Z",
            Given.Starts(busy with { BufferBeforeMinutes = 20 }));
    }

    [Fact]
    public void What_the_viewer_has_to_do_takes_slots_without_the_tutors_buffers()
    {
        var query = SlotRules.Read(Given.Wish with { BufferBeforeMinutes = 60, BufferAfterMinutes = 60 }).Value;
        var other = new BusyTime(TimeText.ReadInstant("2026-12-07T09:00:00Z").Value, TimeText.ReadInstant("2026-12-07T10:00:00Z").Value);
        Assert.Equal(2, Slots.Compute(query with { ViewerBusy = [other] }).Count);
        Assert.Empty(Slots.Compute(query with { Busy = [other] }));
    }

    [Theory]
    [InlineData(null, 100_000, 3)]
    [InlineData("2026-12-07T07:00:00Z", 60, 3)]
    [InlineData("2026-12-07T07:00:01Z", 60, 2)]
    [InlineData("2026-12-07T07:00:00.5Z", 60, 2)]
    [InlineData("2026-12-07T10:00:00Z", 0, 1)]
    [InlineData("2026-12-07T10:00:01Z", 0, 0)]
    public void Notice_counts_in_elapsed_minutes_and_only_from_a_given_now(string? now, int notice, int slots) =>
        Assert.Equal(slots, Slots.Compute(SlotRules.Read(Given.Wish with { Now = now, MinimumNoticeMinutes = notice }).Value).Count);

    [Fact]
    public void An_override_replaces_the_windows_that_start_on_its_date_and_leaves_those_that_reach_into_it()
    {
        var wish = Given.Wish with
        {
            Weekly = [new(7, "22:00", "02:00"), new(1, "17:00", "20:00")],
            Overrides = [new("2026-12-07", [new("10:00", "11:00")])],
            ViewerZone = "Asia/Seoul",
        };
        Assert.Equal("2026-12-06T15:00:00Z 2026-12-06T16:00:00Z 2026-12-07T01:00:00Z", Given.Starts(wish));
        Assert.Equal("2026-12-06T15:00:00Z 2026-12-06T16:00:00Z", Given.Starts(wish with { Overrides = [new("2026-12-07", [])] }));
        Assert.Equal("2026-12-06T15:00:00Z 2026-12-06T16:00:00Z", Given.Starts(wish with { Overrides = [new("2026-12-07")] }));
        Assert.Equal("2026-12-07T08:00:00Z 2026-12-07T09:00:00Z 2026-12-07T10:00:00Z", Given.Starts(wish with { Overrides = [new("2026-12-06")] }));
    }

    [Fact]
    public void An_override_may_open_a_date_that_the_week_does_not() =>
        Assert.Equal("2026-12-09T00:00:00Z", Given.Starts(Given.Wish with
        {
            Overrides = [new("2026-12-09", [new("09:00", "10:00")])],
            FromDate = "2026-12-08",
            ToDate = "2026-12-10",
        }));

    [Fact]
    public void A_travelling_tutor_keeps_the_wall_time_in_the_other_zone()
    {
        var wish = Given.Wish with
        {
            Travel = [new("Europe/Berlin", "2026-12-10", "2026-12-16")],
            FromDate = "2026-12-07",
            ToDate = "2026-12-21",
            Weekly = [new(1, "17:00", "18:00")],
        };
        var slots = Slots.Compute(SlotRules.Read(wish).Value);
        Assert.Equal(["2026-12-07T17:00:00+09:00", "2026-12-14T17:00:00+01:00", "2026-12-21T17:00:00+09:00"], slots.Select(slot => TimeText.Of(slot.TutorLocal)));
        Assert.Equal(["2026-12-07T12:00:00+04:00", "2026-12-14T20:00:00+04:00", "2026-12-21T12:00:00+04:00"], slots.Select(slot => TimeText.Of(slot.ViewerLocal)));
    }

    [Fact]
    public void Hours_of_two_zones_that_meet_while_travelling_merge_in_the_order_of_time()
    {
        // Tuesday 00:00-04:00 in Seoul lies before Monday 17:00-19:00 in New York ends.
        var wish = Given.Wish with
        {
            Weekly = [new(1, "17:00", "19:00"), new(2, "07:00", "09:00")],
            Travel = [new("America/New_York", "2026-12-07", "2026-12-07")],
            ViewerZone = "Etc/UTC",
            FromDate = "2026-12-07",
            ToDate = "2026-12-08",
        };
        // New York Monday = 22:00-24:00Z, Seoul Tuesday = 22:00-24:00Z: one window.
        Assert.Equal("2026-12-07T22:00:00Z 2026-12-07T23:00:00Z", Given.Starts(wish));
    }

    [Fact]
    public void A_slot_after_the_hours_abroad_have_closed_is_shown_on_the_clock_of_the_hours_that_are_still_open()
    {
        // Sunday 18:00 to Monday 12:00 in Sao Paulo = 20:00-14:00Z; in it Monday 18:00-20:00 in Kiritimati = 04:00-06:00Z.
        var wish = Given.Wish with
        {
            TutorZone = "America/Sao_Paulo",
            Weekly = [new(7, "18:00", "12:00"), new(1, "18:00", "20:00")],
            Travel = [new("Pacific/Kiritimati", "2018-11-05", "2018-11-05")],
            ViewerZone = "Etc/UTC",
            FromDate = "2018-11-05",
            ToDate = "2018-11-05",
        };
        var local = Slots.Compute(SlotRules.Read(wish).Value).ToDictionary(slot => TimeText.Of(slot.Start), slot => TimeText.Of(slot.TutorLocal));
        Assert.Equal("2018-11-05T01:00:00-02:00", local["2018-11-05T03:00:00Z"]);
        Assert.Equal("2018-11-05T18:00:00+14:00", local["2018-11-05T04:00:00Z"]);
        Assert.Equal("2018-11-05T19:00:00+14:00", local["2018-11-05T05:00:00Z"]);
        Assert.Equal("2018-11-05T04:00:00-02:00", local["2018-11-05T06:00:00Z"]);
        Assert.Equal("2018-11-05T08:00:00-02:00", local["2018-11-05T10:00:00Z"]);
    }

    [Fact]
    public void Ramadan_moves_the_clock_of_Casablanca_back_for_a_month()
    {
        // 2026: Morocco stood at +00 from 15 February to 22 March, at +01 before and after.
        var wish = At("Africa/Casablanca", 1, "17:00", "18:00", "2026-02-09", "2026-03-23");
        Assert.Equal("2026-02-09T16:00:00Z 2026-02-16T17:00:00Z 2026-02-23T17:00:00Z 2026-03-02T17:00:00Z 2026-03-09T17:00:00Z " +
            "2026-03-16T17:00:00Z 2026-03-23T16:00:00Z", Given.Starts(wish));
    }

    [Fact]
    public void A_tutor_who_never_closes_has_slots_through_every_night()
    {
        var wish = Given.Wish with { Weekly = [.. Enumerable.Range(1, 7).Select(day => new WeeklyHours(day, "00:00", "24:00"))], ToDate = "2026-12-13" };
        Assert.Equal(7 * 24, Slots.Compute(SlotRules.Read(wish).Value).Count);
    }

    [Fact]
    public void A_tutor_who_never_closes_offers_the_same_row_whatever_dates_are_asked_for()
    {
        var wish = Given.Wish with { Weekly = [.. Enumerable.Range(1, 7).Select(day => new WeeklyHours(day, "00:00", "24:00"))], DurationMinutes = 50 };
        var month = Slots.Compute(SlotRules.Read(wish with { ToDate = "2027-01-06" }).Value).Select(slot => slot.Start).ToArray();
        var days = Enumerable.Range(0, 31).SelectMany(day =>
        {
            var date = TimeText.Of(TimeText.ReadDate(wish.FromDate).Value.PlusDays(day));
            return Slots.Compute(SlotRules.Read(wish with { FromDate = date, ToDate = date }).Value);
        }).Select(slot => slot.Start);
        Assert.Equal(month, days);
        Assert.All(month.Zip(month.Skip(1)), pair => Assert.Equal(50, (pair.Second - pair.First).TotalMinutes));
    }

    [Fact]
    public void A_long_merged_window_is_cut_from_its_true_start_however_far_back()
    {
        // Open without a break from Tuesday 1 December 00:10 to the 31st by 30 overrides; 50-minute steps reveal the start.
        var wish = Given.Wish with
        {
            TutorZone = "Etc/UTC",
            ViewerZone = "Etc/UTC",
            Weekly = [],
            Overrides = [new("2026-12-01", [new("00:10", "24:00")]), .. Enumerable.Range(2, 30).Select(day => new HoursOnDate($"2026-12-{day:00}", [new("00:00", "24:00")]))],
            FromDate = "2026-12-30",
            ToDate = "2026-12-30",
            DurationMinutes = 50,
        };
        // 29 days less 10 minutes = 41,750 minutes = 835 steps of 50.
        Assert.StartsWith("2026-12-30T00:00:00Z 2026-12-30T00:50:00Z", Given.Starts(wish));
    }

    [Fact]
    public void A_slot_is_listed_by_the_date_of_its_start_only() =>
        Assert.Equal("2026-12-07T14:30:00Z", Given.Starts(At("Asia/Seoul", 1, "23:30", "01:30", "2026-12-07", "2026-12-07")));

    [Fact]
    public void The_list_ends_with_the_most_that_were_asked_for() =>
        Assert.Single(Slots.Compute(SlotRules.Read(Given.Wish).Value with { Most = 1 }));

    [Theory]
    [InlineData("2026-12-07T08:00:00Z", "2026-12-07T11:00:00Z", true)]
    [InlineData("2026-12-07T08:20:00Z", "2026-12-07T09:10:00Z", true)]
    [InlineData("2026-12-07T07:59:59Z", "2026-12-07T09:00:00Z", false)]
    [InlineData("2026-12-07T10:30:00Z", "2026-12-07T11:00:01Z", false)]
    [InlineData("2026-12-08T08:00:00Z", "2026-12-08T09:00:00Z", false)]
    public void A_time_is_open_when_all_of_it_lies_inside_a_window(string start, string end, bool open)
    {
        var hours = OpeningHours.Read("Asia/Seoul", [new(1, "17:00", "20:00")]).Value;
        Assert.Equal(open, Slots.IsOpen(hours, TimeText.ReadInstant(start).Value, TimeText.ReadInstant(end).Value));
    }
}

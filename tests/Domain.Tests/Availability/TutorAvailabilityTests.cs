using Muse.Domain.Availability;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Tests.Availability;

public class TutorAvailabilityTests
{
    private static readonly Guid Tutor = Guid.Parse("01940000-0000-7000-8000-000000000001");
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0) + Duration.FromNanoseconds(1_234);

    internal static readonly AvailabilityWish Wish = new()
    {
        TimeZone = "Asia/Seoul",
        Weekly = [new(1, "17:00", "20:00")],
        DurationsMinutes = [50, 25],
        MinimumNoticeMinutes = 60,
        HorizonDays = 30,
    };

    private static TutorAvailability Given(AvailabilityWish wish) =>
        TutorAvailability.Create((AvailabilitySet)TutorAvailability.Set(null, Tutor, wish, Now).Events.Single());

    private static Refusal? Refused(AvailabilityWish wish)
    {
        var decision = TutorAvailability.Set(null, Tutor, wish, Now);
        Assert.Equal(decision.IsRefused, decision.Events.Count == 0);
        return decision.Refusal;
    }

    [Fact]
    public void What_is_left_out_gets_its_default_and_the_rules_version_is_kept()
    {
        var set = Given(new() { TimeZone = "Asia/Seoul", Weekly = [], DurationsMinutes = [50] }).Rules;
        Assert.Equal("2026f", set.TimeZoneDatabase);
        Assert.Equal((0, 0, 0, 60, null), (set.BufferBeforeMinutes, set.BufferAfterMinutes, set.MinimumNoticeMinutes, set.HorizonDays, set.StepMinutes));
        Assert.Equal(Now.Cut(), set.At);
    }

    [Fact]
    public void The_same_hours_said_again_change_nothing()
    {
        var wish = Wish with { Overrides = [new("2026-12-25")], Travel = [new("Europe/Berlin", "2027-01-01", "2027-01-02")] };
        Assert.True(TutorAvailability.Set(Given(wish), Tutor, wish with { Weekly = [new(1, "17:00", "20:00")], DurationsMinutes = [25, 50] }, Now).ChangesNothing);
        var more = wish with { Weekly = [new(1, "17:00", "20:00"), new(6, "10:00", "13:00")], Overrides = [new("2026-12-25"), new("2026-12-26")] };
        Assert.True(TutorAvailability.Set(
            Given(more), Tutor, more with { Weekly = [.. more.Weekly.Reverse()], Overrides = [.. more.Overrides!.Reverse()] }, Now).ChangesNothing);
    }

    [Fact]
    public void Every_member_that_differs_is_a_change()
    {
        var existing = Given(Wish);
        AvailabilityWish[] others =
        [
            Wish with { TimeZone = "Asia/Tokyo" }, Wish with { Weekly = [] }, Wish with { Overrides = [new("2026-12-25")] },
            Wish with { Travel = [new("Europe/Berlin", "2027-01-01", "2027-01-02")] }, Wish with { DurationsMinutes = [50] },
            Wish with { StepMinutes = 30 }, Wish with { BufferBeforeMinutes = 5 }, Wish with { BufferAfterMinutes = 5 },
            Wish with { MinimumNoticeMinutes = 61 }, Wish with { HorizonDays = 31 },
        ];
        Assert.All(others, other => Assert.Single(TutorAvailability.Set(existing, Tutor, other, Now).Events));
    }

    [Fact]
    public void Bad_hours_are_refused_with_their_member()
    {
        (AvailabilityWish, string, string)[] bad =
        [
            (Wish with { TimeZone = "Asia/Abu_Dhabi" }, "unknown_time_zone", "/timeZone"),
            (Wish with { Weekly = [new(1, "17:00", "17:00")] }, "empty_window", "/weekly/0"),
            (Wish with { Weekly = [new(0, "17:00", "18:00")] }, "invalid_day", "/weekly/0/day"),
            (Wish with { DurationsMinutes = [] }, "no_duration", "/durationsMinutes"),
            (Wish with { DurationsMinutes = [50, 9] }, "invalid_duration", "/durationsMinutes/1"),
            (Wish with { DurationsMinutes = [241] }, "invalid_duration", "/durationsMinutes/0"),
            (Wish with { DurationsMinutes = [50, 50] }, "duplicate_duration", "/durationsMinutes/1"),
            (Wish with { DurationsMinutes = [.. Enumerable.Range(10, 11)] }, "too_many", "/durationsMinutes"),
            (Wish with { StepMinutes = 0 }, "invalid_step", "/stepMinutes"),
            (Wish with { BufferBeforeMinutes = -1 }, "invalid_buffer", "/bufferBeforeMinutes"),
            (Wish with { BufferAfterMinutes = 2000 }, "invalid_buffer", "/bufferAfterMinutes"),
            (Wish with { MinimumNoticeMinutes = -1 }, "invalid_notice", "/minimumNoticeMinutes"),
            (Wish with { HorizonDays = 0 }, "invalid_horizon", "/horizonDays"),
            (Wish with { HorizonDays = 367 }, "invalid_horizon", "/horizonDays"),
        ];
        Assert.All(bad, one => Assert.Equal((one.Item2, one.Item3), (Refused(one.Item1)?.Code, Refused(one.Item1)?.Pointer)));
    }

    [Theory]
    [InlineData("2026-12-07T08:00:00Z", 50, null)]
    [InlineData("2026-12-07T10:10:00Z", 50, null)]
    [InlineData("2026-12-07T10:11:00Z", 50, "outside_availability")]
    [InlineData("2026-12-07T08:00:00Z", 60, "duration_not_offered")]
    [InlineData("2026-12-01T08:59:00Z", 50, "too_short_notice")]
    [InlineData("2026-12-01T09:30:00Z", 50, "outside_availability")]
    [InlineData("2027-01-04T08:00:00Z", 50, "beyond_horizon")]
    public void A_time_is_refused_by_the_tutors_own_rules(string start, int minutes, string? code) =>
        Assert.Equal(code, Given(Wish).Refuses(TimeText.ReadInstant(start).Value, minutes, Now)?.Code);

    [Fact]
    public void Every_slot_that_is_offered_may_be_asked_for()
    {
        var availability = Given(Wish with { StepMinutes = 15 });
        var slots = Slots.Compute(availability.Ask(DateTimeZone.Utc, new(2026, 12, 1), new(2027, 1, 31), 25, [], [], Now));
        Assert.NotEmpty(slots);
        Assert.All(slots, slot => Assert.Null(availability.Refuses(slot.Start, 25, Now)));
    }
}

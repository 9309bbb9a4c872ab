using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Domain.Tests.Meetings;

public class NextTryTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 12, 7, 8, 0);
    private static readonly Instant End = Start + Duration.FromMinutes(50);

    private static Duration? PauseAfter(int failures, Duration before) =>
        NextTry.After(failures, Start - before, Start, End) - (Start - before);

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 5)]
    [InlineData(3, 15)]
    [InlineData(4, 30)]
    [InlineData(5, 60)]
    [InlineData(6, 360)]
    [InlineData(100, 360)]
    public void Pauses_grow_and_are_bounded(int failures, int minutes) =>
        Assert.Equal(Duration.FromMinutes(minutes), PauseAfter(failures, Duration.FromDays(3)));

    [Theory]
    // On its last day at least every hour, in the last quarter of an hour every two minutes, and so on to its end.
    [InlineData(6, 12 * 60, 60)]
    [InlineData(3, 12 * 60, 15)]
    [InlineData(6, 10, 2)]
    [InlineData(1, 10, 2)]
    [InlineData(50, -40, 2)]
    // The marks themselves are not slept through, and none comes sooner than its own pause.
    [InlineData(6, (26 * 60) + 30, 150)]
    [InlineData(6, (24 * 60) + 10, 60)]
    [InlineData(4, 40, 25)]
    [InlineData(4, 16, 2)]
    public void The_nearer_the_lesson_the_more_often(int failures, int minutesBefore, int minutes) =>
        Assert.Equal(Duration.FromMinutes(minutes), PauseAfter(failures, Duration.FromMinutes(minutesBefore)));

    [Theory]
    [InlineData(48, false)]
    [InlineData(47, true)]
    [InlineData(600, false)]
    public void Nothing_is_tried_at_the_lessons_end_or_after_it(int minutesAfterTheStart, bool again) =>
        Assert.Equal(again, NextTry.After(1, Start + Duration.FromMinutes(minutesAfterTheStart), Start, End) is not null);

    [Fact]
    public void Whenever_it_fails_the_next_try_is_two_minutes_to_six_hours_later()
    {
        var cases = Gen.Choose(1, 200).SelectMany(failures => Gen.Choose(-45, 60 * 24 * 60).Select(before => (failures, before)));
        Prop.ForAll(cases.ToArbitrary(), c =>
            PauseAfter(c.failures, Duration.FromMinutes(c.before)) is { } pause
            && pause >= Duration.FromMinutes(2) && pause <= Duration.FromHours(6)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_month_of_failures_is_some_hundred_tries()
    {
        var (tries, at) = (0, (Instant?)(Start - Duration.FromDays(30)));
        while (at is { } failed)
            at = NextTry.After(++tries, failed, Start, End);
        Assert.InRange(tries, 100, 200);
    }
}

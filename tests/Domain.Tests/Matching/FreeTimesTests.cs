using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Matching;
using NodaTime;
using Interval = NodaTime.Interval;

namespace Muse.Domain.Tests.Matching;

public class FreeTimesTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 7, 8, 0);
    private static readonly Guid A = Guid.NewGuid(), B = Guid.NewGuid();

    private static Interval At(int fromMinute, int toMinute) => new(Now + Duration.FromMinutes(fromMinute), Now + Duration.FromMinutes(toMinute));

    private static FreeTimes With(params Interval[] free)
    {
        var times = new FreeTimes(Now, 28);
        times.Clear(A);
        foreach (var stretch in free)
            times.Mark(A, stretch);
        return times;
    }

    [Fact]
    public void The_free_minutes_of_all_stretches_are_counted_for_each_tutor_who_has_any()
    {
        var times = With(At(0, 60), At(60, 120), At(9_990, 10_050));
        times.Clear(B);
        times.Mark(B, At(0, 60));
        Assert.Equal([(A, 60), (B, 60)], times.FreeMinutes([At(0, 60)]));
        Assert.Equal([(A, 90), (B, 45)], times.FreeMinutes([At(15, 105)]));
        Assert.Equal([(A, 120), (B, 15)], times.FreeMinutes([At(45, 150), At(9_990, 10_035)]));
        Assert.Equal([(A, 60)], times.FreeMinutes([At(60, 120)]));
        Assert.Empty(times.FreeMinutes([At(120, 9_990)]));
    }

    [Fact]
    public void Nobody_is_known_to_be_free_outside_the_range()
    {
        var times = With(new Interval(Now - Duration.FromDays(50), Now + Duration.FromDays(100)));
        var (before, after) = (times.From - Duration.FromMinutes(15), times.To + Duration.FromMinutes(15));
        Assert.Equal([(A, (int)(times.To - times.From).TotalMinutes)], times.FreeMinutes([new(before, after)]));
        Assert.Equal([(A, 15)], times.FreeMinutes([new(before, times.From + Duration.FromMinutes(15))]));
        Assert.Equal([(A, 15)], times.FreeMinutes([new(times.To - Duration.FromMinutes(15), after)]));
        Assert.Empty(times.FreeMinutes([new(before, times.From), new(times.To, after)]));
    }

    [Fact]
    public void A_quarter_that_is_only_touched_counts_when_rounding_outward_only()
    {
        var times = With(At(5, 40));
        Assert.Equal((A, 15), Assert.Single(times.FreeMinutes([At(0, 60)])));
        times.Mark(A, At(5, 40), outward: true);
        Assert.Equal((A, 45), Assert.Single(times.FreeMinutes([At(0, 60)])));
    }

    [Fact]
    public void Clearing_a_known_tutor_empties_the_row()
    {
        var times = With(At(0, 60));
        times.Clear(A);
        Assert.Empty(times.FreeMinutes([At(0, 60)]));
        Assert.Equal(1, times.Count);
    }

    [Fact]
    public void Bits_say_what_a_walk_over_the_quarters_says() =>
        Prop.ForAll((from marks in (from start in Gen.Choose(0, 2000) from length in Gen.Choose(1, 300) select At(start * 5, (start + length) * 5)).ListOf()
                     from start in Gen.Choose(0, 700)
                     from length in Gen.Choose(1, 40)
                     from outward in Gen.Elements(true, false)
                     select (Marks: marks.ToArray(), Asked: At(start * 15, (start + length) * 15), Outward: outward)).ToArbitrary(), given =>
        {
            var times = With();
            foreach (var mark in given.Marks)
                times.Mark(A, mark, given.Outward);
            var quarters = Enumerable.Range(0, (int)given.Asked.Duration.TotalMinutes / 15)
                .Select(i => new Interval(given.Asked.Start + Duration.FromMinutes(i * 15), given.Asked.Start + Duration.FromMinutes((i + 1) * 15)))
                .Count(quarter => given.Marks.Any(mark => given.Outward
                    ? mark.Start < quarter.End && quarter.Start < mark.End
                    : mark.Start <= quarter.Start && quarter.End <= mark.End));
            return times.FreeMinutes([given.Asked]).Select(one => one.Minutes).SingleOrDefault() == quarters * 15;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
}

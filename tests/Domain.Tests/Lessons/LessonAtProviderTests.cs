using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Domain.Tests.Lessons;

/// <summary>Attendance that a provider reports, on a lesson on Monday from 8:00 to 8:50 UTC.</summary>
public class LessonAtProviderTests
{
    private const string Zoom = "zoom";
    private static readonly Guid Id = Guid.Parse("00000000-0000-7000-8000-00000000000d");
    private static readonly Who Tutor = new(Guid.Parse("00000000-0000-7000-8000-000000000001"), Part.Tutor);
    private static readonly Who Student = new(Guid.Parse("00000000-0000-7000-8000-000000000002"), Part.Student);
    private static readonly Instant Start = Instant.FromUtc(2026, 12, 7, 8, 0);
    private static readonly Instant Later = Start + Duration.FromHours(3);
    private static readonly Guid Laptop = Guid.Parse("00000000-0000-7000-8000-0000000000f1");
    private static readonly Guid Tablet = Guid.Parse("00000000-0000-7000-8000-0000000000f2");

    private static Instant Minute(int minute) => Start + Duration.FromMinutes(minute);

    private static Lesson Scheduled()
    {
        var time = new PlannedTime(Start.InUtc().LocalDateTime, "Etc/UTC", "2026f", Start, 50);
        return Lesson.Create(new LessonScheduled(
            Id, Guid.Empty, Guid.Empty, Guid.Empty, time, "https://muse.example/lessons/1", Zoom, Tutor, Start - Duration.FromDays(1)));
    }

    private static Lesson Fold(Lesson lesson, Decision decision)
    {
        Assert.False(decision.IsRefused, decision.Refusal?.Code);
        return decision.Events.Aggregate(lesson, (state, e) => e switch
        {
            ParticipantJoined j => state.Apply(j),
            ParticipantLeft l => state.Apply(l),
            EveryoneLeft o => state.Apply(o),
            LessonStarted s => state.Apply(s),
            LessonEnded x => state.Apply(x),
            LessonCancelled c => state.Apply(c),
            _ => throw new InvalidOperationException(e.GetType().Name),
        });
    }

    private static Lesson Came(Lesson lesson, Guid stay, Who who, int minute) => Fold(lesson, lesson.Came(stay, who, Zoom, Minute(minute), Minute(minute)));

    [Fact]
    public void The_lesson_starts_when_the_tutor_and_another_are_there_by_the_providers_clock()
    {
        var alone = Came(Scheduled(), Laptop, Tutor, 1);
        Assert.Equal(LessonState.Scheduled, alone.State);
        var met = alone.Came(Tablet, Student, Zoom, Minute(4), Minute(6));
        Assert.Equal([new ParticipantJoined(Id, Tablet, Student, Minute(4), Zoom), new LessonStarted(Id, Minute(4))], met.Events);
    }

    [Fact]
    public void A_guest_whom_Muse_does_not_know_counts_as_the_other_side_and_two_guests_start_nothing()
    {
        var met = Came(Came(Scheduled(), Laptop, Tutor, 1), Tablet, Who.Guest, 2);
        Assert.Equal(LessonState.Started, met.State);
        Assert.Equal(LessonState.Scheduled, Came(Came(Scheduled(), Laptop, Who.Guest, 1), Tablet, Student, 2).State);
    }

    [Fact]
    public void Trying_the_meeting_the_day_before_starts_no_lesson()
    {
        const int dayBefore = -24 * 60;
        var lesson = Came(Came(Scheduled(), Laptop, Tutor, dayBefore), Tablet, Student, dayBefore + 1);
        lesson = Fold(lesson, lesson.EveryoneWent(Zoom, Minute(dayBefore + 5), Minute(dayBefore + 5)));
        Assert.Equal(LessonState.Scheduled, lesson.State);
        Assert.Empty(lesson.Present);
    }

    [Fact]
    public void Who_came_early_and_stayed_starts_it_when_the_room_opens()
    {
        var lesson = Came(Came(Scheduled(), Laptop, Tutor, -30), Tablet, Student, -20);
        Assert.Equal(LessonState.Scheduled, lesson.State);
        var gone = lesson.Went(Tablet, Student, Zoom, Minute(40), Minute(40));
        Assert.Contains(new LessonStarted(Id, Minute(-10)), gone.Events);
    }

    [Fact]
    public void Leaving_that_is_told_before_coming_ends_with_nobody_there()
    {
        var lesson = Fold(Scheduled(), Scheduled().Went(Tablet, Student, Zoom, Minute(9), Minute(10)));
        lesson = Fold(lesson, lesson.Came(Tablet, Student, Zoom, Minute(2), Minute(11)));
        Assert.Empty(lesson.Present);
        Assert.True(lesson.Came(Tablet, Student, Zoom, Minute(2), Minute(12)).ChangesNothing);
        Assert.True(lesson.Went(Tablet, Student, Zoom, Minute(9), Minute(12)).ChangesNothing);
    }

    [Theory]
    [InlineData(40, false)]
    [InlineData(50, true)]
    [InlineData(55, true)]
    public void A_meeting_that_is_over_ends_the_lesson_after_its_planned_end_and_empties_it_before(int minute, bool ends)
    {
        var lesson = Came(Came(Scheduled(), Laptop, Tutor, 1), Tablet, Student, 2);
        var after = Fold(lesson, lesson.EveryoneWent(Zoom, Minute(minute), Minute(minute)));
        Assert.Empty(after.Present);
        Assert.Equal(ends ? LessonState.Ended : LessonState.Started, after.State);
        Assert.True(after.EveryoneWent(Zoom, Minute(minute), Later).ChangesNothing);
        // Before the end they may come back.
        if (!ends)
            Assert.Single(Came(after, Guid.NewGuid(), Student, minute + 1).Present);
    }

    [Fact]
    public void What_is_told_after_the_end_is_noted_and_changes_no_state()
    {
        var ended = Fold(Scheduled(), Scheduled().End(Minute(50)));
        var lesson = Fold(ended, ended.Came(Laptop, Tutor, Zoom, Minute(1), Later));
        var met = lesson.Came(Tablet, Student, Zoom, Minute(2), Later);
        Assert.Contains(new LessonStarted(Id, Minute(2)), met.Events);
        lesson = Fold(lesson, met);
        Assert.Equal((LessonState.Ended, true), (lesson.State, lesson.HaveMet));
        Assert.Empty(lesson.Present);
    }

    [Fact]
    public void A_cancelled_lesson_takes_no_reports()
    {
        var off = Fold(Scheduled(), Scheduled().Cancel(Tutor, null, Minute(-60)));
        Assert.True(off.Came(Laptop, Tutor, Zoom, Minute(1), Minute(1)).ChangesNothing);
        Assert.True(off.Went(Laptop, Tutor, Zoom, Minute(1), Minute(1)).ChangesNothing);
        Assert.True(off.EveryoneWent(Zoom, Minute(60), Minute(60)).ChangesNothing);
    }

    [Fact]
    public void A_clock_that_is_ahead_cannot_tell_of_the_future() => Assert.Equal(
        new ParticipantJoined(Id, Laptop, Tutor, Minute(1), Zoom),
        Assert.Single(Scheduled().Came(Laptop, Tutor, Zoom, Later, Minute(1)).Events));

    [Fact]
    public void A_crowd_of_strangers_is_not_kept_for_ever()
    {
        var lesson = Scheduled();
        for (var i = 0; i < Lesson.MostVisits + 10; i++)
            lesson = Came(lesson, Guid.NewGuid(), Who.Guest, 1);
        Assert.Equal(Lesson.MostVisits, lesson.Visits.Count);
    }

    private sealed record Report(string Kind, Guid Stay, Who Who, int Minute);

    /// <summary>Stays of a few people with their comings and goings, some of which are never told, and perhaps an end of the meeting.</summary>
    private static Gen<Report[]> Reports() =>
        from stays in (from who in Gen.Elements(Tutor, Student, Who.Guest)
                       from stay in Gen.Choose(0, int.MaxValue)
                       from came in Gen.Choose(-30, 49)
                       from minutes in Gen.Choose(0, 60)
                       from told in Gen.Elements("both", "came", "went")
                       select (who, stay, came, minutes, told)).ListOf()
        from over in Gen.Elements<int?>(null, 20, 50, 64)
        select stays.SelectMany((s, i) =>
        {
            var id = new Guid(s.stay, (short)i, 0, new byte[8]);
            return new Report?[]
            {
                s.told is "both" or "came" ? new Report("came", id, s.who, s.came) : null,
                s.told is "both" or "went" ? new Report("went", id, s.who, s.came + s.minutes) : null,
            };
        }).OfType<Report>().Concat(over is { } at ? [new Report("over", Guid.Empty, Who.Clock, at)] : []).ToArray();

    private static Lesson After(IEnumerable<Report> reports)
    {
        var lesson = reports.Aggregate(Scheduled(), (state, r) => Fold(state, r.Kind switch
        {
            "came" => state.Came(r.Stay, r.Who, Zoom, Minute(r.Minute), Later),
            "went" => state.Went(r.Stay, r.Who, Zoom, Minute(r.Minute), Later),
            _ => state.EveryoneWent(Zoom, Minute(r.Minute), Later),
        }));
        return Fold(lesson, lesson.End(Later));
    }

    [Fact]
    public void Reports_in_any_order_and_told_twice_end_in_the_same_state() =>
        Prop.ForAll(
            (from reports in Reports() from shuffled in Gen.Shuffle(reports.Concat(reports).ToArray()) select (reports, shuffled)).ToArbitrary(), both =>
            {
                var (ordered, shuffled) = (After(both.reports.OrderBy(r => r.Minute)), After(both.shuffled));
                Assert.Equal(ordered.State, shuffled.State);
                // A going that is told after somebody else's later coming makes the two look together: a start is never missed, and may be
                // told where there was none, in the order of time, too. Who knows of every going beforehand is not deceived.
                var undeceived = After(both.reports.OrderBy(r => r.Kind == "came"));
                Assert.True(!undeceived.HaveMet || (ordered.HaveMet && shuffled.HaveMet));
                Assert.Equal(ordered.Present.Keys.Order(), shuffled.Present.Keys.Order());
                Assert.Equal(ordered.Visits.OrderBy(v => v.Key), shuffled.Visits.OrderBy(v => v.Key));
                Assert.Equal(ordered.OverAt.OrderBy(v => v.Key), shuffled.OverAt.OrderBy(v => v.Key));
            }).QuickCheckThrowOnFailure();
}

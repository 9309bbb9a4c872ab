using Muse.Domain.Lessons;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Tests.Lessons;

public class RezoningTests
{
    private static readonly Guid Tutor = Guid.Parse("00000000-0000-7000-8000-000000000001");
    private static readonly Guid Student = Guid.Parse("00000000-0000-7000-8000-000000000002");

    /// <summary>Resolved an hour too early, as by rules that no longer hold.</summary>
    private static HeldLesson Old(int hour, string zone = "Asia/Seoul", int wrongHours = 1)
    {
        var local = new LocalDateTime(2027, 2, 1, hour, 0);
        var start = LocalTimes.ResolveLenient(Zones.Known(zone), local).Instant - Duration.FromHours(wrongHours);
        return new HeldLesson(Guid.CreateVersion7(), Guid.CreateVersion7(), new PlannedTime(local, zone, "2020a", start, 60));
    }

    private static IEnumerable<TakenTime> Taken(HeldLesson lesson, Guid? person = null) =>
        [new(lesson.BookingId, person ?? Tutor, lesson.Time.During()), new(lesson.BookingId, Student, lesson.Time.During())];

    [Fact]
    public void Rules_that_leave_a_lesson_where_it_is_move_nothing()
    {
        var lesson = Old(12, wrongHours: 0);
        Assert.Empty(Rezoning.Plan([lesson], [.. Taken(lesson)]));
    }

    [Fact]
    public void The_local_time_stands_and_the_instant_and_the_version_follow()
    {
        var lesson = Old(12);
        var moved = Assert.Single(Rezoning.Plan([lesson], [.. Taken(lesson)]));
        Assert.Equal((lesson.Time.Local, lesson.Time.Start + Duration.FromHours(1), Zones.DatabaseVersion), (moved.To.Local, moved.To.Start, moved.To.TimeZoneDatabase));
        Assert.False(moved.Clashes);
    }

    [Fact]
    public void Adjacent_lessons_of_one_zone_move_together_without_a_clash()
    {
        HeldLesson[] lessons = [Old(12), Old(13), Old(14)];
        Assert.All(Rezoning.Plan(lessons, [.. lessons.SelectMany(l => Taken(l))]), m => Assert.False(m.Clashes));
    }

    [Fact]
    public void A_lesson_that_moves_onto_one_that_stays_clashes_with_it_for_the_person_they_share()
    {
        var (moves, stays) = (Old(12), Old(12, "Asia/Tokyo", wrongHours: 0));
        var moved = Assert.Single(Rezoning.Plan([moves, stays], [.. Taken(moves), .. Taken(stays, Guid.NewGuid())]));
        Assert.Equal([stays.BookingId], moved.ClashesWith);
    }

    [Fact]
    public void Other_peoples_lessons_at_the_same_time_are_no_clash()
    {
        var (moves, stays) = (Old(12), Old(12, "Asia/Tokyo", wrongHours: 0));
        TakenTime[] strangers = [new(stays.BookingId, Guid.NewGuid(), stays.Time.During())];
        Assert.False(Assert.Single(Rezoning.Plan([moves, stays], [.. Taken(moves), .. strangers])).Clashes);
    }

    [Fact]
    public void A_local_time_that_new_rules_skip_moves_forward_by_the_gap()
    {
        var time = new PlannedTime(new LocalDateTime(2027, 3, 28, 1, 30), "Europe/London", "2020a", Instant.FromUtc(2027, 3, 28, 0, 30), 60);
        Assert.Equal(Instant.FromUtc(2027, 3, 28, 1, 30), Rezoning.ByTodaysRules(time).Start);
    }

    [Theory]
    [InlineData("2027-11-07T01:30:00-04:00[America/New_York]")]
    [InlineData("2027-11-07T01:30:00-05:00[America/New_York]")]
    public void A_lesson_booked_at_one_of_two_readings_keeps_that_reading_when_the_rules_are_renewed(string startLocal)
    {
        var time = WantedTime.Read(startLocal, null, 60).Value with { TimeZoneDatabase = "2020a" };
        var lesson = new HeldLesson(Guid.CreateVersion7(), Guid.CreateVersion7(), time);
        Assert.Equal(time with { TimeZoneDatabase = Zones.DatabaseVersion }, Rezoning.ByTodaysRules(time));
        Assert.Empty(Rezoning.Plan([lesson], [.. Taken(lesson)]));
    }

    [Fact]
    public void A_start_that_is_neither_of_two_readings_becomes_the_earlier_one()
    {
        var time = WantedTime.Read("2027-11-07T01:30:00-05:00[America/New_York]", null, 60).Value;
        var wrong = time with { Start = time.Start + Duration.FromHours(1) };
        Assert.Equal(time.Start - Duration.FromHours(1), Rezoning.ByTodaysRules(wrong).Start);
    }
}

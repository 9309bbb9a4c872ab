using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Lessons;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Domain.Tests.Lessons;

public class LessonTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Guid Id = Guid.Parse("00000000-0000-7000-8000-00000000000d");
    private static readonly Guid BookingId = Guid.Parse("00000000-0000-7000-8000-00000000000a");
    private static readonly Guid TutorId = Guid.Parse("00000000-0000-7000-8000-00000000000b");
    private static readonly Guid StudentId = Guid.Parse("00000000-0000-7000-8000-00000000000c");
    private static readonly Who Tutor = new(Guid.Parse("00000000-0000-7000-8000-000000000001"), Part.Tutor);
    private static readonly Who Student = new(Guid.Parse("00000000-0000-7000-8000-000000000002"), Part.Student);
    private static readonly Who Guardian = new(Guid.Parse("00000000-0000-7000-8000-000000000003"), Part.Guardian);
    private static readonly Guid Laptop = Guid.Parse("00000000-0000-7000-8000-0000000000f1");
    private static readonly Guid Tablet = Guid.Parse("00000000-0000-7000-8000-0000000000f2");
    private static readonly PlannedTime Monday = At(Instant.FromUtc(2026, 12, 7, 8, 0));
    private static readonly PlannedTime Tuesday = At(Instant.FromUtc(2026, 12, 8, 8, 0));
    private static readonly Instant InTheLesson = Monday.Start + Duration.FromMinutes(5);

    private static readonly SealedText Ill = new(Guid.Parse("00000000-0000-7000-8000-000000000002"), "sealed");

    private static PlannedTime At(Instant start) =>
        new(start.InZone(DateTimeZoneProviders.Tzdb["Asia/Seoul"]).LocalDateTime, "Asia/Seoul", "2026f", start, 50);

    private static PlannedTime Rezoned(PlannedTime time) =>
        time with { TimeZoneDatabase = "2027a", Start = time.Start + Duration.FromHours(1) };

    private static Lesson Fold(Lesson? lesson, Decision decision)
    {
        Assert.False(decision.IsRefused, decision.Refusal?.Code);
        return decision.Events.Aggregate(lesson, (state, e) => e switch
        {
            LessonScheduled s => Lesson.Create(s),
            LessonMoved m => state!.Apply(m),
            LessonRezoned r => state!.Apply(r),
            ParticipantJoined j => state!.Apply(j),
            ParticipantLeft l => state!.Apply(l),
            LessonStarted s => state!.Apply(s),
            LessonEnded x => state!.Apply(x),
            LessonCancelled c => state!.Apply(c),
            _ => throw new InvalidOperationException(e.GetType().Name),
        })!;
    }

    private static Lesson Scheduled() =>
        Fold(null, Lesson.Schedule(null, Id, BookingId, TutorId, StudentId, Monday, "https://muse.example/lessons/1", null, Tutor, Now));

    private static Lesson In(LessonState state) => state switch
    {
        LessonState.Scheduled => Scheduled(),
        LessonState.Started => Fold(Fold(Scheduled(), Scheduled().Join(Laptop, Tutor, InTheLesson)),
            Fold(Scheduled(), Scheduled().Join(Laptop, Tutor, InTheLesson)).Join(Tablet, Student, InTheLesson)),
        LessonState.Ended => Fold(Scheduled(), Scheduled().End(Monday.End())),
        _ => Fold(Scheduled(), Scheduled().Cancel(Student, null, Now)),
    };

    private static Decision Command(string command, Lesson? on, Instant now) => command switch
    {
        "schedule" => Lesson.Schedule(on, Id, BookingId, TutorId, StudentId, Monday, "https://muse.example/lessons/1", null, Tutor, now),
        "move" => on!.Move(Tuesday, Guardian, Ill, now),
        "rezone" => on!.Rezone(Rezoned(Monday), false, now),
        "cancel" => on!.Cancel(Tutor, Ill, now),
        "join" => on!.Join(Tablet, Student, now),
        "leave" => on!.Leave(Tablet, now),
        "end" => on!.End(now),
        _ => throw new ArgumentException(command),
    };

    [Theory]
    [InlineData(LessonState.Scheduled, "schedule", "nothing")]
    [InlineData(LessonState.Scheduled, "move", nameof(LessonMoved))]
    [InlineData(LessonState.Scheduled, "rezone", nameof(LessonRezoned))]
    [InlineData(LessonState.Scheduled, "cancel", nameof(LessonCancelled))]
    [InlineData(LessonState.Scheduled, "join", "room_not_open")]
    [InlineData(LessonState.Scheduled, "leave", "nothing")]
    [InlineData(LessonState.Scheduled, "end", "lesson_not_over")]
    [InlineData(LessonState.Started, "schedule", "nothing")]
    [InlineData(LessonState.Started, "move", "lesson_started")]
    [InlineData(LessonState.Started, "rezone", "lesson_started")]
    [InlineData(LessonState.Started, "cancel", "lesson_started")]
    [InlineData(LessonState.Started, "join", "nothing")]
    [InlineData(LessonState.Started, "leave", nameof(ParticipantLeft))]
    [InlineData(LessonState.Started, "end", "lesson_not_over")]
    [InlineData(LessonState.Ended, "schedule", "nothing")]
    [InlineData(LessonState.Ended, "move", "lesson_over")]
    [InlineData(LessonState.Ended, "rezone", "lesson_over")]
    [InlineData(LessonState.Ended, "cancel", "lesson_over")]
    [InlineData(LessonState.Ended, "join", "lesson_over")]
    [InlineData(LessonState.Ended, "leave", "nothing")]
    [InlineData(LessonState.Ended, "end", "nothing")]
    [InlineData(LessonState.Cancelled, "schedule", "nothing")]
    [InlineData(LessonState.Cancelled, "move", "lesson_cancelled")]
    [InlineData(LessonState.Cancelled, "rezone", "lesson_cancelled")]
    [InlineData(LessonState.Cancelled, "cancel", "nothing")]
    [InlineData(LessonState.Cancelled, "join", "lesson_cancelled")]
    [InlineData(LessonState.Cancelled, "leave", "nothing")]
    [InlineData(LessonState.Cancelled, "end", "lesson_cancelled")]
    public void Every_command_in_every_state_gives_its_event_or_its_refusal(LessonState state, string command, string expected)
    {
        var decision = Command(command, In(state), Now);
        Assert.Equal(expected, decision.Refusal?.Code ?? decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing");
        Assert.True(decision.Refusal is null || decision.Events.Count == 0);
    }

    [Fact]
    public void Any_history_of_commands_keeps_the_lesson_whole_and_a_repeated_command_writes_nothing()
    {
        var commands = Gen.Elements("schedule", "move", "rezone", "cancel", "join", "leave", "end");
        var steps = Gen.Zip(commands, Gen.Choose(0, 72)).ListOf();
        Prop.ForAll(steps.ToArbitrary(), history =>
        {
            var now = Now;
            Lesson? lesson = null;
            foreach (var (command, hours) in history.Prepend(("schedule", 0)))
            {
                now += Duration.FromHours(hours);
                var decision = Command(command, lesson, now);
                if (decision.IsRefused)
                {
                    Assert.Empty(decision.Events);
                    continue;
                }
                var link = lesson?.Link;
                var wasClosed = lesson?.IsClosed() ?? false;
                lesson = Fold(lesson, decision);
                Assert.True(link is null || link == lesson.Link, "the link lives as long as the lesson");
                Assert.True(!wasClosed || decision.Events.All(e => e is ParticipantLeft), "a closed lesson changes no more");
                Assert.True(lesson.State is not LessonState.Ended || lesson.Present.IsEmpty);
                var again = Command(command, lesson, now);
                Assert.True(again.ChangesNothing, $"{command} repeated in {lesson.State}: {again.Refusal?.Code ?? "events"}");
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void The_room_opens_ten_minutes_before_the_start_and_says_when()
    {
        var opens = Monday.Start - Duration.FromMinutes(10);
        var early = Scheduled().MayNotJoin(Student, opens - Duration.FromSeconds(1));
        Assert.Equal(("room_not_open", (Instant?)opens), (early?.Code, early?.OpensAt));
        Assert.Null(Scheduled().MayNotJoin(Student, opens));
        Assert.Null(Scheduled().MayNotJoin(Guardian, opens));
        Assert.Null(Scheduled().MayNotJoin(Tutor, Monday.End() + Lesson.ClosesAfter - Duration.FromSeconds(1)));
        Assert.Equal("lesson_over", Scheduled().MayNotJoin(Tutor, Monday.End() + Lesson.ClosesAfter)?.Code);
    }

    [Fact]
    public void A_stranger_is_told_that_there_is_nothing()
    {
        Assert.Null(Scheduled().PartOf(Guid.NewGuid(), Guid.NewGuid(), guardsTheStudent: false));
        Assert.Equal(RefusalKind.NotFound, Scheduled().MayNotJoin(new Who(Guid.NewGuid(), Part.Admin), InTheLesson)?.Kind);
        Assert.Equal(Part.Tutor, Scheduled().PartOf(TutorId, null, false));
        Assert.Equal(Part.Student, Scheduled().PartOf(null, StudentId, false));
        Assert.Equal(Part.Guardian, Scheduled().PartOf(null, null, true));
    }

    [Theory]
    [InlineData(Part.Student)]
    [InlineData(Part.Guardian)]
    [InlineData(Part.Guest)]
    public void The_lesson_starts_when_the_tutor_and_somebody_else_have_met(Part part)
    {
        var alone = Scheduled().Join(Laptop, Tutor, InTheLesson);
        Assert.IsType<ParticipantJoined>(Assert.Single(alone.Events));
        var together = Fold(Scheduled(), alone).Join(Tablet, new Who(Guid.NewGuid(), part), InTheLesson);
        Assert.Collection(together.Events, e => Assert.IsType<ParticipantJoined>(e), e => Assert.IsType<LessonStarted>(e));
    }

    [Fact]
    public void Student_and_guardian_alone_do_not_start_it()
    {
        var student = Fold(Scheduled(), Scheduled().Join(Tablet, Student, InTheLesson));
        Assert.IsType<ParticipantJoined>(Assert.Single(student.Join(Laptop, Guardian, InTheLesson).Events));
    }

    [Fact]
    public void Coming_back_after_leaving_does_not_start_it_twice()
    {
        var started = In(LessonState.Started);
        var gone = Fold(started, started.Leave(Tablet, InTheLesson));
        Assert.IsType<ParticipantJoined>(Assert.Single(gone.Join(Tablet, Student, InTheLesson).Events));
    }

    [Fact]
    public void The_clock_ends_an_empty_room_at_the_planned_end_and_a_busy_one_when_it_closes()
    {
        Assert.IsType<LessonEnded>(Assert.Single(Scheduled().End(Monday.End()).Events));
        Assert.Equal("lesson_not_over", In(LessonState.Started).End(Monday.End()).Refusal?.Code);
        Assert.IsType<LessonEnded>(Assert.Single(In(LessonState.Started).End(Monday.End() + Lesson.ClosesAfter).Events));
    }

    [Fact]
    public void A_room_holds_a_dozen_devices_and_refuses_the_next()
    {
        var lesson = Enumerable.Range(0, Lesson.MostPresent)
            .Aggregate(Scheduled(), (l, _) => Fold(l, l.Join(Guid.NewGuid(), Student, InTheLesson)));
        Assert.Equal("room_full", lesson.Join(Guid.NewGuid(), Tutor, InTheLesson).Refusal?.Code);
    }

    [Fact]
    public void Guests_are_counted_apart_from_the_people_of_the_lesson()
    {
        var link = new LinkGuest(Guid.NewGuid(), Guid.NewGuid());
        var full = Enumerable.Range(0, Lesson.MostGuests)
            .Aggregate(Scheduled(), (l, _) => Fold(l, l.Join(Guid.NewGuid(), Who.Guest, InTheLesson, link)));
        Assert.Equal("room_full", full.Join(Guid.NewGuid(), Who.Guest, InTheLesson, link).Refusal?.Code);

        var joined = Assert.IsType<ParticipantJoined>(full.Join(Guid.NewGuid(), Tutor, InTheLesson).Events[0]);
        Assert.Null(joined.Guest);
        Assert.Equal(link, Assert.IsType<ParticipantJoined>(Assert.Single(Scheduled().Join(Tablet, Who.Guest, InTheLesson, link).Events)).Guest);
    }

    [Fact]
    public void New_zone_rules_move_the_instant_and_never_the_agreed_local_time()
    {
        var rezoned = Fold(Scheduled(), Scheduled().Rezone(Rezoned(Monday), clashes: true, Now));
        Assert.Equal((Monday.Local, Monday.Start + Duration.FromHours(1)), (rezoned.Time.Local, rezoned.Time.Start));
        Assert.Equal("not_the_agreed_time", Scheduled().Rezone(Tuesday, false, Now).Refusal?.Code);
        Assert.True(Scheduled().Rezone(Monday with { TimeZoneDatabase = "2027a" }, false, Now).ChangesNothing);
    }

    [Fact]
    public void The_tutor_ends_a_started_lesson_for_everybody_who_is_in()
    {
        var decision = In(LessonState.Started).Finish(Tutor, InTheLesson);

        Assert.Collection(decision.Events, e => Assert.IsType<ParticipantLeft>(e), e => Assert.IsType<ParticipantLeft>(e),
            e => Assert.Equal(Tutor, Assert.IsType<LessonEnded>(e).By));
        Assert.True(Fold(In(LessonState.Started), decision).Finish(Tutor, InTheLesson).ChangesNothing);
    }

    [Fact]
    public void Nobody_but_the_tutor_ends_a_lesson_and_nobody_one_that_has_not_started()
    {
        Assert.Equal("not_allowed", In(LessonState.Started).Finish(Student, InTheLesson).Refusal?.Code);
        Assert.Equal("not_allowed", In(LessonState.Started).Finish(Guardian, InTheLesson).Refusal?.Code);
        Assert.Equal("lesson_not_started", In(LessonState.Scheduled).Finish(Tutor, InTheLesson).Refusal?.Code);
        Assert.Equal("lesson_cancelled", In(LessonState.Cancelled).Finish(Tutor, InTheLesson).Refusal?.Code);
    }
}

using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.People;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Tests.Bookings;

public class SeriesTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Who Tutor = new(Guid.Parse("00000000-0000-7000-8000-000000000001"), Part.Tutor);
    private static readonly Who Guardian = new(Guid.Parse("00000000-0000-7000-8000-000000000003"), Part.Guardian);
    private static readonly Guid Id = Guid.Parse("00000000-0000-7000-8000-00000000000a");
    private static readonly Guid TutorId = Guid.Parse("00000000-0000-7000-8000-00000000000b");
    private static readonly Guid StudentId = Guid.Parse("00000000-0000-7000-8000-00000000000c");
    private static readonly SealedText Moving = new(Guid.Parse("00000000-0000-7000-8000-000000000002"), "sealed");
    private static readonly WeeklyPattern Mondays = new(0, new LocalDateTime(2026, 12, 7, 17, 0), "Asia/Seoul", 1, 50);
    private static readonly WeeklyPattern Tuesdays = Mondays with { FromIndex = 2, StartLocal = new LocalDateTime(2026, 12, 22, 18, 0) };
    private static readonly SeriesBooking[] Four = [.. Enumerable.Range(0, 4).Select(index => new SeriesBooking(index, Guid.CreateVersion7()))];

    private static Series? Fold(Series? series, IEnumerable<object> events) => events.Aggregate(series, (state, e) => e switch
    {
        SeriesRequested r => Series.Create(r),
        SeriesConfirmed c => state!.Apply(c),
        SeriesDeclined d => state!.Apply(d),
        SeriesCancelled c => state!.Apply(c),
        SeriesMoved m => state!.Apply(m),
        SeriesExpired x => state!.Apply(x),
        _ => throw new InvalidOperationException(e.GetType().Name),
    });

    private static Decision Request(Who by, int count = 4, WeeklyPattern? pattern = null, SeriesBooking[]? bookings = null) => Series.Request(
        Id, TutorId, StudentId, SeriesAnchor.Tutor, pattern ?? Mondays, count, bookings ?? Four, [], Now + Duration.FromHours(24), null, by, Now);

    private static Series Requested() => Fold(null, Request(Guardian).Events)!;

    private static Series In(BookingState state) => state switch
    {
        BookingState.Requested => Requested(),
        BookingState.Confirmed => Fold(Requested(), Requested().Confirm(Tutor, Now).Events)!,
        BookingState.Declined => Fold(Requested(), Requested().Decline(Tutor, Moving, Now).Events)!,
        BookingState.Cancelled => Fold(Requested(), Requested().Cancel(Guardian, 0, null, Now).Events)!,
        _ => Fold(Requested(), Requested().Expire(Now + Duration.FromHours(24)).Events)!,
    };

    private static Decision Command(string command, Series on, Instant now) => command switch
    {
        "confirm" => on.Confirm(Tutor, now),
        "decline" => on.Decline(Tutor, null, now),
        "cancel" => on.Cancel(Guardian, 0, Moving, now),
        "cancel the rest" => on.Cancel(Guardian, 2, Moving, now),
        "move" => on.Move(Tutor, Tuesdays, [], null, now),
        "expire" => on.Expire(now),
        _ => throw new ArgumentException(command),
    };

    [Theory]
    [InlineData(BookingState.Requested, "confirm", nameof(SeriesConfirmed))]
    [InlineData(BookingState.Requested, "decline", nameof(SeriesDeclined))]
    [InlineData(BookingState.Requested, "cancel", nameof(SeriesCancelled))]
    [InlineData(BookingState.Requested, "cancel the rest", nameof(SeriesCancelled))]
    [InlineData(BookingState.Requested, "move", nameof(SeriesMoved))]
    [InlineData(BookingState.Requested, "expire", "booking_not_due")]
    [InlineData(BookingState.Confirmed, "confirm", "nothing")]
    [InlineData(BookingState.Confirmed, "decline", "already_confirmed")]
    [InlineData(BookingState.Confirmed, "cancel", nameof(SeriesCancelled))]
    [InlineData(BookingState.Confirmed, "cancel the rest", nameof(SeriesCancelled))]
    [InlineData(BookingState.Confirmed, "move", nameof(SeriesMoved))]
    [InlineData(BookingState.Confirmed, "expire", "booking_not_waiting")]
    [InlineData(BookingState.Declined, "confirm", "booking_closed")]
    [InlineData(BookingState.Declined, "decline", "nothing")]
    [InlineData(BookingState.Declined, "cancel", "booking_closed")]
    [InlineData(BookingState.Declined, "cancel the rest", "booking_closed")]
    [InlineData(BookingState.Declined, "move", "booking_closed")]
    [InlineData(BookingState.Declined, "expire", "booking_not_waiting")]
    [InlineData(BookingState.Cancelled, "confirm", "booking_closed")]
    [InlineData(BookingState.Cancelled, "decline", "booking_closed")]
    [InlineData(BookingState.Cancelled, "cancel", "nothing")]
    [InlineData(BookingState.Cancelled, "cancel the rest", "nothing")]
    [InlineData(BookingState.Cancelled, "move", "booking_closed")]
    [InlineData(BookingState.Cancelled, "expire", "booking_not_waiting")]
    [InlineData(BookingState.Expired, "confirm", "booking_expired")]
    [InlineData(BookingState.Expired, "decline", "booking_expired")]
    [InlineData(BookingState.Expired, "cancel", "booking_expired")]
    [InlineData(BookingState.Expired, "cancel the rest", "booking_expired")]
    [InlineData(BookingState.Expired, "move", "booking_expired")]
    [InlineData(BookingState.Expired, "expire", "nothing")]
    public void Every_command_in_every_state_gives_its_event_or_its_refusal(BookingState state, string command, string expected)
    {
        var decision = Command(command, In(state), Now);
        var seen = decision.Refusal?.Code ?? decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing";
        Assert.Equal(expected, seen);
        Assert.True(decision.Refusal is null || decision.Events.Count == 0);
    }

    [Fact]
    public void Any_history_of_commands_keeps_the_series_whole_and_a_repeated_command_writes_nothing()
    {
        var commands = Gen.Elements("confirm", "decline", "cancel", "cancel the rest", "move", "expire");
        var steps = Gen.Zip(commands, Gen.Choose(0, 20)).ListOf();
        Prop.ForAll(steps.ToArbitrary(), history =>
        {
            var (now, series) = (Now, Requested());
            foreach (var (command, hours) in history)
            {
                now += Duration.FromHours(hours);
                var decision = Command(command, series, now);
                if (decision.IsRefused)
                {
                    Assert.Empty(decision.Events);
                    continue;
                }
                var wasClosed = series.IsClosed();
                series = Fold(series, decision.Events)!;
                Assert.True(!wasClosed || decision.Events.Count == 0, "a closed series changes no more");
                Assert.Equal(series.IsWaiting(), series.ExpiresAt is not null);
                Assert.True(Command(command, series, now) is { ChangesNothing: true } or { IsRefused: true }, $"{command} repeated in {series.State}");
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_request_that_was_not_answered_in_time_is_over_before_anybody_writes_so()
    {
        var late = Now + Duration.FromHours(24);

        Assert.Equal("booking_expired", Requested().Confirm(Tutor, late).Refusal!.Code);
        Assert.Equal("booking_expired", Requested().Move(Tutor, Tuesdays, [], null, late).Refusal!.Code);
    }

    [Fact]
    public void Only_the_tutors_side_answers_only_the_students_asks_and_strangers_do_nothing()
    {
        var integrator = new Who(Guid.CreateVersion7(), Part.Integrator);

        Assert.Equal("not_allowed", Requested().Confirm(Guardian, Now).Refusal!.Code);
        Assert.Equal("not_allowed", Requested().Decline(Guardian, null, Now).Refusal!.Code);
        Assert.Equal("not_allowed", Request(Tutor).Refusal!.Code);
        Assert.Equal("not_allowed", Requested().Cancel(Who.Guest, 0, null, Now).Refusal!.Code);
        Assert.Equal("not_allowed", Requested().Move(Who.Guest, Tuesdays, [], null, Now).Refusal!.Code);
        Assert.IsType<SeriesConfirmed>(Requested().Confirm(integrator, Now).Events.Single());
        Assert.IsType<SeriesRequested>(Request(integrator).Events.Single());
    }

    [Theory]
    [InlineData(1, 1, "invalid_count")]
    [InlineData(2, 0, "invalid_interval")]
    [InlineData(2, 53, "invalid_interval")]
    [InlineData(105, 1, "series_too_long")]
    [InlineData(54, 2, "series_too_long")]
    [InlineData(4, 52, "series_too_long")]
    public void A_series_has_two_lessons_or_more_within_two_years(int count, int weeks, string code)
    {
        Assert.Equal(code, Request(Guardian, count, Mondays with { IntervalWeeks = weeks }).Refusal!.Code);
        Assert.Null(Series.OutOfBounds(104, 1));
        Assert.Null(Series.OutOfBounds(53, 2));
        Assert.Null(Series.OutOfBounds(3, 52));
    }

    [Fact]
    public void Of_which_only_one_lesson_can_be_had_is_no_series() =>
        Assert.Equal("series_clashes", Request(Guardian, bookings: [Four[2]]).Refusal!.Code);

    [Fact]
    public void What_was_called_off_from_a_lesson_on_leaves_the_earlier_ones_and_cannot_be_moved()
    {
        var rest = Fold(Requested(), Requested().Cancel(Guardian, 2, null, Now).Events)!;

        Assert.Equal([0, 1], rest.From(0).Select(one => one.Index));
        Assert.Equal([1], rest.From(1).Select(one => one.Index));
        Assert.Equal("booking_closed", rest.Move(Tutor, Tuesdays, [], null, Now).Refusal!.Code);
        Assert.IsType<SeriesMoved>(rest.Move(Tutor, Tuesdays with { FromIndex = 1 }, [], null, Now).Events.Single());
        Assert.IsType<SeriesCancelled>(rest.Cancel(Guardian, 1, null, Now).Events.Single());
        Assert.True(rest.Cancel(Guardian, 3, null, Now).ChangesNothing);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void A_lesson_that_the_series_has_not_is_no_place_to_begin(int index)
    {
        Assert.Equal("no_such_lesson", Requested().Cancel(Guardian, index, null, Now).Refusal!.Code);
        Assert.Equal("no_such_lesson", Requested().Move(Tutor, Tuesdays with { FromIndex = index }, [], null, Now).Refusal!.Code);
    }

    [Fact]
    public void The_same_weeks_said_of_another_lesson_move_nothing()
    {
        var same = Mondays with { FromIndex = 2, StartLocal = Mondays.StartLocal.PlusWeeks(2) };

        Assert.True(Requested().Move(Tutor, same, [], null, Now).ChangesNothing);
        Assert.IsType<SeriesMoved>(Requested().Move(Tutor, same with { DurationMinutes = 25 }, [], null, Now).Events.Single());
    }

    [Fact]
    public void A_year_from_Seoul_to_New_York_keeps_the_teachers_nine_oclock_and_says_when_the_students_hour_changes()
    {
        var nine = new WeeklyPattern(0, new LocalDateTime(2027, 2, 2, 9, 0), "Asia/Seoul", 1, 50);
        var newYork = Zones.Known("America/New_York");

        var lessons = nine.Occurrences(0, 52, newYork);
        var notes = nine.Notes(0, 52, newYork);

        Assert.All(lessons, one => Assert.Equal(new LocalTime(9, 0), one.ActualLocal.TimeOfDay));
        Assert.Equal([new LocalTime(19, 0), new LocalTime(20, 0)], lessons.Select(one => one.ViewerLocal!.Value.TimeOfDay).Distinct());
        Assert.Equal(["viewer_moves", "viewer_moves"], notes.Select(note => note.Kind));
        // New York's clocks go forward on 14 March and back on 7 November 2027.
        Assert.Equal([new LocalDate(2027, 3, 15), new LocalDate(2027, 11, 8)], notes.Select(note => lessons[note.Index].ViewerLocal!.Value.Date));
    }

    [Fact]
    public void A_series_on_the_students_clock_moves_for_the_teacher_instead()
    {
        var seven = new WeeklyPattern(0, new LocalDateTime(2027, 2, 1, 19, 0), "America/New_York", 1, 50);

        var lessons = seven.Occurrences(0, 52, Zones.Known("Asia/Seoul"));

        Assert.All(lessons, one => Assert.Equal(new LocalTime(19, 0), one.ActualLocal.TimeOfDay));
        Assert.Equal([new LocalTime(9, 0), new LocalTime(8, 0)], lessons.Select(one => one.ViewerLocal!.Value.TimeOfDay).Distinct());
    }

    [Fact]
    public void Notes_of_the_rest_of_a_series_name_the_lessons_by_their_place_in_all_of_it()
    {
        var nine = new WeeklyPattern(0, new LocalDateTime(2027, 2, 2, 9, 0), "Asia/Seoul", 1, 50);
        var newYork = Zones.Known("America/New_York");

        Assert.Equal(nine.Notes(0, 52, newYork).Where(note => note.Index > 20), nine.Notes(20, 32, newYork));
        Assert.Equal(nine.Occurrences(0, 52)[30], nine.Occurrences(30, 1)[0]);
    }
}

using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Domain.Tests.Bookings;

public class BookingTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Who Tutor = new(Guid.Parse("00000000-0000-7000-8000-000000000001"), Part.Tutor);
    private static readonly Who Student = new(Guid.Parse("00000000-0000-7000-8000-000000000002"), Part.Student);
    private static readonly Who Guardian = new(Guid.Parse("00000000-0000-7000-8000-000000000003"), Part.Guardian);
    private static readonly Guid Id = Guid.Parse("00000000-0000-7000-8000-00000000000a");
    private static readonly Guid TutorId = Guid.Parse("00000000-0000-7000-8000-00000000000b");
    private static readonly Guid StudentId = Guid.Parse("00000000-0000-7000-8000-00000000000c");
    private static readonly Guid LessonId = Guid.Parse("00000000-0000-7000-8000-00000000000d");
    private static readonly PlannedTime Monday = At(Instant.FromUtc(2026, 12, 7, 8, 0));
    private static readonly PlannedTime Tuesday = At(Instant.FromUtc(2026, 12, 8, 8, 0));

    private static readonly SealedText Ill = new(Guid.Parse("00000000-0000-7000-8000-000000000002"), "sealed");

    private static PlannedTime At(Instant start, int minutes = 50) =>
        new(start.InZone(DateTimeZoneProviders.Tzdb["Asia/Seoul"]).LocalDateTime, "Asia/Seoul", "2026f", start, minutes);

    private static Booking? Fold(Booking? booking, IEnumerable<object> events) => events.Aggregate(booking, (state, e) => e switch
    {
        BookingRequested r => Booking.Create(r),
        BookingConfirmed c => state!.Apply(c),
        BookingDeclined d => state!.Apply(d),
        BookingCancelled c => state!.Apply(c),
        BookingRescheduled r => state!.Apply(r),
        BookingExpired x => state!.Apply(x),
        _ => throw new InvalidOperationException(e.GetType().Name),
    });

    private static Booking Requested() => Fold(null, Booking.Request(null, Id, TutorId, StudentId, Monday, null, Student, Now).Events)!;

    private static Booking In(BookingState state) => state switch
    {
        BookingState.Requested => Requested(),
        BookingState.Confirmed => Fold(Requested(), Requested().Confirm(Tutor, LessonId, Now).Events)!,
        BookingState.Declined => Fold(Requested(), Requested().Decline(Tutor, Ill, Now).Events)!,
        BookingState.Cancelled => Fold(Requested(), Requested().Cancel(Student, null, Now).Events)!,
        _ => Fold(Requested(), Requested().Expire(Now + Duration.FromHours(24)).Events)!,
    };

    private static Decision Command(string command, Booking? on, Instant now) => command switch
    {
        "request" => Booking.Request(on, Id, TutorId, StudentId, Monday, null, Guardian, now),
        "confirm" => on!.Confirm(Tutor, LessonId, now),
        "decline" => on!.Decline(Tutor, null, now),
        "cancel" => on!.Cancel(Guardian, Ill, now),
        "reschedule" => on!.Reschedule(Tutor, Tuesday, null, now),
        "expire" => on!.Expire(now),
        _ => throw new ArgumentException(command),
    };

    [Theory]
    [InlineData(BookingState.Requested, "request", "nothing")]
    [InlineData(BookingState.Requested, "confirm", nameof(BookingConfirmed))]
    [InlineData(BookingState.Requested, "decline", nameof(BookingDeclined))]
    [InlineData(BookingState.Requested, "cancel", nameof(BookingCancelled))]
    [InlineData(BookingState.Requested, "reschedule", nameof(BookingRescheduled))]
    [InlineData(BookingState.Requested, "expire", "booking_not_due")]
    [InlineData(BookingState.Confirmed, "request", "nothing")]
    [InlineData(BookingState.Confirmed, "confirm", "nothing")]
    [InlineData(BookingState.Confirmed, "decline", "already_confirmed")]
    [InlineData(BookingState.Confirmed, "cancel", nameof(BookingCancelled))]
    [InlineData(BookingState.Confirmed, "reschedule", nameof(BookingRescheduled))]
    [InlineData(BookingState.Confirmed, "expire", "booking_not_waiting")]
    [InlineData(BookingState.Declined, "request", "nothing")]
    [InlineData(BookingState.Declined, "confirm", "booking_closed")]
    [InlineData(BookingState.Declined, "decline", "nothing")]
    [InlineData(BookingState.Declined, "cancel", "booking_closed")]
    [InlineData(BookingState.Declined, "reschedule", "booking_closed")]
    [InlineData(BookingState.Declined, "expire", "booking_not_waiting")]
    [InlineData(BookingState.Cancelled, "request", "nothing")]
    [InlineData(BookingState.Cancelled, "confirm", "booking_closed")]
    [InlineData(BookingState.Cancelled, "decline", "booking_closed")]
    [InlineData(BookingState.Cancelled, "cancel", "nothing")]
    [InlineData(BookingState.Cancelled, "reschedule", "booking_closed")]
    [InlineData(BookingState.Cancelled, "expire", "booking_not_waiting")]
    [InlineData(BookingState.Expired, "request", "nothing")]
    [InlineData(BookingState.Expired, "confirm", "booking_expired")]
    [InlineData(BookingState.Expired, "decline", "booking_expired")]
    [InlineData(BookingState.Expired, "cancel", "booking_expired")]
    [InlineData(BookingState.Expired, "reschedule", "booking_expired")]
    [InlineData(BookingState.Expired, "expire", "nothing")]
    public void Every_command_in_every_state_gives_its_event_or_its_refusal(BookingState state, string command, string expected)
    {
        var decision = Command(command, In(state), Now);
        var seen = decision.Refusal?.Code ?? decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing";
        Assert.Equal(expected, seen);
        Assert.True(decision.Refusal is null || decision.Events.Count == 0);
    }

    [Fact]
    public void An_integrator_does_what_the_tutor_and_the_student_do()
    {
        var integrator = new Who(Guid.Parse("00000000-0000-7000-8000-000000000004"), Part.Integrator);

        Assert.IsType<BookingRequested>(Booking.Request(null, Id, TutorId, StudentId, Monday, null, integrator, Now).Events.Single());
        Assert.IsType<BookingConfirmed>(Requested().Confirm(integrator, LessonId, Now).Events.Single());
        Assert.IsType<BookingDeclined>(Requested().Decline(integrator, null, Now).Events.Single());
        Assert.IsType<BookingRescheduled>(Requested().Reschedule(integrator, Tuesday, null, Now).Events.Single());
        Assert.IsType<BookingCancelled>(Requested().Cancel(integrator, null, Now).Events.Single());
    }

    [Fact]
    public void Any_history_of_commands_keeps_the_booking_whole_and_a_repeated_command_writes_nothing()
    {
        var commands = Gen.Elements("confirm", "decline", "cancel", "reschedule", "expire", "request");
        var steps = Gen.Zip(commands, Gen.Choose(0, 60)).ListOf();
        Prop.ForAll(steps.ToArbitrary(), history =>
        {
            var now = Now;
            Booking? booking = null;
            foreach (var (command, hours) in history.Prepend(("request", 0)))
            {
                now += Duration.FromHours(hours);
                var decision = Command(command, booking, now);
                if (decision.IsRefused)
                {
                    Assert.Empty(decision.Events);
                    Assert.Matches("^[a-z_]+$", decision.Refusal.Code);
                    continue;
                }
                var wasClosed = booking?.IsClosed() ?? false;
                booking = Fold(booking, decision.Events);
                Assert.True(!wasClosed || decision.Events.Count == 0, "a closed booking changes no more");
                Assert.Equal(booking!.IsWaiting(), booking.ExpiresAt is not null);
                Assert.Equal(booking.LessonId is not null, booking.LessonId == LessonId);
                var again = Command(command, booking, now);
                Assert.True(again.ChangesNothing, $"{command} repeated in {booking.State}: {again.Refusal?.Code ?? "events"}");
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void A_request_holds_the_slot_for_a_day_but_never_beyond_the_start()
    {
        Assert.Equal(Now + Duration.FromHours(24), Requested().ExpiresAt);
        var soon = At(Now + Duration.FromHours(3));
        var booking = Fold(null, Booking.Request(null, Id, TutorId, StudentId, soon, null, Student, Now).Events)!;
        Assert.Equal(soon.Start, booking.ExpiresAt);
    }

    [Fact]
    public void A_request_whose_time_ran_out_cannot_be_confirmed_even_before_the_clock_has_written_so() =>
        Assert.Equal("booking_expired", Requested().Confirm(Tutor, LessonId, Now + Duration.FromHours(24)).Refusal?.Code);

    [Fact]
    public void A_start_in_the_past_is_refused() =>
        Assert.Equal("start_in_past", Booking.Request(null, Id, TutorId, StudentId, At(Now), null, Student, Now).Refusal?.Code);

    [Theory]
    [InlineData(9)]
    [InlineData(241)]
    public void A_lesson_too_short_or_too_long_is_refused(int minutes) =>
        Assert.Equal("duration_out_of_range",
            Booking.Request(null, Id, TutorId, StudentId, At(Monday.Start, minutes), null, Student, Now).Refusal?.Code);

    [Fact]
    public void Only_the_tutor_answers_and_only_the_students_side_asks()
    {
        Assert.Equal("not_allowed", Requested().Confirm(Student, LessonId, Now).Refusal?.Code);
        Assert.Equal("not_allowed", Requested().Decline(Guardian, null, Now).Refusal?.Code);
        Assert.Equal("not_allowed", Booking.Request(null, Id, TutorId, StudentId, Monday, null, Tutor, Now).Refusal?.Code);
    }

    [Theory]
    [InlineData(Part.Tutor)]
    [InlineData(Part.Student)]
    [InlineData(Part.Guardian)]
    public void Either_side_moves_a_confirmed_lesson_and_it_stays_confirmed(Part part)
    {
        var who = new Who(Guid.NewGuid(), part);
        var decision = In(BookingState.Confirmed).Reschedule(who, Tuesday, Ill, Now);
        var moved = Assert.IsType<BookingRescheduled>(Assert.Single(decision.Events));
        Assert.Equal((Monday, Tuesday, who, Ill), (moved.From, moved.To, moved.By, moved.Why));
        Assert.Null(moved.ExpiresAt);
        Assert.True(Fold(In(BookingState.Confirmed), decision.Events)!.IsConfirmed());
    }

    [Fact]
    public void A_moved_request_gives_the_tutor_a_full_day_again()
    {
        var later = Now + Duration.FromHours(20);
        var decision = Requested().Reschedule(Student, Tuesday, null, later);
        Assert.Equal(later + Duration.FromHours(24), Assert.IsType<BookingRescheduled>(Assert.Single(decision.Events)).ExpiresAt);
    }

    [Fact]
    public void Nothing_changes_once_the_lessons_time_has_come()
    {
        var confirmed = In(BookingState.Confirmed);
        Assert.Equal("lesson_started", confirmed.Cancel(Student, null, Monday.Start).Refusal?.Code);
        Assert.Equal("lesson_started", confirmed.Reschedule(Tutor, Tuesday, null, Monday.Start).Refusal?.Code);
    }

    [Fact]
    public void A_reason_too_long_is_refused_with_the_member_to_blame()
    {
        var refusal = Booking.TooLong(new string('x', Booking.LongestWhy + 1));
        Assert.Null(Booking.TooLong(new string('x', Booking.LongestWhy)));
        Assert.Equal(("text_too_long", "/reason"), (refusal?.Code, refusal?.Pointer));
    }
}

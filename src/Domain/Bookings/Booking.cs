using Muse.Domain.Lessons;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Domain.Bookings;

/// <param name="Series">When it is a lesson of one.</param>
public sealed record BookingRequested(
    Guid BookingId, Guid TutorId, Guid StudentId, PlannedTime Time, Instant ExpiresAt, string? Provider, Who By, Instant At, PlaceInSeries? Series = null);

/// <param name="Index">From 0; stays when the lesson is moved.</param>
public sealed record PlaceInSeries(Guid SeriesId, int Index);

public sealed record BookingConfirmed(Guid BookingId, Guid LessonId, Who By, Instant At);

public sealed record BookingDeclined(Guid BookingId, Who By, SealedText? Why, Instant At);

public sealed record BookingCancelled(Guid BookingId, Who By, SealedText? Why, Instant At);

/// <summary><paramref name="ExpiresAt"/> is set while the booking still waits for the tutor, and null for a confirmed one.</summary>
public sealed record BookingRescheduled(
    Guid BookingId, PlannedTime From, PlannedTime To, Instant? ExpiresAt, Who By, SealedText? Why, Instant At);

public sealed record BookingExpired(Guid BookingId, Instant At);

public enum BookingState
{
    Requested,
    Confirmed,
    Declined,
    Cancelled,
    Expired,
}

/// <summary>
/// A student's claim on an hour of a tutor. A request holds the hour until the tutor answers or <see cref="ExpiresAt"/> passes; a
/// confirmed booking has a lesson with its own stream.
/// </summary>
public sealed record Booking(
    Guid Id, Guid TutorId, Guid StudentId, PlannedTime Time, Instant? ExpiresAt, string? Provider, BookingState State, Guid? LessonId,
    PlaceInSeries? Series = null)
{
    /// <summary>How long a tutor has for an answer; never longer than until the start.</summary>
    public static readonly Duration AnswerWithin = Duration.FromHours(24);

    public const int LongestWhy = 500;

    public static Booking Create(BookingRequested e) =>
        new(e.BookingId, e.TutorId, e.StudentId, e.Time, e.ExpiresAt, e.Provider, BookingState.Requested, null, e.Series);

    public Booking Apply(BookingConfirmed e) => this with { State = BookingState.Confirmed, LessonId = e.LessonId, ExpiresAt = null };

    public Booking Apply(BookingDeclined e) => this with { State = BookingState.Declined, ExpiresAt = null };

    public Booking Apply(BookingCancelled e) => this with { State = BookingState.Cancelled, ExpiresAt = null };

    public Booking Apply(BookingRescheduled e) => this with { Time = e.To, ExpiresAt = e.ExpiresAt };

    public Booking Apply(BookingExpired e) => this with { State = BookingState.Expired, ExpiresAt = null };

    public bool IsWaiting() => State is BookingState.Requested;

    public bool IsConfirmed() => State is BookingState.Confirmed;

    public bool IsClosed() => State is BookingState.Declined or BookingState.Cancelled or BookingState.Expired;

    /// <summary>Time ran out, whether or not the clock's job has written so yet.</summary>
    public bool HasExpired(Instant now) => State is BookingState.Expired || (IsWaiting() && now >= ExpiresAt);

    public static Instant ExpiryOf(PlannedTime time, Instant now) => Instant.Min(now + AnswerWithin, time.Start).Cut();

    /// <param name="ofSeries">The series that it is of, and until when that holds its slots.</param>
    public static Decision Request(
        Booking? existing, Guid id, Guid tutorId, Guid studentId, PlannedTime time, string? provider, Who by, Instant now,
        (PlaceInSeries Place, Instant ExpiresAt)? ofSeries = null)
    {
        if (existing is not null)
            return existing.IsTheSameRequest(tutorId, studentId, time)
                ? Decision.Nothing
                : new Refusal("booking_exists", "There is already another booking of this id.");
        if (!by.IsStudentSide() && !by.IsIntegrator())
            return Refusal.Forbidden("A lesson is requested by the student or a guardian.");
        if (time.Unplannable(now) is { } refusal)
            return refusal;
        return Decision.Of(new BookingRequested(id, tutorId, studentId, time, ofSeries?.ExpiresAt ?? ExpiryOf(time, now), provider, by, now.Cut(), ofSeries?.Place));
    }

    public Decision Confirm(Who by, Guid lessonId, Instant now)
    {
        if (!AnswersForTheTutor(by))
            return Refusal.Forbidden("Only the tutor confirms.");
        if (IsConfirmed())
            return Decision.Nothing;
        if (NoLongerWaiting(now) is { } refusal)
            return refusal;
        return Decision.Of(new BookingConfirmed(Id, lessonId, by, now.Cut()));
    }

    public Decision Decline(Who by, SealedText? why, Instant now)
    {
        if (!AnswersForTheTutor(by))
            return Refusal.Forbidden("Only the tutor declines.");
        if (State is BookingState.Declined)
            return Decision.Nothing;
        if (IsConfirmed())
            return new Refusal("already_confirmed", "The booking is confirmed; cancel it instead.");
        if (NoLongerWaiting(now) is { } refusal)
            return refusal;
        return Decision.Of(new BookingDeclined(Id, by, why, now.Cut()));
    }

    public Decision Cancel(Who by, SealedText? why, Instant now)
    {
        if (NotOfTheBooking(by) is { } stranger)
            return stranger;
        if (State is BookingState.Cancelled)
            return Decision.Nothing;
        if (Settled(now) is { } refusal)
            return refusal;
        return Decision.Of(new BookingCancelled(Id, by, why, now.Cut()));
    }

    /// <summary>
    /// Either side moves it. A request stays a request, and the tutor gets the full time for an answer again; a confirmed lesson stays
    /// confirmed, because whoever cannot make it cancels, and the timeline says who moved it and why.
    /// </summary>
    public Decision Reschedule(Who by, PlannedTime to, SealedText? why, Instant now)
    {
        if (NotOfTheBooking(by) is { } stranger)
            return stranger;
        if (Settled(now) is { } refusal)
            return refusal;
        if (Time.IsSameTimeAs(to))
            return Decision.Nothing;
        if (to.Unplannable(now) is { } unplannable)
            return unplannable;
        return Decision.Of(new BookingRescheduled(Id, Time, to, IsWaiting() ? ExpiryOf(to, now) : null, by, why, now.Cut()));
    }

    /// <summary>The clock's command.</summary>
    public Decision Expire(Instant now)
    {
        if (State is BookingState.Expired)
            return Decision.Nothing;
        if (!IsWaiting())
            return new Refusal("booking_not_waiting", "The booking has its answer.");
        if (!HasExpired(now))
            return new Refusal("booking_not_due", "The tutor still has time for an answer.");
        return Decision.Of(new BookingExpired(Id, now.Cut()));
    }

    private bool IsTheSameRequest(Guid tutorId, Guid studentId, PlannedTime time) =>
        TutorId == tutorId && StudentId == studentId && Time.IsSameTimeAs(time);

    private static Refusal? NotOfTheBooking(Who by) =>
        by.IsOfTheLesson() || by.Part is Part.Admin or Part.Clock or Part.Integrator ? null : Refusal.Forbidden();

    private static bool AnswersForTheTutor(Who by) => by.IsTutor() || by.IsIntegrator();

    /// <summary>Asked before the words are sealed.</summary>
    public static Refusal? TooLong(string? why) =>
        why?.Length > LongestWhy ? Refusal.Invalid("text_too_long", $"At most {LongestWhy} characters.", "/reason") : null;

    private Refusal? NoLongerWaiting(Instant now)
    {
        if (HasExpired(now))
            return Expired();
        return IsClosed() ? Closed() : null;
    }

    private Refusal? Settled(Instant now)
    {
        if (NoLongerWaiting(now) is { } refusal)
            return refusal;
        return Time.HasStarted(now) ? new Refusal("lesson_started", "The lesson's time has come; it can no longer be changed.") : null;
    }

    private static Refusal Expired() => new("booking_expired", "The request was not answered in time and no longer holds the slot.");

    private Refusal Closed() => new("booking_closed", $"The booking is {State.ToString().ToLowerInvariant()}.");
}

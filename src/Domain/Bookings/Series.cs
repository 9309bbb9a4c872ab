using Muse.Domain.Lessons;
using Muse.Domain.People;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Bookings;

/// <summary>Whose clock a series keeps when the two zones change theirs on different days.</summary>
public enum SeriesAnchor
{
    Tutor,
    Student,
}

/// <summary>When the lessons of a series are, from one of them on: the wall-clock time is what was agreed on, each instant follows from its own date.</summary>
/// <param name="FromIndex">The lesson that <paramref name="StartLocal"/> is of.</param>
/// <param name="Zone">Exact IANA id, of whoever the series is anchored to.</param>
/// <param name="IntervalWeeks">1 to 52.</param>
public sealed record WeeklyPattern(int FromIndex, LocalDateTime StartLocal, string Zone, int IntervalWeeks, int DurationMinutes)
{
    /// <summary>The lessons <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1, read with today's zone rules.</summary>
    public IReadOnlyList<Occurrence> Occurrences(int first, int count, DateTimeZone? viewer = null) =>
        [.. SeriesPreview.Compute(Wish(first, count, viewer)).Select(one => one with { Index = first + one.Index })];

    /// <summary>In plain words what clock changes do to these lessons for whoever does not hold the anchor.</summary>
    public IReadOnlyList<SeriesNote> Notes(int first, int count, DateTimeZone viewer)
    {
        var wish = Wish(first, count, viewer);
        return [.. SeriesPreview.Notes(wish, SeriesPreview.Compute(wish)).Select(note => note with { Index = first + note.Index })];
    }

    public PlannedTime PlannedTime(Occurrence one) => new(one.WantedLocal, Zone, Zones.DatabaseVersion, one.Start, DurationMinutes);

    private SeriesWish Wish(int first, int count, DateTimeZone? viewer) => new(
        Zones.Known(Zone), StartLocal.PlusWeeks(IntervalWeeks * (first - FromIndex)), count, IntervalWeeks, DurationMinutes, viewer);
}

/// <summary>A lesson of a series that has a booking of its own.</summary>
public sealed record SeriesBooking(int Index, Guid BookingId);

/// <summary>A date on which the series has no lesson.</summary>
/// <param name="Code">Why, such as <c>tutor_not_free</c>.</param>
public sealed record SkippedDate(int Index, string Code);

public sealed record SeriesRequested(
    Guid SeriesId, Guid TutorId, Guid StudentId, SeriesAnchor Anchor, WeeklyPattern Pattern, int Count, IReadOnlyList<SeriesBooking> Bookings,
    IReadOnlyList<SkippedDate> Skipped, Instant ExpiresAt, string? Provider, Who By, Instant At);

public sealed record SeriesConfirmed(Guid SeriesId, Who By, Instant At);

public sealed record SeriesDeclined(Guid SeriesId, Who By, SealedText? Why, Instant At);

/// <param name="FromIndex">This lesson and the following are called off; 0: all that were to come.</param>
public sealed record SeriesCancelled(Guid SeriesId, int FromIndex, Who By, SealedText? Why, Instant At);

/// <param name="Left">Lessons that could not move and stay where they were.</param>
public sealed record SeriesMoved(
    Guid SeriesId, WeeklyPattern From, WeeklyPattern To, IReadOnlyList<SkippedDate> Left, Who By, SealedText? Why, Instant At);

public sealed record SeriesExpired(Guid SeriesId, Instant At);

/// <summary>
/// A weekly lesson. Each of its lessons is a <see cref="Booking"/> of its own, so that one can be moved or called off alone; the series says what holds for
/// all of them, and answers, moves and ends them together.
/// </summary>
/// <param name="EndsBefore">Lessons from this index on were called off; the number of lessons while none was.</param>
public sealed record Series(
    Guid Id, Guid TutorId, Guid StudentId, SeriesAnchor Anchor, WeeklyPattern Pattern, int Count, IReadOnlyList<SeriesBooking> Bookings, Instant? ExpiresAt,
    string? Provider, BookingState State, int EndsBefore)
{
    public const int ShortestSeries = 2;

    /// <summary>A lesson a week for two years; who goes on asks again, under the rules of then.</summary>
    public const int LongestSeries = 104;

    /// <summary>From the first lesson to the last.</summary>
    public const int LongestWeeks = 104;

    public static Series Create(SeriesRequested e) => new(
        e.SeriesId, e.TutorId, e.StudentId, e.Anchor, e.Pattern, e.Count, e.Bookings, e.ExpiresAt, e.Provider, BookingState.Requested, e.Count);

    public Series Apply(SeriesConfirmed _) => this with { State = BookingState.Confirmed, ExpiresAt = null };

    public Series Apply(SeriesDeclined _) => this with { State = BookingState.Declined, ExpiresAt = null };

    public Series Apply(SeriesCancelled e) => e.FromIndex == 0
        ? this with { State = BookingState.Cancelled, ExpiresAt = null, EndsBefore = 0 }
        : this with { EndsBefore = e.FromIndex };

    public Series Apply(SeriesMoved e) => this with { Pattern = e.To };

    public Series Apply(SeriesExpired _) => this with { State = BookingState.Expired, ExpiresAt = null };

    public bool IsWaiting() => State is BookingState.Requested;

    public bool IsClosed() => State is BookingState.Declined or BookingState.Cancelled or BookingState.Expired;

    public bool HasExpired(Instant now) => State is BookingState.Expired || (IsWaiting() && now >= ExpiresAt);

    /// <summary>Those from this lesson on that were not called off with the series.</summary>
    public IEnumerable<SeriesBooking> From(int index) => Bookings.Where(one => one.Index >= index && one.Index < EndsBefore);

    /// <summary>Refusals: <c>invalid_count</c>, <c>series_too_long</c>, <c>invalid_interval</c>.</summary>
    public static Refusal? OutOfBounds(int count, int intervalWeeks)
    {
        if (intervalWeeks is < 1 or > 52)
            return Refusal.Invalid("invalid_interval", "A series comes every 1 to 52 weeks.", "/intervalWeeks");
        if (count < ShortestSeries)
            return Refusal.Invalid("invalid_count", $"A series has at least {ShortestSeries} lessons.", "/count");
        return count > LongestSeries || (count - 1) * intervalWeeks > LongestWeeks
            ? Refusal.Invalid("series_too_long", $"A series has at most {LongestSeries} lessons within {LongestWeeks} weeks.", "/count")
            : null;
    }

    /// <param name="bookings">In the order of their lessons; none of them: nothing could be had.</param>
    public static Decision Request(
        Guid id, Guid tutorId, Guid studentId, SeriesAnchor anchor, WeeklyPattern pattern, int count, IReadOnlyList<SeriesBooking> bookings,
        IReadOnlyList<SkippedDate> skipped, Instant expiresAt, string? provider, Who by, Instant now)
    {
        if (!by.IsStudentSide() && !by.IsIntegrator())
            return Refusal.Forbidden("Lessons are requested by the student or a guardian.");
        if (OutOfBounds(count, pattern.IntervalWeeks) is { } refusal)
            return refusal;
        return bookings.Count < ShortestSeries
            ? new Refusal("series_clashes", "Of these lessons fewer than two can be had.")
            : Decision.Of(new SeriesRequested(id, tutorId, studentId, anchor, pattern, count, bookings, skipped, expiresAt, provider, by, now.Cut()));
    }

    public Decision Confirm(Who by, Instant now)
    {
        if (!AnswersForTheTutor(by))
            return Refusal.Forbidden("Only the tutor confirms.");
        if (State is BookingState.Confirmed)
            return Decision.Nothing;
        return NoLongerWaiting(now) is { } refusal ? refusal : Decision.Of(new SeriesConfirmed(Id, by, now.Cut()));
    }

    public Decision Decline(Who by, SealedText? why, Instant now)
    {
        if (!AnswersForTheTutor(by))
            return Refusal.Forbidden("Only the tutor declines.");
        if (State is BookingState.Declined)
            return Decision.Nothing;
        if (State is BookingState.Confirmed)
            return new Refusal("already_confirmed", "The series is confirmed; cancel it instead.");
        return NoLongerWaiting(now) is { } refusal ? refusal : Decision.Of(new SeriesDeclined(Id, by, why, now.Cut()));
    }

    /// <param name="from">This lesson and the following; 0: all that are to come.</param>
    public Decision Cancel(Who by, int from, SealedText? why, Instant now)
    {
        if (NotOfTheSeries(by) is { } stranger)
            return stranger;
        if (State is BookingState.Cancelled)
            return Decision.Nothing;
        if (NoLongerWaiting(now) is { } refusal)
            return refusal;
        if (NoSuchLesson(from) is { } none)
            return none;
        return from >= EndsBefore ? Decision.Nothing : Decision.Of(new SeriesCancelled(Id, from, by, why, now.Cut()));
    }

    /// <param name="left">Lessons that stay where they were.</param>
    public Decision Move(Who by, WeeklyPattern to, IReadOnlyList<SkippedDate> left, SealedText? why, Instant now)
    {
        if (NotOfTheSeries(by) is { } stranger)
            return stranger;
        if (NoLongerWaiting(now) is { } refusal)
            return refusal;
        if (NoSuchLesson(to.FromIndex) is { } none)
            return none;
        if (to.FromIndex >= EndsBefore)
            return Closed();
        return IsWhereItIs(to) ? Decision.Nothing : Decision.Of(new SeriesMoved(Id, Pattern, to, left, by, why, now.Cut()));
    }

    /// <summary>The clock's command.</summary>
    public Decision Expire(Instant now)
    {
        if (State is BookingState.Expired)
            return Decision.Nothing;
        if (!IsWaiting())
            return new Refusal("booking_not_waiting", "The series has its answer.");
        return HasExpired(now) ? Decision.Of(new SeriesExpired(Id, now.Cut())) : new Refusal("booking_not_due", "The tutor still has time for an answer.");
    }

    // Said of another lesson, the same weeks are the same pattern.
    private bool IsWhereItIs(WeeklyPattern to) =>
        to with { StartLocal = to.StartLocal.PlusWeeks(-to.IntervalWeeks * (to.FromIndex - Pattern.FromIndex)), FromIndex = Pattern.FromIndex } == Pattern;

    private static Refusal? NotOfTheSeries(Who by) =>
        by.IsOfTheLesson() || by.Part is Part.Admin or Part.Integrator ? null : Refusal.Forbidden();

    private static bool AnswersForTheTutor(Who by) => by.IsTutor() || by.IsIntegrator();

    private Refusal? NoSuchLesson(int index) =>
        index >= 0 && index < Count ? null : Refusal.Invalid("no_such_lesson", $"The series has the lessons 0 to {Count - 1}.", "/from");

    private Refusal? NoLongerWaiting(Instant now)
    {
        if (HasExpired(now))
            return new Refusal("booking_expired", "The request was not answered in time and no longer holds its slots.");
        return IsClosed() ? Closed() : null;
    }

    private Refusal Closed() => new("booking_closed", $"The series is {(IsClosed() ? State.ToString().ToLowerInvariant() : "over")}.");
}

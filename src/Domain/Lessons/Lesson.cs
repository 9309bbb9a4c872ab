using System.Collections.Immutable;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Domain.Lessons;

/// <summary><paramref name="Link"/> is Muse's own address of the lesson; it never changes, whatever the provider or the time.</summary>
public sealed record LessonScheduled(
    Guid LessonId, Guid BookingId, Guid TutorId, Guid StudentId, PlannedTime Time, string Link, string? Provider, Who By, Instant At);

public sealed record LessonMoved(Guid LessonId, PlannedTime From, PlannedTime To, Who By, SealedText? Why, Instant At);

/// <summary>A government changed its clocks: the agreed local time stands and the instant moved. <paramref name="Clashes"/>: it now overlaps another.</summary>
public sealed record LessonRezoned(Guid LessonId, PlannedTime From, PlannedTime To, bool Clashes, Instant At);

/// <summary><paramref name="ParticipantId"/> names this stay in the room; a person on two devices has two.</summary>
/// <param name="Provider">Who says so; null for the rooms of this server.</param>
/// <param name="At">By the provider's clock, when one says so.</param>
/// <param name="Guest">Of a guest who came by a link of Muse.</param>
public sealed record ParticipantJoined(Guid LessonId, Guid ParticipantId, Who Who, Instant At, string? Provider = null, LinkGuest? Guest = null);

/// <summary>Who came by a guest link. <paramref name="GuestId"/> is the same when the same browser comes again; it says nothing of the
/// person.</summary>
public sealed record LinkGuest(Guid LinkId, Guid GuestId);

public sealed record ParticipantLeft(Guid LessonId, Guid ParticipantId, Who Who, Instant At, string? Provider = null);

/// <summary>A provider says that its meeting is over: whoever had come there until then is out.</summary>
public sealed record EveryoneLeft(Guid LessonId, string Provider, Instant At);

/// <summary>
/// Tutor and student side met for the first time. A provider may tell of it late, even after the lesson has ended.
/// </summary>
public sealed record LessonStarted(Guid LessonId, Instant At);

/// <param name="By">The tutor who ended it for everybody; null: its time was over.</param>
public sealed record LessonEnded(Guid LessonId, Instant At, Who? By = null);

public sealed record LessonCancelled(Guid LessonId, Who By, SealedText? Why, Instant At);

public enum LessonState
{
    Scheduled,
    Started,
    Ended,
    Cancelled,
}

public sealed partial record Lesson(
    Guid Id, Guid BookingId, Guid TutorId, Guid StudentId, PlannedTime Time, string Link, string? Provider, LessonState State,
    ImmutableDictionary<Guid, Who> Present)
{
    /// <summary>The room opens this long before the start.</summary>
    public static readonly Duration OpensBefore = Duration.FromMinutes(10);

    /// <summary>People still in the room may go on this long after the planned end.</summary>
    public static readonly Duration ClosesAfter = Duration.FromMinutes(15);

    /// <summary>One lesson's people on a few devices each; more is somebody's loop.</summary>
    public const int MostPresent = 12;

    /// <summary>Guests in a room of this server, who are counted apart, so that they keep nobody of the lesson out.</summary>
    public const int MostGuests = 40;

    public static Lesson Create(LessonScheduled e) => new(
        e.LessonId, e.BookingId, e.TutorId, e.StudentId, e.Time, e.Link, e.Provider, LessonState.Scheduled,
        ImmutableDictionary<Guid, Who>.Empty);

    public Lesson Apply(LessonMoved e) => this with { Time = e.To };

    public Lesson Apply(LessonRezoned e) => this with { Time = e.To };

    public Lesson Apply(ParticipantJoined e) => e.Provider is { } provider
        ? Visited(e.ParticipantId, new Visit(provider, e.Who, Came: e.At, Went: null))
        : this with { Present = Present.SetItem(e.ParticipantId, e.Who) };

    public Lesson Apply(ParticipantLeft e) => e.Provider is { } provider
        ? Visited(e.ParticipantId, new Visit(provider, e.Who, Came: null, Went: e.At))
        : this with { Present = Present.Remove(e.ParticipantId) };

    public Lesson Apply(LessonStarted e) => this with { State = IsScheduled() ? LessonState.Started : State, HaveMet = true };

    public Lesson Apply(LessonEnded e) => this with { State = LessonState.Ended, Present = Present.Clear() };

    public Lesson Apply(LessonCancelled e) => this with { State = LessonState.Cancelled };

    public bool IsScheduled() => State is LessonState.Scheduled;

    public bool IsCancelled() => State is LessonState.Cancelled;

    public bool IsClosed() => State is LessonState.Ended or LessonState.Cancelled;

    public Instant JoinOpensAt() => Time.Start - OpensBefore;

    public bool RoomIsOpen(Instant now) => !IsClosed() && now >= JoinOpensAt() && now < Time.End() + ClosesAfter;

    /// <summary>What somebody is to this lesson, or null for a stranger. The tutor's part goes first.</summary>
    public Part? PartOf(Guid? tutorId, Guid? studentId, bool guardsTheStudent)
    {
        if (tutorId == TutorId)
            return Part.Tutor;
        if (studentId == StudentId)
            return Part.Student;
        return guardsTheStudent ? Part.Guardian : null;
    }

    /// <summary>May this person come into the room now? Null is yes. Strangers are told that there is nothing; a guest is whom a link lets
    /// in.</summary>
    public Refusal? MayNotJoin(Who who, Instant now)
    {
        if (!who.IsOfTheLesson() && !who.IsGuest())
            return Refusal.NotFound();
        if (IsCancelled())
            return new Refusal("lesson_cancelled", "The lesson is cancelled.");
        if (State is LessonState.Ended || now >= Time.End() + ClosesAfter)
            return new Refusal("lesson_over", "The lesson is over.");
        if (now < JoinOpensAt())
            return new Refusal("room_not_open", "The room opens ten minutes before the lesson starts.") { OpensAt = JoinOpensAt() };
        return null;
    }

    /// <summary>Why no meeting is arranged for it any more, or null.</summary>
    public Refusal? MayNotHaveMeeting(Instant now)
    {
        if (IsCancelled())
            return Cancelled();
        return State is LessonState.Ended || Time.IsOver(now) ? new Refusal("lesson_over", "The lesson is over.") : null;
    }

    public static Decision Schedule(
        Lesson? existing, Guid id, Guid bookingId, Guid tutorId, Guid studentId, PlannedTime time, string link, string? provider, Who by,
        Instant now)
    {
        if (existing is not null)
            return existing.BookingId == bookingId
                ? Decision.Nothing
                : new Refusal("lesson_exists", "There is already another lesson of this id.");
        if (time.Unplannable(now) is { } refusal)
            return refusal;
        return Decision.Of(new LessonScheduled(id, bookingId, tutorId, studentId, time, link, provider, by, now.Cut()));
    }

    public Decision Move(PlannedTime to, Who by, SealedText? why, Instant now)
    {
        if (NotMovable() is { } refusal)
            return refusal;
        if (Time.IsSameTimeAs(to))
            return Decision.Nothing;
        if (to.Unplannable(now) is { } unplannable)
            return unplannable;
        return Decision.Of(new LessonMoved(Id, Time, to, by, why, now.Cut()));
    }

    /// <summary>Takes the newly resolved instant of the same local time; nothing when the new rules leave it where it was.</summary>
    public Decision Rezone(PlannedTime to, bool clashes, Instant now)
    {
        if (NotMovable() is { } refusal)
            return refusal;
        if (to.Local != Time.Local || to.Zone != Time.Zone)
            return new Refusal("not_the_agreed_time", "Only the instant follows the rules; the agreed local time stands.");
        if (Time.IsSameTimeAs(to))
            return Decision.Nothing;
        if (Time.HasStarted(now))
            return new Refusal("lesson_started", "The lesson's time has come.");
        return Decision.Of(new LessonRezoned(Id, Time, to, clashes, now.Cut()));
    }

    public Decision Cancel(Who by, SealedText? why, Instant now)
    {
        if (IsCancelled())
            return Decision.Nothing;
        if (NotMovable() is { } refusal)
            return refusal;
        return Decision.Of(new LessonCancelled(Id, by, why, now.Cut()));
    }

    /// <summary>Somebody came in. The lesson starts when the tutor and somebody else are both there: as at other providers a guest counts,
    /// whom the tutor has let in.</summary>
    public Decision Join(Guid participantId, Who who, Instant now, LinkGuest? guest = null)
    {
        if (Present.TryGetValue(participantId, out var present))
            return present == who ? Decision.Nothing : new Refusal("participant_exists", "Somebody else is in the room under this id.");
        if (MayNotJoin(who, now) is { } refusal)
            return refusal;
        var most = who.IsGuest() ? MostGuests : MostPresent;
        if (Present.Values.Count(p => p.IsGuest() == who.IsGuest()) >= most)
            return new Refusal("room_full", $"At most {most} {(who.IsGuest() ? "guests" : "devices")} in one lesson.");
        var joined = new ParticipantJoined(Id, participantId, who, now.Cut(), Guest: guest);
        return IsScheduled() && WouldMeet(who)
            ? Decision.Of(joined, new LessonStarted(Id, now.Cut()))
            : Decision.Of(joined);
    }

    /// <summary>Somebody went, or the connection was lost for good. Always accepted; unknown or already gone changes nothing.</summary>
    public Decision Leave(Guid participantId, Instant now) =>
        Present.TryGetValue(participantId, out var who)
            ? Decision.Of(new ParticipantLeft(Id, participantId, who, now.Cut(), Visits.GetValueOrDefault(participantId)?.Provider))
            : Decision.Nothing;

    /// <summary>The clock's command: at the planned end when the room is empty, else when the room closes.</summary>
    public Decision End(Instant now)
    {
        if (State is LessonState.Ended)
            return Decision.Nothing;
        if (IsCancelled())
            return Cancelled();
        if (!IsDue(now))
            return new Refusal("lesson_not_over", "The lesson is not over yet.");
        return Decision.Of(new LessonEnded(Id, now.Cut()));
    }

    /// <summary>The tutor's command: the lesson is over for everybody, before or after its planned end.</summary>
    public Decision Finish(Who by, Instant now)
    {
        if (!by.IsTutor())
            return Refusal.Forbidden("Only the tutor ends the lesson for everybody.");
        if (State is LessonState.Ended)
            return Decision.Nothing;
        if (IsCancelled())
            return Cancelled();
        if (IsScheduled())
            return new Refusal("lesson_not_started", "The lesson has not started.");
        return Decision.Of([.. Present.Keys.Order().SelectMany(p => Leave(p, now).Events), new LessonEnded(Id, now.Cut(), by)]);
    }

    public bool IsDue(Instant now) => Present.IsEmpty ? Time.IsOver(now) : now >= Time.End() + ClosesAfter;

    private bool WouldMeet(Who who) => Present.Values.Any(p => p.IsTutor() != who.IsTutor());

    private Refusal? NotMovable() => State switch
    {
        LessonState.Scheduled => null,
        LessonState.Started => new Refusal("lesson_started", "The lesson has started."),
        LessonState.Ended => new Refusal("lesson_over", "The lesson is over."),
        _ => Cancelled(),
    };

    private static Refusal Cancelled() => new("lesson_cancelled", "The lesson is cancelled.");
}

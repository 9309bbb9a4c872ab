using System.Collections.Immutable;
using NodaTime;

namespace Muse.Domain.Meetings;

public sealed record MeetingArranged(
    Guid MeetingId, Guid LessonId, string Provider, string Reference, string JoinUrl, Instant Start, int DurationMinutes,
    IReadOnlyList<PassedOver> PassedOver, Instant At);

public sealed record MeetingMoved(Guid MeetingId, Guid LessonId, string Provider, Instant Start, int DurationMinutes, Instant At);

/// <summary><paramref name="Provider"/> is null when none had been arranged yet.</summary>
public sealed record MeetingWithdrawn(Guid MeetingId, Guid LessonId, string? Provider, Instant At);

/// <summary>One provider failed for good; the next is tried.</summary>
public sealed record MeetingArrangementFailed(Guid MeetingId, Guid LessonId, string Provider, string Code, string Detail, Instant At);

/// <summary>No provider is configured that may be used where the student is. The lesson stands without a meeting, and everybody is told.</summary>
public sealed record NoProviderAllowed(
    Guid MeetingId, Guid LessonId, string Country, IReadOnlyList<PassedOver> PassedOver, Instant At);

public enum MeetingState
{
    /// <summary>Nothing arranged yet; failures may have been noted.</summary>
    Arranging,
    Ready,
    /// <summary>Every allowed provider failed for good.</summary>
    Failed,
    NoProviderAllowed,
    Withdrawn,
}

/// <summary>What the errand has to do next for a lesson's meeting.</summary>
public enum MeetingStep
{
    Nothing,
    Arrange,
    Move,
    Withdraw,
}

/// <summary>A lesson's meeting at a provider; a stream of its own, so that what an errand learns makes nobody's ETag stale.</summary>
public sealed record Meeting(
    Guid Id, Guid LessonId, MeetingState State, string? Provider, string? Reference, string? JoinUrl, Instant? Start, int DurationMinutes,
    ImmutableHashSet<string> FailedProviders)
{
    public static Meeting Create(MeetingArranged e) => None(e.MeetingId, e.LessonId).Apply(e);

    public static Meeting Create(MeetingArrangementFailed e) => None(e.MeetingId, e.LessonId).Apply(e);

    public static Meeting Create(NoProviderAllowed e) => None(e.MeetingId, e.LessonId).Apply(e);

    public static Meeting Create(MeetingWithdrawn e) => None(e.MeetingId, e.LessonId).Apply(e);

    /// <summary>Before its first event.</summary>
    public static Meeting None(Guid id, Guid lessonId) => new(id, lessonId, MeetingState.Arranging, null, null, null, null, 0, []);

    public Meeting Apply(MeetingArranged e) => this with
    {
        State = MeetingState.Ready,
        Provider = e.Provider,
        Reference = e.Reference,
        JoinUrl = e.JoinUrl,
        Start = e.Start,
        DurationMinutes = e.DurationMinutes,
    };

    public Meeting Apply(MeetingMoved e) => this with { Start = e.Start, DurationMinutes = e.DurationMinutes };

    public Meeting Apply(MeetingWithdrawn e) => this with { State = MeetingState.Withdrawn };

    public Meeting Apply(MeetingArrangementFailed e) => this with
    {
        State = MeetingState.Failed,
        FailedProviders = FailedProviders.Add(e.Provider),
    };

    public Meeting Apply(NoProviderAllowed e) => this with { State = MeetingState.NoProviderAllowed };

    public bool IsReady() => State is MeetingState.Ready;

    public bool IsWithdrawn() => State is MeetingState.Withdrawn;

    public bool IsAt(Instant start, int durationMinutes) => Start == start && DurationMinutes == durationMinutes;

    /// <summary>
    /// Compares what is with what the lesson needs. Arranging, moving and withdrawing ask the same question, so it does not matter in which
    /// order their errands come.
    /// </summary>
    public MeetingStep Next(bool lessonIsOff, Instant start, int durationMinutes)
    {
        if (IsWithdrawn())
            return MeetingStep.Nothing;
        if (lessonIsOff)
            return MeetingStep.Withdraw;
        if (!IsReady())
            return MeetingStep.Arrange;
        return IsAt(start, durationMinutes) ? MeetingStep.Nothing : MeetingStep.Move;
    }

    /// <summary>Why nobody can join it yet, or null.</summary>
    public Refusal? NotJoinable() => State switch
    {
        MeetingState.Ready => null,
        MeetingState.NoProviderAllowed =>
            new Refusal("no_provider_allowed", "No meeting provider is set up that may be used where the student is."),
        MeetingState.Withdrawn => new Refusal("meeting_withdrawn", "The meeting was withdrawn."),
        MeetingState.Failed => new Refusal("meeting_failed", "No meeting provider could arrange the meeting."),
        _ => new Refusal("meeting_not_ready", "The meeting is being arranged."),
    };

    public Decision Arranged(
        string provider, MeetingPlace place, Instant start, int durationMinutes, IReadOnlyList<PassedOver> passedOver, Instant now)
    {
        if (IsReady())
            return Provider == provider && Reference == place.Reference
                ? Decision.Nothing
                : new Refusal("meeting_arranged", "There is already a meeting.");
        if (IsWithdrawn())
            return new Refusal("meeting_withdrawn", "The meeting was withdrawn.");
        return Decision.Of(new MeetingArranged(
            Id, LessonId, provider, place.Reference, place.JoinUrl, start, durationMinutes, passedOver, now.Cut()));
    }

    public Decision ArrangementFailed(string provider, string code, string detail, Instant now)
    {
        if (FailedProviders.Contains(provider))
            return Decision.Nothing;
        if (IsReady())
            return new Refusal("meeting_arranged", "There is already a meeting.");
        if (IsWithdrawn())
            return new Refusal("meeting_withdrawn", "The meeting was withdrawn.");
        return Decision.Of(new MeetingArrangementFailed(Id, LessonId, provider, code, detail, now.Cut()));
    }

    /// <summary>After every allowed provider failed the state stays <see cref="MeetingState.Failed"/>: that is not the law's doing.</summary>
    public Decision NoneAllowed(string country, IReadOnlyList<PassedOver> passedOver, Instant now)
    {
        if (State is MeetingState.NoProviderAllowed)
            return Decision.Nothing;
        if (IsReady())
            return new Refusal("meeting_arranged", "There is already a meeting.");
        if (IsWithdrawn())
            return new Refusal("meeting_withdrawn", "The meeting was withdrawn.");
        if (State is MeetingState.Failed)
            return Decision.Nothing;
        return Decision.Of(new NoProviderAllowed(Id, LessonId, country, passedOver, now.Cut()));
    }

    public Decision Moved(Instant start, int durationMinutes, Instant now)
    {
        if (!IsReady())
            return NotJoinable()!;
        return IsAt(start, durationMinutes)
            ? Decision.Nothing
            : Decision.Of(new MeetingMoved(Id, LessonId, Provider!, start, durationMinutes, now.Cut()));
    }

    public Decision Withdrawn(Instant now) =>
        IsWithdrawn() ? Decision.Nothing : Decision.Of(new MeetingWithdrawn(Id, LessonId, IsReady() ? Provider : null, now.Cut()));
}

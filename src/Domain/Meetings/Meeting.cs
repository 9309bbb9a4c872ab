using System.Collections.Immutable;
using NodaTime;

namespace Muse.Domain.Meetings;

/// <param name="Reasons">For each provider, why it is the one or is not.</param>
/// <param name="Account">Null in the built-in room, and where it was not kept (version 2).</param>
public sealed record MeetingArranged(
    Guid MeetingId, Guid LessonId, string Provider, string Reference, string JoinUrl, Instant Start, int DurationMinutes,
    IReadOnlyList<ProviderReason> Reasons, MeetingAccount? Account, Instant At);

/// <summary>Also when somebody moved it at the provider and it was put back: then the start is the same as before.</summary>
public sealed record MeetingMoved(Guid MeetingId, Guid LessonId, string Provider, Instant Start, int DurationMinutes, Instant At);

/// <summary><paramref name="Provider"/> is null when none had been arranged yet.</summary>
/// <param name="LeftBehind">Why it is still at the provider, such as <c>account_disconnected</c>; null when it is gone there.</param>
public sealed record MeetingWithdrawn(Guid MeetingId, Guid LessonId, string? Provider, string? LeftBehind, Instant At);

/// <summary>A meeting that is not in use any more could not be taken away: a person may do it at the provider.</summary>
/// <param name="Reference">Null when nobody knows whether there is one, and which.</param>
/// <param name="Code">Why, such as <c>account_disconnected</c>, <c>not_permitted</c>, <c>no_longer_configured</c>, <c>unreachable</c>.</param>
public sealed record MeetingLeftBehind(Guid MeetingId, Guid LessonId, string Provider, string? Reference, string Code, Instant At);

/// <summary>One provider failed for good; the next is tried.</summary>
/// <param name="Next">That is tried now; null when none is left, or when it was noted before this was.</param>
public sealed record MeetingArrangementFailed(Guid MeetingId, Guid LessonId, string Provider, string Code, string Detail, string? Next, Instant At);

/// <summary>A provider had trouble that may pass; it is asked again, not before <paramref name="NotBefore"/>.</summary>
/// <param name="Step">What was asked of it.</param>
public sealed record MeetingTroubled(
    Guid MeetingId, Guid LessonId, string Provider, MeetingStep Step, string Code, Instant NotBefore, Instant At);

/// <summary>The meeting that was arranged is none any more; another is arranged, at the same provider or elsewhere.</summary>
/// <param name="Code">One of <see cref="LostCodes"/>.</param>
public sealed record MeetingLost(
    Guid MeetingId, Guid LessonId, string Provider, string Reference, string Code, string Detail, Instant At);

/// <summary>Looked at before the lesson: it is there, at the lesson's time.</summary>
public sealed record MeetingVerified(Guid MeetingId, Guid LessonId, string Provider, Instant At);

/// <summary>Every provider had failed; they may be asked once more.</summary>
/// <param name="Provider">Only this one; null for all.</param>
/// <param name="By">Who asked for it; null when the server did so by itself.</param>
public sealed record MeetingTriedAgain(Guid MeetingId, Guid LessonId, string? Provider, Lessons.Who? By, Instant At);

/// <summary>Somebody waits at the provider's door to be let in.</summary>
public sealed record GuestWaited(Guid MeetingId, Guid LessonId, string Provider, Lessons.Who Who, Instant At);

/// <summary>People began to meet at the provider, in this meeting or in one that was lost; those who come back later begin another sitting.</summary>
/// <param name="At">By the provider's clock, but not after ours.</param>
public sealed record SittingBegan(Guid MeetingId, Guid LessonId, string Provider, Instant At);

/// <summary>The provider closed a sitting. What it means for the lesson, the lesson's own events say.</summary>
/// <param name="At">As in <see cref="SittingBegan"/>.</param>
public sealed record SittingOver(Guid MeetingId, Guid LessonId, string Provider, Instant At);

/// <summary>No provider is configured that may be used in the countries of both people. The lesson stands without a meeting, and everybody is told.</summary>
public sealed record NoProviderAllowed(
    Guid MeetingId, Guid LessonId, string Country, IReadOnlyList<ProviderReason> Reasons, Instant At);

/// <summary>Why a meeting was lost.</summary>
public static class LostCodes
{
    public const string DeletedAtProvider = "deleted_at_provider";

    /// <summary>The people could not be brought together there within twenty seconds.</summary>
    public const string DidNotConnect = "did_not_connect";
    public const string AccountDisconnected = "account_disconnected";

    /// <summary>Somebody moved it at the provider, and it could not be put back.</summary>
    public const string MovedAtProvider = "moved_at_provider";

    /// <summary>The lesson has another time and the provider did not take its meeting along.</summary>
    public const string MoveFailed = "move_failed";

    /// <summary>The provider is no longer set up on this server.</summary>
    public const string NoLongerConfigured = "no_longer_configured";

    /// <summary>One of the two people is in another country now, where the provider may not be used.</summary>
    public const string NotAllowedInCountry = "not_allowed_in_country";

    /// <summary>After these it may still be at the provider, or be there again.</summary>
    public static bool MayBeThere(string code) => code is MoveFailed or MovedAtProvider or DidNotConnect or AccountDisconnected or NotAllowedInCountry;

    /// <summary>After these the same provider is not asked again for this lesson.</summary>
    public static bool RuleOut(string code) => code is DidNotConnect or MovedAtProvider or MoveFailed;
}

public enum MeetingState
{
    /// <summary>Nothing arranged yet; failures may have been noted.</summary>
    Arranging,
    Ready,
    /// <summary>A provider failed for good; unless another is to be tried (<see cref="Meeting.Unanswered"/>), that was the last one.</summary>
    Failed,
    NoProviderAllowed,
    Withdrawn,
    /// <summary>Shown of what is to be arranged when the lesson is nearer (<see cref="Meeting.Ahead"/>); never a state of its own.</summary>
    Later,
}

/// <summary>What the errand has to do next for a lesson's meeting.</summary>
public enum MeetingStep
{
    Nothing,
    Arrange,
    Move,
    Withdraw,
}

/// <summary>Trouble at one provider since something last went well there.</summary>
public sealed record ProviderTroubles(int Count, Instant NotBefore);

/// <summary>A sitting's beginning or its end, as a provider told it.</summary>
public readonly record struct SittingReport(string Provider, bool IsOver, Instant At);

/// <summary>A lesson's meeting at a provider; a stream of its own, so that what an errand learns makes nobody's ETag stale.</summary>
public sealed record Meeting(
    Guid Id, Guid LessonId, MeetingState State, string? Provider, string? Reference, string? JoinUrl, Instant? Start, int DurationMinutes,
    ImmutableHashSet<string> FailedProviders)
{
    /// <summary>A provider is asked this often before the next one takes the lesson.</summary>
    public const int MostTroubles = 4;

    /// <summary>A stranger may knock as often as he likes; this often it is noted.</summary>
    public const int MostGuestsWaiting = 20;

    /// <summary>Beginnings and endings together that are noted: whoever has the link may open and leave the meeting as often as he likes.</summary>
    public const int MostSittingReports = 100;

    /// <summary>So close to the lesson nobody waits for trouble to pass.</summary>
    public static readonly Duration NoTimeLeft = Duration.FromMinutes(15);

    /// <summary>Whoever asks for another try waits this long after everything had failed.</summary>
    public static readonly Duration Rest = Duration.FromSeconds(30);

    /// <summary>A provider that wants to be left alone for longer is passed over.</summary>
    public static readonly Duration LongestWait = Duration.FromHours(1);

    /// <summary>Code of a failure that is final because nobody is left who could be tried after it.</summary>
    public const string NoOtherCode = "no_other_provider";

    private const int LongestDetail = 500;

    /// <summary>The provider that failed while another is to be tried, which has not answered yet; null when there is none.</summary>
    public string? Unanswered { get; init; }

    public ImmutableDictionary<string, ProviderTroubles> Troubles { get; init; } = ImmutableDictionary<string, ProviderTroubles>.Empty;

    /// <summary>When it was last known to be at the provider as it should be.</summary>
    public Instant? SeenAt { get; init; }

    /// <summary>How often in a row every provider had failed, since somebody asked for another try; see <see cref="NextTry"/>.</summary>
    public int Failures { get; init; }

    /// <summary>The last time that every provider had failed, or that none was allowed.</summary>
    public Instant? FailedAt { get; init; }

    /// <summary>How the one in use was arranged, at the time where it is now.</summary>
    public MeetingArranged? Arrangement { get; init; }

    /// <summary>The one that did not connect while others are asked: given back when none of them takes the lesson, for what does not connect may do
    /// so the next time, and no meeting at all never does.</summary>
    public MeetingArranged? Left { get; init; }

    public int GuestsWaited { get; init; }

    /// <summary>What was told of sittings: at most <see cref="MostSittingReports"/>.</summary>
    public ImmutableHashSet<SittingReport> Sittings { get; init; } = [];

    /// <summary>Provider and reference of each that could not be taken away.</summary>
    public ImmutableHashSet<string> LeftThere { get; init; } = [];

    public static Meeting Create(MeetingArranged e) => None(e.MeetingId, e.LessonId).Apply(e);

    public static Meeting Create(MeetingArrangementFailed e) => None(e.MeetingId, e.LessonId).Apply(e);

    public static Meeting Create(MeetingTroubled e) => None(e.MeetingId, e.LessonId).Apply(e);

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
        SeenAt = e.At,
        Troubles = Troubles.Clear(),
        Unanswered = null,
        Failures = 0,
        Arrangement = e,
        Left = null,
    };

    public Meeting Apply(MeetingMoved e) => this with
    {
        Start = e.Start,
        DurationMinutes = e.DurationMinutes,
        Arrangement = Arrangement! with { Start = e.Start, DurationMinutes = e.DurationMinutes },
        SeenAt = e.At,
        Troubles = Troubles.Clear(),
    };

    public Meeting Apply(MeetingVerified e) => this with { SeenAt = e.At };

    public Meeting Apply(MeetingTroubled e) => this with
    {
        Troubles = Troubles.SetItem(e.Provider, new ProviderTroubles(Troubles.GetValueOrDefault(e.Provider)?.Count + 1 ?? 1, e.NotBefore)),
    };

    public Meeting Apply(MeetingLost e) => this with
    {
        State = LostCodes.RuleOut(e.Code) ? MeetingState.Failed : MeetingState.Arranging,
        Provider = null,
        Reference = null,
        JoinUrl = null,
        Start = null,
        DurationMinutes = 0,
        SeenAt = null,
        Troubles = Troubles.Clear(),
        FailedProviders = LostCodes.RuleOut(e.Code) ? FailedProviders.Add(e.Provider) : FailedProviders,
        Unanswered = LostCodes.RuleOut(e.Code) ? e.Provider : null,
        Arrangement = null,
        Left = e.Code == LostCodes.DidNotConnect ? Arrangement : null,
    };

    public Meeting Apply(MeetingTriedAgain e) => this with
    {
        State = MeetingState.Arranging,
        FailedProviders = e.Provider is { } one ? FailedProviders.Remove(one) : FailedProviders.Clear(),
        Unanswered = null,
        Failures = e.By is null ? Failures : 0,
    };

    public Meeting Apply(GuestWaited e) => this with { GuestsWaited = GuestsWaited + 1 };

    public Meeting Apply(SittingBegan e) => this with { Sittings = Sittings.Add(new SittingReport(e.Provider, IsOver: false, e.At)) };

    public Meeting Apply(SittingOver e) => this with { Sittings = Sittings.Add(new SittingReport(e.Provider, IsOver: true, e.At)) };

    public Meeting Apply(MeetingLeftBehind e) => this with { LeftThere = LeftThere.Add($"{e.Provider} {e.Reference}") };

    public Meeting Apply(MeetingWithdrawn e) => this with
    {
        State = MeetingState.Withdrawn,
        Left = null,
        LeftThere = e is { LeftBehind: not null, Provider: { } provider } ? LeftThere.Add($"{provider} {Reference}") : LeftThere,
    };

    public Meeting Apply(MeetingArrangementFailed e) => this with
    {
        State = MeetingState.Failed,
        FailedProviders = FailedProviders.Add(e.Provider),
        Troubles = Troubles.Remove(e.Provider),
        Unanswered = e.Next is null ? null : e.Provider,
        Failures = e.Next is null ? Failures + 1 : Failures,
        FailedAt = e.Next is null ? e.At : FailedAt,
    };

    public Meeting Apply(NoProviderAllowed e) => this with { State = MeetingState.NoProviderAllowed, FailedAt = e.At };

    /// <summary>
    /// How early a meeting is made: the meetings of a year's weekly lessons at once would use up what a provider lets an account make in a day (of Zoom 100).
    /// </summary>
    public static readonly Duration Ahead = Duration.FromDays(28);

    /// <summary>When to begin with the meeting of a lesson; null: now.</summary>
    public static Instant? DueFor(Instant start, Instant now) => start - Ahead > now ? start - Ahead : null;

    /// <summary>For people it is being arranged as long as anybody is left to ask, and later while the lesson is far ahead.</summary>
    public MeetingState Shown(Instant start, Instant now) => Shown() is MeetingState.Arranging && DueFor(start, now) is not null ? MeetingState.Later : Shown();

    /// <summary>As above, of a lesson that is near.</summary>
    public MeetingState Shown() => State is MeetingState.Failed && Unanswered is not null ? MeetingState.Arranging : State;

    public bool IsReady() => State is MeetingState.Ready;

    public bool IsReadyAt(string provider) => IsReady() && Provider == provider;

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
            new Refusal("no_provider_allowed", "No meeting provider is set up that may be used in the countries of both people."),
        MeetingState.Withdrawn => new Refusal("meeting_withdrawn", "The meeting was withdrawn."),
        MeetingState.Failed => new Refusal("meeting_failed", "No meeting provider could arrange the meeting."),
        _ => new Refusal("meeting_not_ready", "The meeting is being arranged."),
    };

    public Decision Arranged(
        string provider, MeetingPlace place, Instant start, int durationMinutes, IReadOnlyList<ProviderReason> reasons, Instant now)
    {
        if (IsReady())
            return Provider == provider && Reference == place.Reference
                ? Decision.Nothing
                : new Refusal("meeting_arranged", "There is already a meeting.");
        if (IsWithdrawn())
            return new Refusal("meeting_withdrawn", "The meeting was withdrawn.");
        return Decision.Of(new MeetingArranged(
            Id, LessonId, provider, place.Reference, place.JoinUrl, start, durationMinutes, reasons, place.Account, now.Cut()));
    }

    /// <param name="next">Who is tried after it; null for nobody.</param>
    public Decision ArrangementFailed(string provider, string code, string detail, Instant now, string? next = null)
    {
        if (FailedProviders.Contains(provider))
            return Decision.Nothing;
        if (IsReady())
            return new Refusal("meeting_arranged", "There is already a meeting.");
        if (IsWithdrawn())
            return new Refusal("meeting_withdrawn", "The meeting was withdrawn.");
        return Failed(new MeetingArrangementFailed(Id, LessonId, provider, code, Shortened(detail), next, now.Cut()));
    }

    private Decision Failed(MeetingArrangementFailed failed) => failed.Next is null && Left is { } left
        ? Decision.Of(failed, new MeetingTriedAgain(Id, LessonId, left.Provider, null, failed.At), left with { At = failed.At })
        : Decision.Of(failed);

    /// <summary>After every allowed provider failed the state stays <see cref="MeetingState.Failed"/>: that is not the law's doing. Where another was
    /// to be tried and may not be any more, that is noted once.</summary>
    public Decision NoneAllowed(string country, IReadOnlyList<ProviderReason> reasons, Instant now)
    {
        if (State is MeetingState.NoProviderAllowed)
            return Decision.Nothing;
        if (IsReady())
            return new Refusal("meeting_arranged", "There is already a meeting.");
        if (IsWithdrawn())
            return new Refusal("meeting_withdrawn", "The meeting was withdrawn.");
        if (State is MeetingState.Failed)
            return Unanswered is { } failed
                ? Failed(new MeetingArrangementFailed(Id, LessonId, failed, NoOtherCode, "No other provider is left.", null, now.Cut()))
                : Decision.Nothing;
        return Decision.Of(new NoProviderAllowed(Id, LessonId, country, reasons, now.Cut()));
    }

    public Decision Moved(Instant start, int durationMinutes, Instant now)
    {
        if (!IsReady())
            return NotJoinable()!;
        return IsAt(start, durationMinutes)
            ? Decision.Nothing
            : Decision.Of(new MeetingMoved(Id, LessonId, Provider!, start, durationMinutes, now.Cut()));
    }

    /// <summary>The provider had moved it and took the lesson's time again.</summary>
    public Decision PutBack(Instant now) => IsReady()
        ? Decision.Of(new MeetingMoved(Id, LessonId, Provider!, Start!.Value, DurationMinutes, now.Cut()))
        : NotJoinable()!;

    /// <param name="leftBehind">See <see cref="MeetingWithdrawn"/>.</param>
    public Decision Withdrawn(Instant now, string? leftBehind = null) =>
        IsWithdrawn() ? Decision.Nothing : Decision.Of(new MeetingWithdrawn(Id, LessonId, IsReady() ? Provider : null, leftBehind, now.Cut()));

    /// <summary>
    /// Trouble at a provider: it is asked again, or, after <see cref="MostTroubles"/> times or without the time for it, counts as a failure and
    /// the next one takes the lesson.
    /// </summary>
    /// <param name="notBefore">As the provider said; null when it named no time.</param>
    /// <param name="lessonStart">Of the lesson, which may not be the meeting's yet.</param>
    /// <param name="next">As in <see cref="ArrangementFailed"/>.</param>
    public Decision Troubled(
        string provider, MeetingStep step, string code, string detail, Instant? notBefore, Instant lessonStart, Instant now, string? next = null)
    {
        if (step is not (MeetingStep.Arrange or MeetingStep.Move))
            throw new ArgumentOutOfRangeException(nameof(step), step, "Only arranging and moving are given up.");
        if (IsWithdrawn())
            return new Refusal("meeting_withdrawn", "The meeting was withdrawn.");
        if (step is MeetingStep.Arrange && IsReady())
            return new Refusal("meeting_arranged", "There is already a meeting.");
        if (step is MeetingStep.Move && !IsReadyAt(provider))
            return Decision.Nothing;
        var count = (Troubles.GetValueOrDefault(provider)?.Count ?? 0) + 1;
        var again = Instant.Max(notBefore ?? now, now + PauseAfter(count));
        if (count < MostTroubles && again <= now + LongestWait && again < lessonStart - NoTimeLeft)
            return Decision.Of(new MeetingTroubled(Id, LessonId, provider, step, code, again.Cut(), now.Cut()));
        return step is MeetingStep.Move
            ? Lost(provider, Reference!, LostCodes.MoveFailed, $"{code}: {detail}", now)
            : ArrangementFailed(provider, code, detail, now, next);
    }

    /// <summary>It is no longer there, or no use. Nothing when the meeting of this place is no longer the one in use.</summary>
    public Decision Lost(string provider, string reference, string code, string detail, Instant now) =>
        IsReadyAt(provider) && Reference == reference
            ? Decision.Of(new MeetingLost(Id, LessonId, provider, reference, code, Shortened(detail), now.Cut()))
            : Decision.Nothing;

    /// <summary>People leave what does not connect for them; <see cref="Left"/> is where they were.</summary>
    /// <param name="askAll">Also those that failed before.</param>
    public Decision DidNotConnect(string detail, bool askAll, Instant now)
    {
        if (!IsReady())
            return NotJoinable()!;
        var lost = new MeetingLost(Id, LessonId, Provider!, Reference!, LostCodes.DidNotConnect, Shortened(detail), now.Cut());
        return askAll ? Decision.Of(new MeetingTriedAgain(Id, LessonId, null, null, now.Cut()), lost) : Decision.Of(lost);
    }

    /// <summary>Noted once for each provider and reference.</summary>
    public Decision LeftBehind(string provider, string? reference, string code, Instant now) => LeftThere.Contains($"{provider} {reference}")
        ? Decision.Nothing
        : Decision.Of(new MeetingLeftBehind(Id, LessonId, provider, reference, code, now.Cut()));

    public Decision Verified(Instant now) => IsReady()
        ? Decision.Of(new MeetingVerified(Id, LessonId, Provider!, now.Cut()))
        : NotJoinable()!;

    /// <param name="provider">See <see cref="MeetingTriedAgain"/>.</param>
    public Decision TryAgain(string? provider, Instant now) => State is MeetingState.Failed
        ? Decision.Of(new MeetingTriedAgain(Id, LessonId, provider, null, now.Cut()))
        : Decision.Nothing;

    /// <summary>Somebody wants every provider asked once more. While one is being asked, that is what they want.</summary>
    public Decision AskAgain(Lessons.Who by, Instant now) => Shown() switch
    {
        MeetingState.Arranging => Decision.Nothing,
        MeetingState.Failed or MeetingState.NoProviderAllowed when !HasRested(now) => TriedJustNow,
        MeetingState.Failed or MeetingState.NoProviderAllowed => Decision.Of(new MeetingTriedAgain(Id, LessonId, null, by, now.Cut())),
        _ => new Refusal("meeting_not_failed", "There is nothing to try again: the meeting did not fail."),
    };

    public static Refusal TriedJustNow => new("tried_just_now", "It was tried a moment ago. Wait half a minute.");

    /// <summary>May whoever asks have every provider asked again?</summary>
    public bool HasRested(Instant now) => !(FailedAt + Rest > now);

    public Decision NoteGuest(string provider, Lessons.Who who, Instant at) =>
        IsReadyAt(provider) && GuestsWaited < MostGuestsWaiting
            ? Decision.Of(new GuestWaited(Id, LessonId, provider, who, at.Cut()))
            : Decision.Nothing;

    /// <summary>In every state: a fact that comes late, of a meeting that was lost or withdrawn since, is one all the same.</summary>
    public Decision Began(string provider, Instant at, Instant now)
    {
        var told = Instant.Min(at, now).Cut();
        return IsNoted(new SittingReport(provider, IsOver: false, told)) ? Decision.Nothing : Decision.Of(new SittingBegan(Id, LessonId, provider, told));
    }

    /// <inheritdoc cref="Began"/>
    public Decision Over(string provider, Instant at, Instant now)
    {
        var told = Instant.Min(at, now).Cut();
        return IsNoted(new SittingReport(provider, IsOver: true, told)) ? Decision.Nothing : Decision.Of(new SittingOver(Id, LessonId, provider, told));
    }

    private bool IsNoted(SittingReport report) => Sittings.Count >= MostSittingReports || Sittings.Contains(report);

    /// <summary>2 s, 8 s, 32 s.</summary>
    private static Duration PauseAfter(int count) => Duration.FromSeconds(0.5 * Math.Pow(4, count));

    private static string Shortened(string detail) => detail.Length <= LongestDetail ? detail : detail[..LongestDetail];
}

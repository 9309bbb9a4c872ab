using NodaTime;

namespace Muse.Domain.Meetings;

/// <summary>One way of meeting. What is made at the provider is keyed by the lesson: every call may be repeated, and a rerun finds what the first run made.</summary>
/// <remarks>
/// What will not pass by itself (no licence, account closed) is a <see cref="MeetingAnswer.Failed"/>. What may pass (a broken wire, 429, 5xx)
/// is thrown as <see cref="ProviderTrouble"/>; after it the provider may or may not hold a meeting of the lesson.
/// </remarks>
public interface IMeetingProvider
{
    MeetingAbilities Abilities { get; }

    /// <summary>Is there an account with which this tutor's lessons can be held: the school's, or the tutor's own?</summary>
    Task<bool> Serves(Guid tutorId, CancellationToken ct);

    /// <summary>Makes the meeting, or adopts the one that is there for this lesson and brings it to the order's time.</summary>
    Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct);

    /// <summary><see cref="MeetingAnswer.GoneCode"/> when it is no longer there.</summary>
    Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct);

    /// <summary>
    /// Afterwards the provider holds no meeting of this lesson; one that is already gone counts as withdrawn. Without a
    /// <paramref name="reference"/>: whatever an attempt with an unknown end may have left there.
    /// </summary>
    Task<MeetingAnswer> Withdraw(MeetingOrder order, string? reference, CancellationToken ct);

    /// <summary>Is the meeting still there, and at the order's time?</summary>
    Task<MeetingSighting> Look(MeetingOrder order, string reference, CancellationToken ct);

    /// <summary>
    /// The address by which this guest comes in, made at the click: it may carry a secret of the guest's own, so it is never stored, mailed or
    /// logged.
    /// </summary>
    Task<string> DoorFor(MeetingGuest guest, MeetingOrder order, MeetingPlace place, CancellationToken ct);

    /// <summary>
    /// What happened there, for a server that webhooks cannot reach: the same reports as the webhooks give, each with the same key every time
    /// it is asked. Empty when the provider says nothing.
    /// </summary>
    Task<IReadOnlyList<MeetingReport>> Reports(MeetingOrder order, MeetingPlace place, CancellationToken ct);
}

/// <summary>What a provider can do.</summary>
/// <param name="Name">Stable name in events and on the wire: <c>built-in</c>, <c>zoom</c>, <c>google-meet</c>, <c>jitsi</c>.</param>
/// <param name="Records">Records by itself.</param>
/// <param name="MusicMode">Sound without speech processing can be had by link or profile, without the person switching it on.</param>
/// <param name="WaitingRoom">
/// In a room as Muse makes it, the tutor can have people wait until they are let in; not what the provider could do with other settings.
/// </param>
/// <param name="Seats">Most people at once.</param>
public sealed record MeetingAbilities(string Name, bool Records, bool MusicMode, bool WaitingRoom, int Seats);

/// <summary>The meeting that a lesson needs. <paramref name="LessonId"/> is the key: arranging twice finds the first result.</summary>
/// <param name="TutorEmail">The tutor's address in Muse, by which a school's account may know its host.</param>
/// <param name="Title">What the provider shows; it names no child.</param>
/// <param name="TimeZone">IANA id; the instant counts, the zone is for the provider's own display.</param>
/// <param name="Link">Muse's own address of the lesson.</param>
public sealed record MeetingOrder(
    Guid LessonId, Guid TutorId, string TutorEmail, string Title, Instant Start, int DurationMinutes, string TimeZone, string Link)
{
    public Instant End => Start + Duration.FromMinutes(DurationMinutes);

    /// <summary>Addresses of the lesson's adults beside the tutor, who may be invited: a student of age, a child's guardians. Never a child's.</summary>
    public IReadOnlyList<string> Adults { get; init; } = [];
}

/// <summary>Where people meet. <paramref name="Reference"/> is the provider's own id; it is not a secret.</summary>
public sealed record MeetingPlace(string Reference, string JoinUrl)
{
    /// <summary>Said when it is arranged; null where a provider knows no accounts.</summary>
    public MeetingAccount? Account { get; init; }
}

/// <summary>Whose account at a provider holds a meeting.</summary>
public enum MeetingAccount
{
    School,
    /// <summary>One that the tutor connected.</summary>
    Tutor,
}

/// <summary>Somebody of the lesson who goes in now.</summary>
/// <param name="Email">Null for a child.</param>
public sealed record MeetingGuest(Guid PersonId, Lessons.Part Part, string DisplayName, string Locale, string? Email);

/// <summary>What came of asking a provider: a place, or why not for good.</summary>
public sealed record MeetingAnswer(MeetingPlace? Place, string? FailureCode, string? FailureDetail)
{
    /// <summary>The meeting is no longer there.</summary>
    public const string GoneCode = "meeting_gone";

    /// <summary>No account, or its connection is dead.</summary>
    public const string DisconnectedCode = "account_disconnected";

    /// <summary>The provider's quota would not bear it today.</summary>
    public const string QuotaCode = "provider_quota";

    /// <summary>The account lacks a right or a licence, or a setting is wrong: a person has to look.</summary>
    public const string NotPermittedCode = "not_permitted";

    public static MeetingAnswer At(string reference, string joinUrl) => new(new MeetingPlace(reference, joinUrl), null, null);

    /// <summary>The same, and whose account it is.</summary>
    public MeetingAnswer With(bool tutorsOwn) =>
        this with { Place = Place is null ? null : Place with { Account = tutorsOwn ? MeetingAccount.Tutor : MeetingAccount.School } };

    public static MeetingAnswer Failed(string code, string detail) => new(null, code, detail);
}

public enum MeetingPresence
{
    There,
    /// <summary>There, but at another time than the order's.</summary>
    AtAnotherTime,
    Gone,
}

/// <param name="Detail">Of what is gone, where the provider knows: <see cref="MeetingAnswer.GoneCode"/> or <see cref="MeetingAnswer.DisconnectedCode"/>; else a sentence.</param>
public sealed record MeetingSighting(MeetingPresence Presence, string Detail = "");

/// <summary>Trouble at a provider that may pass: a broken wire, a time-out, 429, 5xx. Whether the call took effect is unknown.</summary>
/// <param name="code">Stable: <c>unreachable</c>, <c>timed_out</c>, <c>too_many_requests</c>, <c>provider_error</c>, <c>unreadable_answer</c>.</param>
public sealed class ProviderTrouble(string code, string message, Exception? inner = null) : Exception(message, inner)
{
    public string Code { get; } = code;

    /// <summary>The provider asked not to be called before; null when it named no time.</summary>
    public Instant? NotBefore { get; init; }
}

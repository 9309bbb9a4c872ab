using NodaTime;

namespace Muse.Domain.Meetings;

/// <summary>What a provider can do, and where. Country codes are ISO 3166-1 alpha-2.</summary>
/// <param name="Name">Stable name in events and on the wire, such as <c>built-in</c>.</param>
/// <param name="Records">Records by itself.</param>
/// <param name="MusicMode">Sound without speech processing.</param>
/// <param name="WaitingRoom">People wait until the tutor lets them in.</param>
/// <param name="ForbiddenIn">Countries in which calls over it are not allowed.</param>
public sealed record MeetingAbilities(string Name, bool Records, bool MusicMode, bool WaitingRoom, IReadOnlyCollection<string> ForbiddenIn)
{
    public bool MayBeUsedIn(string country) => !ForbiddenIn.Contains(country, StringComparer.OrdinalIgnoreCase);
}

/// <summary>The meeting that a lesson needs. <paramref name="LessonId"/> is the key: arranging twice finds the first result.</summary>
public sealed record MeetingOrder(Guid LessonId, Instant Start, int DurationMinutes, string TimeZone, string Link);

/// <summary>Where people meet. <paramref name="Reference"/> is the provider's own id.</summary>
public sealed record MeetingPlace(string Reference, string JoinUrl);

/// <summary>
/// What came of asking a provider: a place, or why not for good. Trouble that may pass (a broken wire, 429, 5xx) is an exception, and the
/// errand comes again.
/// </summary>
public sealed record MeetingAnswer(MeetingPlace? Place, string? FailureCode, string? FailureDetail)
{
    public static MeetingAnswer At(string reference, string joinUrl) => new(new MeetingPlace(reference, joinUrl), null, null);

    public static MeetingAnswer Failed(string code, string detail) => new(null, code, detail);
}

/// <summary>
/// One way of meeting. Every call may be repeated: it is keyed by the lesson, and a rerun finds what the first run made.
/// </summary>
public interface IMeetingProvider
{
    MeetingAbilities Abilities { get; }

    Task<MeetingAnswer> Arrange(MeetingOrder order, CancellationToken ct);

    Task<MeetingAnswer> Move(MeetingOrder order, string reference, CancellationToken ct);

    /// <summary>A meeting that is already gone counts as withdrawn.</summary>
    Task<MeetingAnswer> Withdraw(Guid lessonId, string reference, CancellationToken ct);
}

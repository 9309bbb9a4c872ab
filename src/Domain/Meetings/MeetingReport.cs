using NodaTime;

namespace Muse.Domain.Meetings;

/// <summary>A fact that a provider tells about a meeting, in nobody's wire format. It may come twice, late and in any order.</summary>
/// <param name="Reference">As in <see cref="MeetingPlace"/>.</param>
/// <param name="Key">
/// The same for each delivery of this fact, and by webhook the same as by polling where the provider's data allow: at most 128 characters.
/// </param>
/// <param name="At">When it happened, by the provider's clock.</param>
public abstract record MeetingReport(string Provider, string Reference, string Key, Instant At);

public sealed record MeetingBegan(string Provider, string Reference, string Key, Instant At) : MeetingReport(Provider, Reference, Key, At);

public sealed record MeetingOver(string Provider, string Reference, string Key, Instant At) : MeetingReport(Provider, Reference, Key, At);

public sealed record GuestCame(string Provider, string Reference, string Key, Instant At, ReportedGuest Guest)
    : MeetingReport(Provider, Reference, Key, At);

public sealed record GuestWent(string Provider, string Reference, string Key, Instant At, ReportedGuest Guest)
    : MeetingReport(Provider, Reference, Key, At);

/// <summary>Somebody waits to be let in.</summary>
public sealed record GuestWaits(string Provider, string Reference, string Key, Instant At, ReportedGuest Guest)
    : MeetingReport(Provider, Reference, Key, At);

/// <summary>Somebody deleted the meeting at the provider, or changed its time there: it has to be looked at.</summary>
public sealed record MeetingTouched(string Provider, string Reference, string Key, Instant At) : MeetingReport(Provider, Reference, Key, At);

public sealed record RecordingReady(string Provider, string Reference, string Key, Instant At, IReadOnlyList<RemoteRecording> Files)
    : MeetingReport(Provider, Reference, Key, At);

/// <summary>Who a provider thinks somebody is.</summary>
/// <param name="Stay">Names this stay: the same when the guest comes and when the guest goes.</param>
/// <param name="IsHost">It is the account that holds the meeting.</param>
/// <param name="PersonId">When Muse's own token carried it.</param>
public sealed record ReportedGuest(string Stay, bool IsHost, Guid? PersonId, string? Email, string? DisplayName);

/// <summary>A file that can be fetched from the provider.</summary>
/// <param name="FileId">The provider's id of the file.</param>
/// <param name="Kind">The provider's word for what it shows, such as <c>shared_screen_with_speaker_view</c>.</param>
/// <param name="MediaType">RFC 6838, such as <c>video/mp4</c>.</param>
/// <param name="Size">Bytes; null when the provider does not say.</param>
/// <param name="Url">Where it lies; worthless without a token.</param>
/// <param name="Token">Opens <paramref name="Url"/> for a while; a secret, so it goes into no event and no log.</param>
/// <param name="Instance">The provider's id of the one sitting, where a reference may have several (Zoom's uuid).</param>
public sealed record RemoteRecording(
    string FileId, string Kind, string MediaType, long? Size, Instant From, Instant To, string Url, string? Token, string? Instance = null);

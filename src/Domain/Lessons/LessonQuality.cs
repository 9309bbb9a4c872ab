using NodaTime;

namespace Muse.Domain.Lessons;

/// <summary>How sound and picture went in the rooms of this server: told once, after the lesson has ended.</summary>
/// <param name="From">When the room that was measured opened. After a restart of the server that is the room after it.</param>
public sealed record LessonQualityReported(Guid LessonId, Instant From, IReadOnlyList<PersonQuality> People, Instant At)
{
    /// <summary>What people of the lesson are told, of all together: how often sound was interrupted and a picture stood still, as
    /// <c>sound 3, picture 0</c>. Null when no device said how it was.</summary>
    public string? InWords() => People.Any(person => person.SoundHeard?.Concealed is not null || person.PictureSeen?.Freezes is not null)
        ? $"sound {People.Sum(person => person.SoundHeard?.Interruptions ?? 0)}, picture {People.Sum(person => person.PictureSeen?.Freezes ?? 0)}"
        : null;
}

/// <param name="Seconds">In the room, with all devices together.</param>
/// <param name="Path">The last way of the media: <c>udp</c>, <c>tcp</c>, <c>relayUdp</c>, <c>relayTcp</c>, <c>relayTls</c>; null when nothing
/// connected.</param>
/// <param name="RoundTrip">To the person and back, ms: the median of means of ten seconds; null when it was never known.</param>
/// <param name="WorstRoundTrip">The highest of those.</param>
/// <param name="Restarts">Times that the way broke and another was found.</param>
/// <param name="Rejoins">Times that the person came in again.</param>
/// <param name="Join">Of the first coming in.</param>
public sealed record PersonQuality(
    Who Who, int Seconds, string? Path, int? RoundTrip, int? WorstRoundTrip, int Restarts, int Rejoins, JoinQuality? Join, SentQuality? SoundSent,
    SentQuality? PictureSent, HeardQuality? SoundHeard, SeenQuality? PictureSeen);

/// <summary>ms by step (docs/media.md); null where it is not known.</summary>
public sealed record JoinQuality(
    int? Ticket, int? Socket, int? Offer, int? Signalling, int? Ice, int? Dtls, int? KeyFrame, int? Show, int? Total);

/// <param name="Bitrate">bit/s: the median of means of ten seconds, while it was not muted.</param>
/// <param name="LowestBitrate">The lowest of those.</param>
/// <param name="Loss">0…1 of its packets, on the person's line, before repairs.</param>
public sealed record SentQuality(int Bitrate, int LowestBitrate, double Loss);

/// <param name="Loss">0…1 of the packets on the person's line, before repairs.</param>
/// <param name="Concealed">0…1 of the sound that the device made up; null when it never said.</param>
/// <param name="Interruptions">Times that a noticeable part of a few seconds was missing.</param>
public sealed record HeardQuality(double Loss, double? Concealed, int Interruptions);

/// <param name="Freezes">Times that a picture stood still; null when the device never said.</param>
/// <param name="FrozenSeconds">How long in all.</param>
public sealed record SeenQuality(double Loss, int? Freezes, double? FrozenSeconds);

public sealed partial record Lesson
{
    /// <summary>How it went has been told.</summary>
    public bool IsQualityReported { get; init; }

    public Lesson Apply(LessonQualityReported e) => this with { IsQualityReported = true };

    /// <summary>Told once, of a lesson that was held: it has ended, or goes on with another provider after it had started.</summary>
    public Decision ReportQuality(Instant from, IReadOnlyList<PersonQuality> people, Instant now) =>
        IsQualityReported || people.Count == 0 || State is not (LessonState.Started or LessonState.Ended)
            ? Decision.Nothing
            : Decision.Of(new LessonQualityReported(Id, from.Cut(), people, now.Cut()));
}

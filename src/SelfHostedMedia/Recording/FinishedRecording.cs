using Muse.Fragments.Clock;
using Muse.Fragments.Index;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>A track of a finished recording.</summary>
/// <param name="Number">From 1 on; in the names of its files.</param>
/// <param name="Codec">Of its first samples, as in RFC 6381.</param>
/// <param name="From">Within the recording.</param>
/// <param name="Length">From its first sample to the end of its last, gaps included.</param>
/// <param name="Bytes">Of media.</param>
/// <param name="Missing">What should have come and did not: pauses, silence that was meant and what lies before the first key frame do not count.</param>
/// <param name="Gaps">Of those.</param>
public sealed record FinishedTrack(
    int Number, Guid TrackId, Guid ParticipantId, TrackKind Kind, TrackSource Source, string Codec, TimeSpan From, TimeSpan Length, long Bytes,
    TimeSpan Missing, int Gaps);

/// <summary>What became of a recording, stopped or killed.</summary>
/// <param name="Began">With the first sample of any track, by the server's clock.</param>
/// <param name="Length">To the end of the last sample of any.</param>
/// <param name="Sha256">Hexadecimal; over the media of all tracks up to their last good part, in the order of their numbers.</param>
/// <param name="CutBytes">That lay behind the last good part, and were cut off this time: of a part that was being written.</param>
/// <param name="WasStopped">False when its process was killed, or it broke.</param>
public sealed record FinishedRecording(
    Guid RecordingId, DateTimeOffset Began, TimeSpan Length, long Bytes, string Sha256, IReadOnlyList<FinishedTrack> Tracks, long CutBytes,
    bool WasStopped);

/// <summary>A track as it lies in a folder, to be served.</summary>
/// <param name="MediaPath">To be read up to <see cref="TrackRecording.MediaLength"/>.</param>
public sealed record RecordedTrack(int Number, TrackInfo Info, string MediaPath, TrackRecording Recording, Placement Placement);

using Muse.Fragments.Clock;
using Muse.Fragments.Index;

namespace Muse.Fragments.Playlists;

/// <summary>A segment with its place.</summary>
/// <param name="Start">µs from the recording's start.</param>
/// <param name="End">µs; where its media ends.</param>
public sealed record PlacedSegment(Segment Segment, long Start, long End);

/// <summary>A track's recording with the times of its clock mapping, as playlists tell it.</summary>
/// <param name="Uri">Of the media file with those times (<see cref="Parts.RetimedMedia"/>), as it stands in a playlist.</param>
public sealed record PlacedTrack(TrackRecording Recording, Placement Placement, string Uri)
{
    /// <summary>None begins before the end of the one before: drift that is corrected moves them by microseconds.</summary>
    public IReadOnlyList<PlacedSegment> Segments { get; } = Place(Recording, Placement);

    public bool IsVideo => Recording.Segments.Count > 0 && Recording.Segments[0].Format.IsVideo;

    /// <summary>For each codec that occurs the string of its largest picture: what a player must be able to decode.</summary>
    public IReadOnlyList<string> HlsCodecs =>
    [
        .. Recording.Segments.Select(each => each.Format).GroupBy(each => each.Codec)
            .Select(each => each.MaxBy(format => format.Width * format.Height)!.HlsCodecString),
    ];

    /// <summary>The largest; null for sound.</summary>
    public (int Width, int Height)? Size => Recording.Segments.Select(each => each.Format).Where(each => each.IsVideo)
        .MaxBy(each => each.Width * each.Height) is { } format ? (format.Width, format.Height) : null;

    /// <summary>bit/s of the segment that needs most, as BANDWIDTH wants it (RFC 8216bis §4.4.6.2).</summary>
    public long PeakBandwidth => Segments.Count == 0 ? 0 : Segments.Max(each => Bandwidth(each.Segment.Length, each.End - each.Start));

    /// <summary>bit/s over all.</summary>
    public long AverageBandwidth =>
        Segments.Count == 0 ? 0 : Bandwidth(Segments.Sum(each => each.Segment.Length), Segments.Sum(each => each.End - each.Start));

    /// <summary>µs at which another codec begins.</summary>
    public IReadOnlyList<long> CodecChanges =>
        [.. Segments.Zip(Segments.Skip(1)).Where(each => each.First.Segment.Format.Codec != each.Second.Segment.Format.Codec).Select(each => each.Second.Start)];

    /// <summary>A segment of hardly any time says nothing of what a line must carry.</summary>
    private static long Bandwidth(long bytes, long micros) => (long)Math.Ceiling(bytes * 8e6 / Math.Max(micros, 500_000));

    private static List<PlacedSegment> Place(TrackRecording recording, Placement placement)
    {
        var placed = new List<PlacedSegment>(recording.Segments.Count);
        foreach (var segment in recording.Segments)
        {
            var (start, end) = (Micros(placement, segment.Time), Micros(placement, segment.End));
            if (placed.Count > 0 && placed[^1].End > start)
                placed[^1] = placed[^1] with { End = Math.Max(start, placed[^1].Start) };
            placed.Add(new(segment, start, Math.Max(start, end)));
        }

        return placed;
    }

    /// <summary>As the media tells it: in whole ticks.</summary>
    private static long Micros(Placement placement, long rtp) => (long)Math.Round(placement.Ticks(rtp) * 1e6 / placement.Times.Rate);
}

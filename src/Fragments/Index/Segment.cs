using Muse.Fragments.Tracks;

namespace Muse.Fragments.Index;

/// <summary>The parts from a key frame to the next; one stretch of bytes of the media file.</summary>
/// <param name="Init">What a player must have read before it.</param>
/// <param name="Parts">At least one, without anything between their bytes. Between their times there may be gaps.</param>
public sealed record Segment(InitEntry Init, IReadOnlyList<PartEntry> Parts)
{
    public TrackFormat Format => Init.Format;

    /// <summary>Bytes from the start of the media file.</summary>
    public long Offset => Parts[0].Offset;

    /// <summary>Bytes.</summary>
    public long Length => Parts[^1].Offset + Parts[^1].Length - Offset;

    /// <summary>Ticks, raw.</summary>
    public long Time => Parts[0].Time;

    /// <summary>The first tick after its last sample. The next segment begins here or, after a gap, later.</summary>
    public long End => Parts[^1].End;

    /// <summary>Ticks from its first to its last, gaps inside included.</summary>
    public long Duration => End - Time;
}

namespace Muse.Fragments.Index;

/// <summary>What was lost of a recording that ended by itself.</summary>
/// <param name="Bytes">Of the media file after the last part that is good.</param>
/// <param name="Parts">That the index names and the media file does not hold whole, or that cannot be decoded because of those.</param>
/// <param name="IndexBytes">Of lines that are not whole.</param>
public readonly record struct Cut(long Bytes, int Parts, long IndexBytes)
{
    public bool IsNothing => this == default;
}

/// <summary>One track's recording, read from its media file and its index: everything up to the last part whose length and CRC hold. Nothing is
/// ever written. A part in the middle that does not hold is left out, and of pictures everything up to the next key frame with it.</summary>
public sealed partial class TrackRecording
{
    private TrackRecording(
        IReadOnlyList<InitEntry> inits, IReadOnlyList<Segment> segments, IReadOnlyList<IndexLine> lines, long mediaLength, Cut cut)
    {
        Inits = inits;
        Segments = segments;
        Parts = [.. segments.SelectMany(s => s.Parts)];
        Lines = lines;
        Gaps = [.. lines.Select(GapEntry.From).OfType<GapEntry>()];
        MediaLength = mediaLength;
        Cut = cut;
    }

    /// <summary>In the order of the file; those that hold.</summary>
    public IReadOnlyList<InitEntry> Inits { get; }

    /// <summary>In the order of the file; those that hold.</summary>
    public IReadOnlyList<PartEntry> Parts { get; }

    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>As the lines tell them, not merged.</summary>
    public IReadOnlyList<GapEntry> Gaps { get; }

    /// <summary>Every whole line of the index in its order, of kinds that this class does not know too.</summary>
    public IReadOnlyList<IndexLine> Lines { get; }

    /// <summary>Bytes of the media file up to the end of the last part that is good.</summary>
    public long MediaLength { get; }

    public Cut Cut { get; }

    /// <summary>Ticks per second; 0 without any part.</summary>
    public int TimeScale => Segments.Count == 0 ? 0 : Segments[0].Format.TimeScale;
}

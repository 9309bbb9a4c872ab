using System.Globalization;

namespace Muse.Fragments.Index;

/// <summary>A part: one <c>moof</c> with its <c>mdat</c>, at a segment's start with a <c>styp</c> before them (ISO/IEC 23000-19 §7.3).</summary>
/// <param name="Offset">Bytes from the start of the track's media file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Crc">CRC-32C of those bytes.</param>
/// <param name="Time">Of its first sample: the sender's RTP time as 64 bits without wraps, in the track's ticks; what <c>tfdt</c> says.</param>
/// <param name="Duration">Ticks, the sum of its samples'. The next part begins at <see cref="End"/> or, after a gap, later.</param>
/// <param name="ArrivalMilliseconds">When its first sample had come, ms since 1970, by the server's clock.</param>
/// <param name="Samples">Frames or sound packets.</param>
/// <param name="StartsSegment">It begins with a key frame; of sound, about four seconds lie behind it.</param>
public sealed record PartEntry(
    long Offset, int Length, uint Crc, long Time, long Duration, long ArrivalMilliseconds, int Samples, bool StartsSegment)
{
    /// <summary><c>part offset length crc time duration arrival samples segment|within</c></summary>
    public const string Kind = "part";

    /// <summary>The first tick after it.</summary>
    public long End => Time + Duration;

    public IndexLine ToLine() => IndexLine.Of(Kind, Offset, Length, Crc.ToString("x8", CultureInfo.InvariantCulture), Time, Duration,
        ArrivalMilliseconds, Samples, StartsSegment ? "segment" : "within");

    /// <returns>Null for another kind of line and for one that no part can have.</returns>
    public static PartEntry? From(IndexLine line)
    {
        if (line.Kind != Kind || line.Fields.Count < 8 || line.Fields[7] is not ("segment" or "within")
            || !line.TryNumber(0, out var offset) || !line.TryNumber(1, out var length) || !line.TryCrc(2, out var crc)
            || !line.TryNumber(3, out var time) || !line.TryNumber(4, out var duration) || !line.TryNumber(5, out var arrival)
            || !line.TryNumber(6, out var samples))
            return null;
        return offset < 0 || length is < 1 or > int.MaxValue || offset > long.MaxValue - length || time < 0 || duration < 0
            || time > long.MaxValue - duration || samples is < 1 or > int.MaxValue
            ? null
            : new PartEntry(offset, (int)length, crc, time, duration, arrival, (int)samples, line.Fields[7] == "segment");
    }
}

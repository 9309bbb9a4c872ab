using System.Globalization;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Index;

/// <summary>A CMAF header (<c>ftyp moov</c>, ISO/IEC 23000-19 §7.3.1) in front of the first part that needs it. Several in one track are normal:
/// browsers change the picture's size by themselves. The part after one always starts a segment.</summary>
/// <param name="Offset">Bytes from the start of the track's media file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Crc">CRC-32C of those bytes.</param>
/// <param name="Format">Of all samples up to the next one. The line names it, for people; it is read from the media's bytes.</param>
public sealed record InitEntry(long Offset, int Length, uint Crc, TrackFormat Format)
{
    /// <summary><c>init offset length crc codecs width height channels</c></summary>
    public const string Kind = "init";

    /// <summary>A stranger's index may say more: such a line is passed over.</summary>
    internal const int MaxLength = 65_536;

    public IndexLine ToLine() => IndexLine.Of(Kind, Offset, Length, Crc.ToString("x8", CultureInfo.InvariantCulture), Format.CodecString,
        Format.Width, Format.Height, Format.Channels);

    /// <returns>False for another kind of line and for one that no init can have.</returns>
    internal static bool TryPlace(IndexLine line, out long offset, out int length, out uint crc)
    {
        (offset, length, crc) = (0, 0, 0);
        if (line.Kind != Kind || !line.TryNumber(0, out offset) || !line.TryNumber(1, out var bytes) || !line.TryCrc(2, out crc))
            return false;
        length = (int)Math.Clamp(bytes, 0, MaxLength + 1);
        return offset >= 0 && length is > 0 and <= MaxLength && offset <= long.MaxValue - length;
    }
}

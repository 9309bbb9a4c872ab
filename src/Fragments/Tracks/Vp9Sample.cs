using Muse.Fragments.Boxes;

namespace Muse.Fragments.Tracks;

/// <summary>A VP9 frame or superframe is a sample as it is ("VP Codec ISO Media File Format Binding" 1.0).</summary>
public static class Vp9Sample
{
    private const int ColourRgb = 7;

    /// <summary>By level times ten: most luma samples of a picture, and of one of its sides (VP9 levels, webmproject.org/vp9/levels).</summary>
    private static readonly (byte Level, int Picture, int Side)[] s_levels =
    [
        (10, 36_864, 512), (11, 73_728, 768), (20, 122_880, 960), (21, 245_760, 1_344), (30, 552_960, 2_048), (31, 983_040, 2_752),
        (40, 2_228_224, 4_160), (50, 8_912_896, 8_384), (60, 35_651_584, 16_832),
    ];

    /// <summary>Colour spaces of VP9 (§7.2.2) as primaries, transfer and matrix of ISO/IEC 23091-2.</summary>
    private static readonly (byte, byte, byte)[] s_colours =
        [(2, 2, 2), (5, 6, 6), (1, 1, 1), (6, 6, 6), (7, 7, 7), (9, 14, 9), (2, 2, 2), (1, 13, 0)];

    /// <summary>By the uncompressed header (VP9 bitstream specification §6.2).</summary>
    public static bool IsKey(ReadOnlySpan<byte> sample)
    {
        var bits = new BitReader(sample);
        return IsKey(ref bits, out _) && !bits.IsOverrun;
    }

    /// <returns>Null for a sample that is no key frame or cannot be read.</returns>
    internal static TrackFormat? ReadFormat(ReadOnlySpan<byte> sample)
    {
        var bits = new BitReader(sample);
        if (!IsKey(ref bits, out var profile))
            return null;
        // show_frame, error_resilient_mode
        bits.Bits(2);
        if (bits.Bits(24) != 0x498342)
            return null;
        var depth = profile < 2 ? 8 : bits.Flag() ? 12 : 10;
        var space = (int)bits.Bits(3);
        var (across, down, full) = (true, true, true);
        if (space != ColourRgb)
        {
            full = bits.Flag();
            if ((profile & 1) != 0)
                (across, down, _) = (bits.Flag(), bits.Flag(), bits.Flag());
        }
        else
        {
            if ((profile & 1) == 0)
                return null;
            (across, down) = (false, false);
            bits.Bits(1);
        }

        var width = (int)bits.Bits(16) + 1;
        var height = (int)bits.Bits(16) + 1;
        if (bits.IsOverrun)
            return null;
        // 1: 4:2:0 with the chroma where the left column's luma is, as VP9 has it.
        var chroma = (across, down) switch { (true, true) => 1, (true, false) => 2, (false, false) => 3, _ => 4 };
        if (chroma == 4)
            return null;
        var (primaries, transfer, matrix) = s_colours[space];
        var writer = new BoxWriter(16);
        writer.U32(1u << 24);
        writer.U8((byte)profile);
        writer.U8(Level(width, height));
        writer.U8((byte)((depth << 4) | (chroma << 1) | (full ? 1 : 0)));
        writer.Bytes([primaries, transfer, matrix, 0, 0]);
        return CodecConfiguration.Format(Codec.Vp9, width, height, 0, writer.Written);
    }

    /// <summary>The level that the size needs: the bitstream does not say one, and players only ask whether they can.</summary>
    internal static byte Level(int width, int height)
    {
        foreach (var (level, picture, side) in s_levels)
        {
            if ((long)width * height <= picture && Math.Max(width, height) <= side)
                return level;
        }

        return 62;
    }

    private static bool IsKey(ref BitReader bits, out int profile)
    {
        profile = 0;
        if (bits.Bits(2) != 2)
            return false;
        profile = (int)(bits.Bits(1) | (bits.Bits(1) << 1));
        // reserved_zero, show_existing_frame, frame_type
        return (profile < 3 || bits.Bits(1) == 0) && bits.Bits(1) == 0 && bits.Bits(1) == 0;
    }
}

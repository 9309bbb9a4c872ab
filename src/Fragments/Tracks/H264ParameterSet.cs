namespace Muse.Fragments.Tracks;

/// <summary>What a sequence parameter set says of its pictures (ITU-T H.264 §7.3.2.1.1).</summary>
/// <param name="Width">Pixels that are shown, cropping taken off.</param>
/// <param name="Height">Lines, likewise.</param>
/// <param name="ChromaFormat">0 none, 1 4:2:0, 2 4:2:2, 3 4:4:4.</param>
/// <param name="LumaBits">8 to 14.</param>
/// <param name="ChromaBits">8 to 14.</param>
public readonly record struct H264ParameterSet(int Width, int Height, int ChromaFormat, int LumaBits, int ChromaBits)
{
    /// <summary>Macroblocks in one direction: 16,384 pixels, twice what level 6.2 allows.</summary>
    private const uint MaxMacroblocks = 1_024;

    /// <summary>Profiles whose sets say the chroma format (§7.3.2.1.1), and whose configuration says it too.</summary>
    internal static bool IsHigh(int profile) => profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128 or 138 or 139 or 134 or 135;

    /// <param name="unit">With its header byte, emulation prevention left in.</param>
    /// <returns>False when it is cut off or says what cannot be.</returns>
    public static bool TryRead(ReadOnlySpan<byte> unit, out H264ParameterSet set)
    {
        set = default;
        if (unit.Length < 5)
            return false;
        var bits = new BitReader(unit[1..], hasEmulation: true);
        var profile = (int)bits.Bits(8);
        bits.Bits(16);
        bits.Exponential();
        var (chroma, separate, luma, colour) = (1u, false, 8u, 8u);
        if (IsHigh(profile))
        {
            chroma = bits.Exponential();
            separate = chroma == 3 && bits.Flag();
            luma = bits.Exponential() + 8;
            colour = bits.Exponential() + 8;
            bits.Bits(1);
            if (bits.Flag())
                SkipMatrices(ref bits, chroma == 3 ? 12 : 8);
        }

        bits.Exponential();
        if (!SkipOrder(ref bits))
            return false;
        bits.Exponential();
        bits.Bits(1);
        var columns = bits.Exponential();
        var rows = bits.Exponential();
        if (columns >= MaxMacroblocks || rows >= MaxMacroblocks || chroma > 3 || luma is < 8 or > 14 || colour is < 8 or > 14)
            return false;
        var framesOnly = bits.Flag();
        if (!framesOnly)
            bits.Bits(1);
        bits.Bits(1);
        var width = ((int)columns + 1) * 16;
        var height = ((int)rows + 1) * (framesOnly ? 16 : 32);
        if (bits.Flag())
        {
            // Crop units, table 6-1 and (7-19) to (7-22).
            var plain = separate || chroma == 0;
            var across = plain || chroma == 3 ? 1 : 2;
            var down = (plain || chroma != 1 ? 1 : 2) * (framesOnly ? 1 : 2);
            width -= Cropped(ref bits) * across;
            height -= Cropped(ref bits) * down;
        }

        set = new H264ParameterSet(width, height, (int)chroma, (int)luma, (int)colour);
        return !bits.IsOverrun && width > 0 && height > 0;
    }

    private static int Cropped(ref BitReader bits) => (int)(Math.Min(bits.Exponential(), 32_768) + Math.Min(bits.Exponential(), 32_768));

    private static bool SkipOrder(ref BitReader bits)
    {
        var order = bits.Exponential();
        if (order == 0)
            bits.Exponential();
        if (order != 1)
            return order <= 2;
        bits.Bits(1);
        bits.Exponential();
        bits.Exponential();
        var cycle = bits.Exponential();
        if (cycle > 255)
            return false;
        for (; cycle > 0; cycle--)
            bits.Exponential();
        return true;
    }

    /// <summary>§7.3.2.1.1.1.</summary>
    private static void SkipMatrices(ref BitReader bits, int count)
    {
        for (var list = 0; list < count; list++)
        {
            if (!bits.Flag())
                continue;
            var (last, next) = (8, 8);
            for (var i = 0; i < (list < 6 ? 16 : 64) && next != 0; i++)
            {
                next = (last + bits.SignedExponential()) & 0xFF;
                last = next == 0 ? last : next;
            }
        }
    }
}

namespace Muse.Fragments.Tracks;

/// <summary>What a sequence header says of its pictures (AV1 specification §5.5).</summary>
/// <param name="Flags">The third byte of the configuration record: tier, depth, subsampling.</param>
internal readonly record struct Av1Sequence(int Profile, int Level, byte Flags, int Width, int Height)
{
    private const uint Select = 2;

    /// <param name="body">Of the OBU, behind header and size.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, out Av1Sequence sequence)
    {
        sequence = default;
        var bits = new BitReader(body);
        var profile = (int)bits.Bits(3);
        bits.Bits(1);
        var isReduced = bits.Flag();
        var (level, tier) = isReduced ? ((int)bits.Bits(5), false) : OperatingPoints(ref bits);
        var (widthBits, heightBits) = ((int)bits.Bits(4) + 1, (int)bits.Bits(4) + 1);
        var (width, height) = ((int)bits.Bits(widthBits) + 1, (int)bits.Bits(heightBits) + 1);
        if (!isReduced && bits.Flag())
            bits.Bits(7);
        bits.Bits(3);
        if (!isReduced)
            SkipTools(ref bits);
        bits.Bits(3);
        var flags = Colour(ref bits, profile) | (tier ? 0x80 : 0);
        sequence = new Av1Sequence(profile, level, (byte)flags, width, height);
        return !bits.IsOverrun && profile <= 2;
    }

    /// <returns>Of the first operating point.</returns>
    private static (int Level, bool Tier) OperatingPoints(ref BitReader bits)
    {
        var (hasModel, delayBits) = (false, 0);
        if (bits.Flag())
        {
            bits.Bits(32);
            bits.Bits(32);
            if (bits.Flag())
                bits.Exponential();
            hasModel = bits.Flag();
            if (hasModel)
            {
                delayBits = (int)bits.Bits(5) + 1;
                bits.Bits(32);
                bits.Bits(10);
            }
        }

        var hasDelay = bits.Flag();
        var first = (0, false);
        var count = bits.Bits(5) + 1;
        for (var i = 0; i < count; i++)
        {
            bits.Bits(12);
            var level = (int)bits.Bits(5);
            var tier = level > 7 && bits.Flag();
            if (i == 0)
                first = (level, tier);
            if (hasModel && bits.Flag())
            {
                bits.Bits(delayBits);
                bits.Bits(delayBits);
                bits.Bits(1);
            }

            if (hasDelay && bits.Flag())
                bits.Bits(4);
        }

        return first;
    }

    private static void SkipTools(ref BitReader bits)
    {
        bits.Bits(4);
        var hasOrder = bits.Flag();
        if (hasOrder)
            bits.Bits(2);
        var screen = bits.Flag() ? Select : bits.Bits(1);
        if (screen > 0 && !bits.Flag())
            bits.Bits(1);
        if (hasOrder)
            bits.Bits(3);
    }

    /// <summary>§5.5.2, in the order of the configuration record.</summary>
    private static int Colour(ref BitReader bits, int profile)
    {
        var isHigh = bits.Flag();
        var isTwelve = profile == 2 && isHigh && bits.Flag();
        var isGrey = profile != 1 && bits.Flag();
        var (primaries, transfer, matrix) = (2u, 2u, 2u);
        if (bits.Flag())
            (primaries, transfer, matrix) = (bits.Bits(8), bits.Bits(8), bits.Bits(8));
        var flags = (isHigh ? 0x40 : 0) | (isTwelve ? 0x20 : 0) | (isGrey ? 0x10 : 0);
        if (isGrey)
        {
            bits.Bits(1);
            return flags | 0x0C;
        }

        // sRGB: 4:4:4.
        if ((primaries, transfer, matrix) == (1u, 13u, 0u))
            return flags;
        bits.Bits(1);
        var (across, down) = profile switch { 0 => (true, true), 1 => (false, false), _ => (true, false) };
        if (isTwelve)
        {
            across = bits.Flag();
            down = across && bits.Flag();
        }

        flags |= (across ? 0x08 : 0) | (down ? 0x04 : 0);
        return across && down ? flags | (int)bits.Bits(2) : flags;
    }
}

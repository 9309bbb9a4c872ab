namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The size in an H.264 sequence parameter set (ITU-T H.264 §7.3.2.1.1).</summary>
internal static class H264ParameterSet
{
    private const int MaxLength = 128;

    /// <param name="payload">An RTP payload that is, or as an aggregate begins with, a parameter set.</param>
    /// <returns>Lines; 0 when it cannot be read.</returns>
    public static int Height(ReadOnlySpan<byte> payload)
    {
        var unit = payload;
        if ((payload[0] & 0x1F) == 24)
        {
            for (var at = 1; ; at += 2 + ((payload[at] << 8) | payload[at + 1]))
            {
                if (at + 3 > payload.Length)
                    return 0;
                unit = payload[(at + 2)..];
                if ((unit[0] & 0x1F) == 7)
                    break;
            }
        }

        Span<byte> plain = stackalloc byte[MaxLength];
        var bits = new BitReader(plain[..WithoutEmulation(unit[1..], plain)]);
        var profile = bits.Bits(8);
        bits.Bits(16);
        Exponential(ref bits);
        if (profile is 100 or 110 or 122 or 244 or 44 or 83 or 86 or 118 or 128 && !SkipHighProfile(ref bits))
            return 0;
        Exponential(ref bits);
        var order = Exponential(ref bits);
        if (order == 0)
        {
            Exponential(ref bits);
        }
        else if (order == 1)
        {
            bits.Bits(1);
            Exponential(ref bits);
            Exponential(ref bits);
            for (var left = Exponential(ref bits); left > 0 && !bits.IsOverrun; left--)
                Exponential(ref bits);
        }

        Exponential(ref bits);
        bits.Bits(1);
        Exponential(ref bits);
        var rows = (int)Math.Min(Exponential(ref bits), 1_024) + 1;
        var framesOnly = bits.Flag();
        if (!framesOnly)
            bits.Bits(1);
        bits.Bits(1);
        var lines = rows * 16 * (framesOnly ? 1 : 2);
        if (bits.Flag())
        {
            Exponential(ref bits);
            Exponential(ref bits);
            var cropped = Math.Min(Exponential(ref bits), 1_024) + Math.Min(Exponential(ref bits), 1_024);
            lines -= (int)cropped * (framesOnly ? 2 : 4);
        }

        return bits.IsOverrun ? 0 : Math.Max(0, lines);
    }

    private static bool SkipHighProfile(ref BitReader bits)
    {
        if (Exponential(ref bits) == 3)
            bits.Bits(1);
        Exponential(ref bits);
        Exponential(ref bits);
        bits.Bits(1);
        // Scaling matrices: no browser sends them.
        return !bits.Flag();
    }

    private static uint Exponential(ref BitReader bits)
    {
        var zeros = 0;
        while (!bits.IsOverrun && !bits.Flag())
            zeros++;
        return zeros > 31 ? uint.MaxValue : (1u << zeros) - 1 + bits.Bits(zeros);
    }

    /// <summary>Removes the 3 of each 0 0 3 (§7.4.1.1).</summary>
    private static int WithoutEmulation(ReadOnlySpan<byte> unit, Span<byte> plain)
    {
        var (length, zeros) = (0, 0);
        foreach (var each in unit)
        {
            if (length == plain.Length)
                break;
            if (zeros >= 2 && each == 3)
            {
                zeros = 0;
                continue;
            }

            zeros = each == 0 ? zeros + 1 : 0;
            plain[length++] = each;
        }

        return length;
    }
}

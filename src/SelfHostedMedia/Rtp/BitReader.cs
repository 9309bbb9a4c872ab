namespace Muse.SelfHostedMedia.Rtp;

/// <summary>Bits from the highest to the lowest. Reading behind the end gives zeros and says so.</summary>
internal ref struct BitReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int At { get; private set; }

    public readonly bool IsOverrun => At > _bytes.Length * 8;

    public bool Flag() => Bits(1) != 0;

    /// <param name="count">At most 32.</param>
    public uint Bits(int count)
    {
        var value = 0u;
        for (var i = 0; i < count; i++, At++)
        {
            var bit = At < _bytes.Length * 8 ? (_bytes[At >> 3] >> (7 - (At & 7))) & 1 : 0;
            value = (value << 1) | (uint)bit;
        }

        return value;
    }

    /// <summary>A value below <paramref name="limit"/> in as few bits as it needs (ns(n) of the AV1 specification, §4.10.7).</summary>
    public uint NonSymmetric(uint limit)
    {
        var width = 0;
        for (var rest = limit; rest != 0; rest >>= 1)
            width++;
        if (width == 0)
            return 0;
        var shorter = (1u << width) - limit;
        var value = Bits(width - 1);
        return value < shorter ? value : (value << 1) - shorter + Bits(1);
    }
}

namespace Muse.Fragments.Tracks;

/// <summary>Bits from the highest on. Behind the end everything is zero, and <see cref="IsOverrun"/> says so.</summary>
/// <param name="hasEmulation">The 3 of each 0 0 3 is left out (ITU-T H.264 §7.4.1.1).</param>
internal ref struct BitReader(ReadOnlySpan<byte> bytes, bool hasEmulation = false)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private int _at;
    private int _bit;
    private int _zeros;

    public bool IsOverrun { get; private set; }

    public bool Flag() => Bits(1) != 0;

    /// <param name="count">0 to 32.</param>
    public uint Bits(int count)
    {
        var value = 0u;
        for (; count > 0; count--)
            value = (value << 1) | Bit();
        return value;
    }

    /// <summary>ue(v), ITU-T H.264 §9.1.</summary>
    public uint Exponential()
    {
        var zeros = 0;
        while (!IsOverrun && !Flag())
            zeros++;
        return zeros > 31 ? uint.MaxValue : (1u << zeros) - 1 + Bits(zeros);
    }

    /// <summary>se(v), ITU-T H.264 §9.1.1.</summary>
    public int SignedExponential()
    {
        var value = Exponential();
        return (value & 1) != 0 ? (int)((value >> 1) + 1) : -(int)(value >> 1);
    }

    private uint Bit()
    {
        if (_bit == 0 && hasEmulation && _zeros >= 2 && _at < _bytes.Length && _bytes[_at] == 3)
        {
            _at++;
            _zeros = 0;
        }

        if (_at >= _bytes.Length)
        {
            IsOverrun = true;
            return 0;
        }

        var bit = (uint)(_bytes[_at] >> (7 - _bit)) & 1;
        if (++_bit < 8)
            return bit;
        _zeros = _bytes[_at] == 0 ? _zeros + 1 : 0;
        (_at, _bit) = (_at + 1, 0);
        return bit;
    }
}

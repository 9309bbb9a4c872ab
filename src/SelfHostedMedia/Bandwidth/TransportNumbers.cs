namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>Which transport-wide sequence number each packet of a subscription was first sent with. The number stands in the header, which
/// the tag covers: a packet sent again under its index must carry the number of its first time, or one GCM nonce would protect two
/// messages. Remembers the newest so many packets; what lies before must not be sent at all.</summary>
/// <param name="capacity">A power of two up to 32,768.</param>
internal sealed class TransportNumbers(int capacity)
{
    // The upper half is the packet's index, so that a slot left over from another lap is not taken for it.
    private readonly uint[] _numbers = new uint[capacity];
    private readonly bool[] _isUsed = new bool[capacity];

    /// <summary>−1 before the first.</summary>
    public long Newest { get; private set; } = -1;

    /// <summary>The number of a packet that was sent before.</summary>
    /// <returns>False when it was not sent.</returns>
    public bool TryRecall(long index, out ushort number)
    {
        var slot = (int)(index & (capacity - 1));
        number = (ushort)_numbers[slot];
        return _isUsed[slot] && index <= Newest && _numbers[slot] >> 16 == (ushort)index;
    }

    /// <summary>So old that it is not known whether it was sent, and with which number.</summary>
    public bool IsForgotten(long index) => index <= Newest - capacity;

    /// <param name="index">Neither recalled nor forgotten.</param>
    public void Remember(long index, ushort number)
    {
        Newest = Math.Max(Newest, index);
        var slot = (int)(index & (capacity - 1));
        _numbers[slot] = ((uint)(ushort)index << 16) | number;
        _isUsed[slot] = true;
    }
}

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>Which of the last 1,024 packet indices have been seen. Guards two things: a replayed packet is not opened twice (RFC 3711 §3.3.2),
/// and one index is not forwarded twice with different bytes, which under GCM would give one nonce to two messages.</summary>
internal sealed class IndexWindow
{
    public const int Size = 1_024;

    private readonly ulong[] _bits = new ulong[Size / 64];

    /// <summary>−1 before the first.</summary>
    public long Newest { get; private set; } = -1;

    /// <summary>Seen before, or too old to tell.</summary>
    public bool IsSeen(long index)
    {
        if (Newest < 0 || index > Newest)
            return false;
        return Newest - index >= Size || (_bits[Word(index)] & Bit(index)) != 0;
    }

    public void Mark(long index)
    {
        if (Newest < 0)
        {
            Newest = index;
        }
        else if (index > Newest)
        {
            var steps = index - Newest;
            if (steps >= Size)
            {
                Array.Clear(_bits);
            }
            else
            {
                for (var skipped = Newest + 1; skipped < index; skipped++)
                    _bits[Word(skipped)] &= ~Bit(skipped);
            }

            Newest = index;
        }

        _bits[Word(index)] |= Bit(index);
    }

    private static int Word(long index) => (int)((ulong)index / 64 % (Size / 64));

    private static ulong Bit(long index) => 1UL << (int)(index & 63);
}

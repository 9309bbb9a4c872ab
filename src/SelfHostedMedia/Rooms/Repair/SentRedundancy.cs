namespace Muse.SelfHostedMedia.Rooms.Repair;

/// <summary>What redundancy each of the last packets was sent with. What is sent again under its index must be the same bytes, also when the
/// protection has changed meanwhile or a hole in front of it has been filled: one nonce never covers two messages.</summary>
internal sealed class SentRedundancy
{
    private const int Kept = 128;

    // The index and, in the lowest byte, what was chosen.
    private readonly long[] _sent = new long[Kept];

    private long _kept;

    public SentRedundancy() => Array.Fill(_sent, -1);

    /// <inheritdoc cref="Subscription.Prefetch"/>
    public void Prefetch() => Wire.CacheLines.Prefetch(in _sent[(_kept + 1) % Kept]);

    /// <param name="index">The publisher's.</param>
    public void Keep(long index, byte chosen)
    {
        _sent[index % Kept] = (index << 8) | chosen;
        _kept = index;
    }

    /// <returns>False when it was never sent, or too long ago.</returns>
    public bool TryFind(long index, out byte chosen)
    {
        chosen = 0;
        if (index < 0 || _sent[index % Kept] >> 8 != index)
            return false;
        chosen = (byte)_sent[index % Kept];
        return true;
    }
}

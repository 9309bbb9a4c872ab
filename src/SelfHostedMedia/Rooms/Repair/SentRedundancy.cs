namespace Muse.SelfHostedMedia.Rooms.Repair;

/// <summary>What redundancy each of the last packets was sent with. What is sent again under its index must be the same bytes, also when the
/// protection has changed meanwhile or a hole in front of it has been filled: one nonce never covers two messages.</summary>
internal sealed class SentRedundancy
{
    private const int Kept = 128;

    private readonly long[] _indices = new long[Kept];
    private readonly byte[] _chosen = new byte[Kept];

    public SentRedundancy() => Array.Fill(_indices, -1);

    /// <param name="index">The publisher's.</param>
    public void Keep(long index, byte chosen) => (_indices[index % Kept], _chosen[index % Kept]) = (index, chosen);

    /// <returns>False when it was never sent, or too long ago.</returns>
    public bool TryFind(long index, out byte chosen)
    {
        chosen = 0;
        if (index < 0 || _indices[index % Kept] != index)
            return false;
        chosen = _chosen[index % Kept];
        return true;
    }
}

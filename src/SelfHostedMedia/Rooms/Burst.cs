using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>What one encoding accepted since it was last forwarded, in the order of arrival: at most one receive batch. Each subscriber gets it in
/// one go, so that its packets leave as one message (<see cref="SendBatch"/>) and its keys are fetched into the cache once.</summary>
internal sealed class Burst
{
    public const int Capacity = ReceiveBatch.Capacity;

    private readonly (PacketCache Cache, long Index)[] _packets = new (PacketCache, long)[Capacity];

    public int Count { get; private set; }

    public bool IsFull => Count == Capacity;

    public PacketCache Cache(int i) => _packets[i].Cache;

    public long Index(int i) => _packets[i].Index;

    /// <summary>Only while it is not full.</summary>
    public void Add(PacketCache cache, long index) => _packets[Count++] = (cache, index);

    /// <summary>Writing a packet of this index would overwrite one that has not been forwarded: a publisher's numbers have jumped by the
    /// length of the cache within one receive batch.</summary>
    public bool IsInTheWay(PacketCache cache, long index)
    {
        if (Count == 0)
            return false;
        var present = cache.Slot(index).Index;
        for (var i = 0; i < Count; i++)
        {
            if (_packets[i].Index == present && _packets[i].Cache == cache)
                return true;
        }

        return false;
    }

    public void Clear() => Count = 0;
}

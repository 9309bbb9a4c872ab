using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>One packet of a publisher, decrypted, as it waits to be sent and sent again.</summary>
internal struct CachedPacket
{
    /// <summary>−1: the slot is empty.</summary>
    public long Index;

    /// <summary>In milliseconds of the media thread.</summary>
    public long ReceivedAt;
    public uint Timestamp;
    public int PayloadLength;
    public bool Marker;

    /// <summary>Padding alone: forwarded as one byte of padding, which keeps the sequence whole without the probe's cost.</summary>
    public bool IsPadding;
    public bool HasAudioLevel;

    /// <summary>A decoder can start here.</summary>
    public bool BeginsKeyFrame;
    public AudioLevel AudioLevel;

    /// <summary>Layers of a scalable stream, 0 where it has none; see <see cref="LayerReader"/>.</summary>
    public byte Spatial;
    public byte Temporal;

    /// <summary>At this picture one may go up to this temporal layer from any lower one that it is in; 0: no such place.</summary>
    public byte SwitchUpTo;

    /// <summary>It depends on the base layer alone: one may go up to its own temporal layer.</summary>
    public bool IsLayerSync;

    /// <summary>The last packet of its spatial layer's picture.</summary>
    public bool EndsLayerFrame;

    /// <summary>VP8's numbers are set.</summary>
    public bool HasPictureId;
    public ushort PictureId;
    public byte BaseLayerIndex;
    public byte KeyIndex;
}

/// <summary>The last second of one encoding in native memory. Packets are decrypted into it and encrypted out of it, per publisher
/// and not per subscriber. It begins small and grows with the track's rate: most tracks are a voice, and most rooms hold two people.</summary>
internal sealed unsafe class PacketCache : IDisposable
{
    public const int SlotSize = 1_536;

    private const int Smallest = 64;

    /// <summary>A packet is not overwritten for so long, in milliseconds, unless the cache has its largest size. A NACK comes within a round
    /// trip or three.</summary>
    private const long History = 1_000;

    private readonly int _limit;
    private CachedPacket* _packets;
    private byte* _payloads;
    private int _mask;

    /// <param name="limit">Slots at most; a power of two.</param>
    public PacketCache(int limit)
    {
        _limit = limit;
        Allocate(Math.Min(Smallest, limit));
    }

    public int Capacity => _mask + 1;

    public long Bytes => Capacity * (long)(sizeof(CachedPacket) + SlotSize);

    public ref CachedPacket Slot(long index) => ref _packets[(int)index & _mask];

    public Span<byte> Payload(long index) => new(_payloads + (((int)index & _mask) * (long)SlotSize), SlotSize);

    public bool Holds(long index) => index >= 0 && _packets is not null && Slot(index).Index == index;

    /// <summary>Writing a packet of this index makes nothing grow.</summary>
    public bool HasRoom(long index, long now)
    {
        if (Capacity >= _limit)
            return true;
        ref var present = ref Slot(index);
        return present.Index < 0 || present.Index == index || now - present.ReceivedAt >= History
            || Math.Abs(index - present.Index) >= _limit;
    }

    /// <summary>Before a packet is written: grows while it would overwrite one of the last second. References into the cache are void
    /// afterwards.</summary>
    public void MakeRoom(long index, long now)
    {
        while (!HasRoom(index, now))
            Grow();
    }

    public void Dispose()
    {
        NativeMemory.Free(_packets);
        NativeMemory.AlignedFree(_payloads);
        _packets = null;
        _payloads = null;
        _mask = 0;
    }

    private void Grow()
    {
        var packets = _packets;
        var payloads = _payloads;
        var capacity = Capacity;
        Allocate(capacity * 2);
        for (var i = 0; i < capacity; i++)
        {
            var index = packets[i].Index;
            if (index < 0)
                continue;
            Slot(index) = packets[i];
            new ReadOnlySpan<byte>(payloads + (i * (long)SlotSize), packets[i].PayloadLength).CopyTo(Payload(index));
        }

        NativeMemory.Free(packets);
        NativeMemory.AlignedFree(payloads);
    }

    private void Allocate(int capacity)
    {
        _mask = capacity - 1;
        _packets = (CachedPacket*)NativeMemory.Alloc((nuint)capacity, (nuint)sizeof(CachedPacket));
        _payloads = (byte*)NativeMemory.AlignedAlloc((nuint)capacity * SlotSize, 64);
        new Span<CachedPacket>(_packets, capacity).Fill(new() { Index = -1 });
    }
}

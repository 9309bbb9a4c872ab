using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>One packet of a publisher, decrypted, as it waits to be sent and sent again.</summary>
internal struct CachedPacket
{
    /// <summary>−1: the slot is empty.</summary>
    public long Index;
    public uint Timestamp;
    public int PayloadLength;
    public bool Marker;

    /// <summary>Padding alone: forwarded as one byte of padding, which keeps the sequence whole without the probe's cost.</summary>
    public bool IsPadding;
    public bool HasAudioLevel;

    /// <summary>A decoder can start here.</summary>
    public bool BeginsKeyFrame;
    public AudioLevel AudioLevel;
}

/// <summary>The last packets of one encoding in native memory. Packets are decrypted into it and encrypted out of it, per publisher
/// and not per subscriber.</summary>
internal sealed unsafe class PacketCache : IDisposable
{
    public const int SlotSize = 1_536;

    private CachedPacket* _packets;
    private byte* _payloads;

    /// <param name="capacity">A power of two: at least one second of the rate.</param>
    public PacketCache(int capacity) => Allocate(capacity);

    public int Capacity { get; private set; }

    public ref CachedPacket Slot(long index) => ref _packets[(int)index & (Capacity - 1)];

    public Span<byte> Payload(long index) => new(_payloads + (((int)index & (Capacity - 1)) * (long)SlotSize), SlotSize);

    public bool Holds(long index) => index >= 0 && Slot(index).Index == index;

    /// <summary>Makes room for more; what is held stays. Not on a packet's way.</summary>
    /// <param name="capacity">A power of two, larger than now.</param>
    /// <param name="newest">The newest index that may be held.</param>
    public void Grow(int capacity, long newest)
    {
        var (packets, payloads, former) = ((nint)_packets, (nint)_payloads, Capacity);
        Allocate(capacity);
        for (var index = Math.Max(0, newest - former + 1); index <= newest; index++)
        {
            var from = (int)index & (former - 1);
            ref var packet = ref ((CachedPacket*)packets)[from];
            if (packet.Index != index)
                continue;
            Slot(index) = packet;
            new ReadOnlySpan<byte>((byte*)payloads + (from * (long)SlotSize), packet.PayloadLength).CopyTo(Payload(index));
        }

        NativeMemory.Free((void*)packets);
        NativeMemory.AlignedFree((void*)payloads);
    }

    public void Dispose()
    {
        NativeMemory.Free(_packets);
        NativeMemory.AlignedFree(_payloads);
        _packets = null;
        _payloads = null;
    }

    private void Allocate(int capacity)
    {
        Capacity = capacity;
        _packets = (CachedPacket*)NativeMemory.Alloc((nuint)capacity, (nuint)sizeof(CachedPacket));
        new Span<CachedPacket>(_packets, capacity).Fill(new() { Index = -1 });
        _payloads = (byte*)NativeMemory.AlignedAlloc((nuint)(capacity * SlotSize), 64);
    }
}

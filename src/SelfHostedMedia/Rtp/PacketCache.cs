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

/// <summary>The last packets of one publisher's track in native memory. Packets are decrypted into it and encrypted out of it, per publisher
/// and not per subscriber.</summary>
internal sealed unsafe class PacketCache : IDisposable
{
    public const int SlotSize = 1_536;

    private readonly CachedPacket[] _packets;
    private byte* _payloads;

    /// <param name="capacity">A power of two: about two seconds of the track's rate.</param>
    public PacketCache(int capacity)
    {
        _packets = new CachedPacket[capacity];
        _packets.AsSpan().Fill(new() { Index = -1 });
        _payloads = (byte*)NativeMemory.AlignedAlloc((nuint)(capacity * SlotSize), 64);
    }

    public int Capacity => _packets.Length;

    public ref CachedPacket Slot(long index) => ref _packets[(int)index & (_packets.Length - 1)];

    public Span<byte> Payload(long index) => new(_payloads + (((int)index & (_packets.Length - 1)) * (long)SlotSize), SlotSize);

    public bool Holds(long index) => index >= 0 && Slot(index).Index == index;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_payloads);
        _payloads = null;
    }
}

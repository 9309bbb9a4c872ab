namespace Muse.SelfHostedMedia.Recording;

internal readonly record struct HeldPacket(long Index, uint Timestamp, bool Marker, long Arrival);

/// <summary>Packets that came before one that is still missing, and since when it is. At most <see cref="Capacity"/> of them, whose buffers are
/// used again.</summary>
internal sealed class PacketHold
{
    public const int Capacity = 1_024;

    /// <summary>Bytes; no datagram is larger (docs/media.md §3).</summary>
    public const int MaxPayload = 1_500;

    private readonly Slot[] _slots = new Slot[Capacity];
    private readonly Stack<byte[]> _free = [];

    public PacketHold() => Array.Fill(_slots, new() { Packet = new(-1, 0, false, 0) });

    public int Count { get; private set; }

    public bool Holds(long index) => At(index).Packet.Index == index;

    public void Put(in HeldPacket packet, ReadOnlySpan<byte> payload)
    {
        ref var slot = ref At(packet.Index);
        slot.Packet = packet;
        slot.Bytes = _free.TryPop(out var used) ? used : new byte[MaxPayload];
        slot.Length = payload.Length;
        payload.CopyTo(slot.Bytes);
        Count++;
    }

    public ReadOnlySpan<byte> Payload(long index, out HeldPacket packet)
    {
        ref var slot = ref At(index);
        packet = slot.Packet;
        return slot.Bytes.AsSpan(0, slot.Length);
    }

    public void Release(long index)
    {
        ref var slot = ref At(index);
        _free.Push(slot.Bytes!);
        slot.Bytes = null;
        slot.Packet = new(-1, 0, false, 0);
        Count--;
    }

    public void NoteMissing(long index, long now) => At(index).MissingSince = now;

    public long MissingSince(long index) => At(index).MissingSince;

    /// <summary>The lowest held index from there on. There must be one.</summary>
    public long First(long from)
    {
        while (!Holds(from))
            from++;
        return from;
    }

    private ref Slot At(long index) => ref _slots[(int)index & (Capacity - 1)];

    private struct Slot
    {
        public HeldPacket Packet;
        public byte[]? Bytes;
        public int Length;
        public long MissingSince;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Recording;

internal enum QueuedKind : byte
{
    /// <summary>What is left of the ring's end is too short.</summary>
    Skip,
    Packet,

    /// <summary>A sender report.</summary>
    Report,

    /// <summary>Nothing more comes of a track.</summary>
    End,
    Pause,
    Resume,
    Stop,
}

/// <param name="Track">Its number in the recording.</param>
/// <param name="Index">Of a packet: its extended sequence number.</param>
/// <param name="Arrival">ms of the media thread.</param>
/// <param name="Timestamp">Of a packet, or what a sender report says.</param>
/// <param name="Ntp">Of a sender report.</param>
/// <param name="IsAfterSilence">Packets before it were left out because their publisher was silenced.</param>
internal readonly record struct Queued(
    QueuedKind Kind, byte Track, bool Marker, bool IsAfterSilence, int Length, long Index, long Arrival, uint Timestamp, uint Ssrc, ulong Ntp);

/// <summary>From the media thread to the one that writes: a ring of bytes, allocated once, without a lock. One thread adds, one takes. Where it is
/// full a packet is refused; what is no packet finds room in a reserve.</summary>
internal sealed class PacketQueue
{
    private const int Alignment = 8;

    private static readonly int s_header = (Unsafe.SizeOf<Queued>() + Alignment - 1) & -Alignment;

    private readonly byte[] _bytes;
    private readonly int _reserve;
    private long _written;
    private long _read;

    /// <param name="capacity">Bytes, a power of two.</param>
    public PacketQueue(int capacity)
    {
        _bytes = GC.AllocateUninitializedArray<byte>(capacity);
        _reserve = capacity / 32;
    }

    /// <summary>Bytes that wait.</summary>
    public long Waiting => Volatile.Read(ref _written) - Volatile.Read(ref _read);

    /// <returns>False when there is no room.</returns>
    public bool TryAdd(in Queued entry, ReadOnlySpan<byte> payload)
    {
        var size = (s_header + payload.Length + Alignment - 1) & -Alignment;
        var at = (int)(_written & (_bytes.Length - 1));
        var toEnd = _bytes.Length - at;
        var skipped = toEnd < size ? toEnd : 0;
        var reserve = entry.Kind is QueuedKind.Packet or QueuedKind.Report ? _reserve : 0;
        if (_written - Volatile.Read(ref _read) + skipped + size + reserve > _bytes.Length)
            return false;
        if (skipped > 0)
        {
            // Where not even a header fits there is nothing to be said: the reader knows it, too.
            if (toEnd >= s_header)
                MemoryMarshal.Write(_bytes.AsSpan(at), default(Queued));
            at = 0;
        }

        MemoryMarshal.Write(_bytes.AsSpan(at), in entry);
        payload.CopyTo(_bytes.AsSpan(at + s_header));
        Volatile.Write(ref _written, _written + skipped + size);
        return true;
    }

    /// <param name="payload">Valid until <see cref="Release"/>.</param>
    /// <returns>False when it is empty.</returns>
    public bool TryTake(out Queued entry, out ReadOnlySpan<byte> payload)
    {
        entry = default;
        payload = default;
        if (Volatile.Read(ref _written) == _read)
            return false;
        var at = (int)(_read & (_bytes.Length - 1));
        if (_bytes.Length - at >= s_header)
            entry = MemoryMarshal.Read<Queued>(_bytes.AsSpan(at));
        if (entry.Kind == QueuedKind.Skip)
        {
            Volatile.Write(ref _read, _read + _bytes.Length - at);
            return TryTake(out entry, out payload);
        }

        payload = _bytes.AsSpan(at + s_header, entry.Length);
        return true;
    }

    /// <summary>The entry that was taken makes room.</summary>
    public void Release(in Queued entry) => Volatile.Write(ref _read, _read + ((s_header + entry.Length + Alignment - 1) & -Alignment));
}

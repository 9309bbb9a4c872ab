using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Wire.Linux;

/// <summary>Read by one system call.</summary>
internal sealed unsafe class LinuxReceiveBatch : ReceiveBatch
{
    /// <summary>CMSG_SPACE of in6_pktinfo (40) and of a timespec (32).</summary>
    private const int ControlSize = 72;

    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>A stamp that is older tells of a clock that was set rather than of a datagram that waited.</summary>
    private const long MaxAge = NanosecondsPerSecond;

    private readonly LinuxPort _port;
    private readonly Libc.Message* _messages;
    private readonly Libc.Vector* _vectors;
    private readonly byte* _slots;
    private readonly byte* _names;
    private readonly byte* _controls;
    private long _readAt;

    /// <summary>Headers that the kernel has written into; the others are as they were.</summary>
    private int _used = Capacity;

    public LinuxReceiveBatch(LinuxPort port)
    {
        _port = port;
        _messages = (Libc.Message*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Message));
        _vectors = (Libc.Vector*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Vector));
        _slots = (byte*)NativeMemory.AlignedAlloc(Capacity * SlotSize, 64);
        _names = (byte*)NativeMemory.AllocZeroed(Capacity, SocketAddressCodec.Size);
        _controls = (byte*)NativeMemory.AllocZeroed(Capacity, ControlSize);
        for (var i = 0; i < Capacity; i++)
        {
            _vectors[i] = new() { Base = _slots + (i * SlotSize), Length = SlotSize };
            _messages[i].Name = _names + (i * SocketAddressCodec.Size);
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
            _messages[i].Control = _controls + (i * ControlSize);
        }
    }

    public override int Receive()
    {
        for (var i = 0; i < _used; i++)
        {
            _messages[i].NameLength = SocketAddressCodec.Size;
            _messages[i].ControlLength = ControlSize;
            _messages[i].Flags = 0;
        }

        var received = Math.Max(0, Libc.recvmmsg(_port.Descriptor, _messages, Capacity, Libc.DontWait, null));
        _used = received;
        if (received > 0)
            _readAt = (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;
        return received;
    }

    /// <summary>When the kernel took the datagram from the network, in nanoseconds since 1970 of the system's clock (SO_TIMESTAMPNS); when
    /// it was read, where the kernel does not stamp. The time it waited to be read has a tail of 100 ms on a busy machine, which would look
    /// like a network filling up.</summary>
    public long StampNanoseconds(int i)
    {
        var stamp = ControlMessages.Find(
            new(_messages[i].Control, (int)_messages[i].ControlLength), Libc.LevelSocket, Libc.TimestampNanoseconds);
        return stamp.Length < 16
            ? _readAt
            : (BitConverter.ToInt64(stamp) * NanosecondsPerSecond) + BitConverter.ToInt64(stamp[8..]);
    }

    public override long WaitedNanoseconds(int i) => Math.Clamp(_readAt - StampNanoseconds(i), 0, MaxAge);

    public override Span<byte> Datagram(int i) => new(_slots + (i * SlotSize), (int)_messages[i].Length);

    public override bool IsOversized(int i) => (_messages[i].Flags & Libc.Truncated) != 0 || _messages[i].Length > MaxDatagram;

    public override bool TryGetSender(int i, out NetworkAddress sender) =>
        SocketAddressCodec.TryRead(new(_messages[i].Name, SocketAddressCodec.Size), out sender);

    public override NetworkAddress Local(int i) => _port.ReportsLocalAddress
        ? SocketAddressCodec.ReadPacketInfo(new(_messages[i].Control, (int)_messages[i].ControlLength))
        : default;

    public override void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
        NativeMemory.AlignedFree(_slots);
        NativeMemory.Free(_names);
        NativeMemory.Free(_controls);
    }
}

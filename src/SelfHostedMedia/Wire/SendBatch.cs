using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>Packets on their way out: written in place, sent together by one system call. A full batch sends itself.</summary>
internal sealed unsafe class SendBatch : IDisposable
{
    private const int Capacity = 128;
    private const int SlotSize = 2_048;

    private readonly UdpPort _port;
    private readonly Libc.Message* _messages;
    private readonly Libc.Vector* _vectors;
    private readonly byte* _slots;
    private readonly byte* _names;
    private readonly byte* _controls;
    private int _count;

    public SendBatch(UdpPort port)
    {
        _port = port;
        _messages = (Libc.Message*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Message));
        _vectors = (Libc.Vector*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Vector));
        _slots = (byte*)NativeMemory.AlignedAlloc(Capacity * SlotSize, 64);
        _names = (byte*)NativeMemory.AllocZeroed(Capacity, SocketAddressCodec.Size);
        _controls = (byte*)NativeMemory.AllocZeroed(Capacity, SocketAddressCodec.ControlSize);
        for (var i = 0; i < Capacity; i++)
        {
            _vectors[i].Base = _slots + (i * SlotSize);
            _messages[i].Name = _names + (i * SocketAddressCodec.Size);
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
        }
    }

    public long SentPackets { get; private set; }

    public long SentBytes { get; private set; }

    public long FailedSends { get; private set; }

    /// <summary>The place for the next packet; nothing is sent until <see cref="Commit"/>.</summary>
    public Span<byte> Next()
    {
        if (_count == Capacity)
            Flush();
        return new(_slots + (_count * SlotSize), SlotSize);
    }

    /// <param name="local">The address to send from; none lets the kernel choose.</param>
    public void Commit(int length, in NetworkAddress to, in NetworkAddress local)
    {
        ref var message = ref _messages[_count];
        var name = new Span<byte>(_names + (_count * SocketAddressCodec.Size), SocketAddressCodec.Size);
        message.NameLength = (uint)SocketAddressCodec.Write(name, to, _port.UsesIPv6);
        var control = _controls + (_count * SocketAddressCodec.ControlSize);
        message.ControlLength = _port.ReportsLocalAddress
            ? (nuint)SocketAddressCodec.WritePacketInfo(new(control, SocketAddressCodec.ControlSize), local)
            : 0;
        message.Control = message.ControlLength == 0 ? null : control;
        _vectors[_count].Length = (nuint)length;
        SentBytes += length;
        _count++;
    }

    public void Send(ReadOnlySpan<byte> datagram, in NetworkAddress to, in NetworkAddress local)
    {
        datagram.CopyTo(Next());
        Commit(datagram.Length, to, local);
    }

    public void Flush()
    {
        var first = 0;
        while (first < _count)
        {
            var sent = Libc.sendmmsg(_port.Descriptor, _messages + first, (uint)(_count - first), Libc.DontWait);
            if (sent <= 0)
            {
                // The message at the head cannot be sent (unreachable, or the buffer is full): it is lost like any datagram, the rest goes on.
                FailedSends++;
                first++;
                continue;
            }

            SentPackets += sent;
            first += sent;
        }

        _count = 0;
    }

    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
        NativeMemory.AlignedFree(_slots);
        NativeMemory.Free(_names);
        NativeMemory.Free(_controls);
    }
}

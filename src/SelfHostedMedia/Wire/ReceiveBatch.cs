using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Wire;

/// <summary>Up to 64 datagrams read by one system call into native memory that lives as long as the media thread.</summary>
internal sealed unsafe class ReceiveBatch : IDisposable
{
    public const int Capacity = 64;

    /// <summary>Larger than any datagram a peer has reason to send (Firefox's DTLS: 1,408 bytes, Opus at 510 kbit/s: 1,316).</summary>
    public const int MaxDatagram = 1_500;

    private const int SlotSize = 2_048;

    private readonly UdpPort _port;
    private readonly Libc.Message* _messages;
    private readonly Libc.Vector* _vectors;
    private readonly byte* _slots;
    private readonly byte* _names;
    private readonly byte* _controls;

    public ReceiveBatch(UdpPort port)
    {
        _port = port;
        _messages = (Libc.Message*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Message));
        _vectors = (Libc.Vector*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Libc.Vector));
        _slots = (byte*)NativeMemory.AlignedAlloc(Capacity * SlotSize, 64);
        _names = (byte*)NativeMemory.AllocZeroed(Capacity, SocketAddressCodec.Size);
        _controls = (byte*)NativeMemory.AllocZeroed(Capacity, SocketAddressCodec.ControlSize);
        for (var i = 0; i < Capacity; i++)
        {
            _vectors[i] = new() { Base = _slots + (i * SlotSize), Length = SlotSize };
            _messages[i].Name = _names + (i * SocketAddressCodec.Size);
            _messages[i].Vectors = _vectors + i;
            _messages[i].VectorCount = 1;
            _messages[i].Control = port.ReportsLocalAddress ? _controls + (i * SocketAddressCodec.ControlSize) : null;
        }
    }

    /// <summary>Reads what is waiting, without waiting itself.</summary>
    /// <returns>How many datagrams are in the batch now.</returns>
    public int Receive()
    {
        for (var i = 0; i < Capacity; i++)
        {
            _messages[i].NameLength = SocketAddressCodec.Size;
            _messages[i].ControlLength = _port.ReportsLocalAddress ? SocketAddressCodec.ControlSize : 0u;
            _messages[i].Flags = 0;
        }

        return Math.Max(0, Libc.recvmmsg(_port.Descriptor, _messages, Capacity, Libc.DontWait, null));
    }

    public Span<byte> Datagram(int i) => new(_slots + (i * SlotSize), (int)_messages[i].Length);

    /// <summary>The datagram was larger than any that a peer has reason to send.</summary>
    public bool IsOversized(int i) => (_messages[i].Flags & Libc.Truncated) != 0 || _messages[i].Length > MaxDatagram;

    public bool TryGetSender(int i, out NetworkAddress sender) =>
        SocketAddressCodec.TryRead(new(_messages[i].Name, SocketAddressCodec.Size), out sender);

    /// <returns>None when the port is bound to one address.</returns>
    public NetworkAddress Local(int i) => _port.ReportsLocalAddress
        ? SocketAddressCodec.ReadPacketInfo(new(_messages[i].Control, (int)_messages[i].ControlLength))
        : default;

    public void Dispose()
    {
        NativeMemory.Free(_messages);
        NativeMemory.Free(_vectors);
        NativeMemory.AlignedFree(_slots);
        NativeMemory.Free(_names);
        NativeMemory.Free(_controls);
    }
}

using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Wire.Portable;

/// <summary>Read one by one.</summary>
internal sealed unsafe class PortableReceiveBatch : ReceiveBatch
{
    private readonly PortablePort _port;
    private readonly byte* _slots = (byte*)NativeMemory.AlignedAlloc(Capacity * SlotSize, 64);
    private readonly int[] _lengths = new int[Capacity];
    private readonly NetworkAddress[] _senders = new NetworkAddress[Capacity];
    private readonly SocketAddress _name;

    public PortableReceiveBatch(PortablePort port)
    {
        _port = port;
        _name = SocketName.Of(port.UsesIPv6);
    }

    public override int Receive()
    {
        var count = 0;
        // Asked first: reading from an empty socket is an exception.
        while (count < Capacity && _port.Socket.Poll(0, SelectMode.SelectRead))
        {
            var slot = new Span<byte>(_slots + (count * SlotSize), SlotSize);
            try
            {
                _lengths[count] = _port.Socket.ReceiveFrom(slot, SocketFlags.None, _name);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.MessageSize)
            {
                // Windows says so instead of cutting it off.
                _lengths[count] = SlotSize;
            }
            catch (SocketException)
            {
                // An earlier datagram of ours was refused somewhere, or the port is closing: nothing of this one can be read.
                break;
            }

            _senders[count] = SocketName.Read(_name);
            if (!_port.IsWakeUp(Datagram(count), _senders[count]))
                count++;
        }

        return count;
    }

    public override Span<byte> Datagram(int i) => new(_slots + (i * SlotSize), _lengths[i]);

    public override bool IsOversized(int i) => _lengths[i] > MaxDatagram;

    public override bool TryGetSender(int i, out NetworkAddress sender)
    {
        sender = _senders[i];
        return true;
    }

    public override NetworkAddress Local(int i) => default;

    public override long WaitedNanoseconds(int i) => 0;

    public override void Dispose() => NativeMemory.AlignedFree(_slots);
}

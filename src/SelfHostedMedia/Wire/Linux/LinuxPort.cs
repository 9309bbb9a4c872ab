using System.Net;
using System.Net.Sockets;

namespace Muse.SelfHostedMedia.Wire.Linux;

/// <summary>The <see cref="Socket"/> only owns the descriptor: reading and writing go through recvmmsg and sendmmsg, which cost half of
/// Socket.SendTo per packet (docs/media.md).</summary>
internal sealed unsafe class LinuxPort : UdpPort
{
    private readonly Socket _socket;
    private readonly int _wake;

    public LinuxPort(IPAddress? bindAddress, int port)
    {
        var dualMode = bindAddress is null && Socket.OSSupportsIPv6;
        UsesIPv6 = dualMode || bindAddress?.AddressFamily == AddressFamily.InterNetworkV6;
        _socket = new Socket(UsesIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (dualMode)
                _socket.DualMode = true;
            _socket.ReceiveBufferSize = BufferBytes;
            _socket.SendBufferSize = BufferBytes;
            _socket.Bind(new IPEndPoint(bindAddress ?? (UsesIPv6 ? IPAddress.IPv6Any : IPAddress.Any), port));
            Descriptor = (int)_socket.SafeHandle.DangerousGetHandle();
            var on = 1;
            ReportsLocalAddress = dualMode
                && Libc.setsockopt(Descriptor, Libc.LevelIPv6, Libc.ReceivePacketInfo, &on, sizeof(int)) == 0;
            var size = BufferBytes;
            Libc.setsockopt(Descriptor, Libc.LevelSocket, Libc.ForceSendBuffer, &size, sizeof(int));
            Libc.setsockopt(Descriptor, Libc.LevelSocket, Libc.ForceReceiveBuffer, &size, sizeof(int));
            int segment;
            var length = (uint)sizeof(int);
            KnowsSegments = Libc.getsockopt(Descriptor, Libc.LevelUdp, Libc.UdpSegment, &segment, &length) == 0;
            // Not every kernel stamps; without it the time of reading stands in.
            Libc.setsockopt(Descriptor, Libc.LevelSocket, Libc.TimestampNanoseconds, &on, sizeof(int));
            _wake = Libc.eventfd(0, Libc.NonBlockingCloseOnExec);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    public int Descriptor { get; }

    public bool UsesIPv6 { get; }

    public override bool ReportsLocalAddress { get; }

    /// <summary>The kernel cuts a message into datagrams (UDP_SEGMENT, Linux 4.18); a device or a path may refuse it all the same.</summary>
    public override bool KnowsSegments { get; }

    public override int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public override ReceiveBatch Reader() => new LinuxReceiveBatch(this);

    public override SendBatch Writer(bool segments = true) => new LinuxSendBatch(this, segments);

    public override void Wait(int milliseconds)
    {
        var descriptors = stackalloc Libc.PollDescriptor[2];
        descriptors[0] = new() { Descriptor = Descriptor, Events = Libc.PollIn };
        descriptors[1] = new() { Descriptor = _wake, Events = Libc.PollIn };
        if (Libc.poll(descriptors, 2, milliseconds) > 0 && descriptors[1].Returned != 0)
        {
            ulong drained;
            Libc.read(_wake, &drained, sizeof(ulong));
        }
    }

    /// <summary>Sleeps until the kernel takes datagrams again, or the time is over.</summary>
    public void WaitToSend(int milliseconds)
    {
        var descriptor = new Libc.PollDescriptor { Descriptor = Descriptor, Events = Libc.PollOut };
        Libc.poll(&descriptor, 1, milliseconds);
    }

    public override void Wake()
    {
        ulong one = 1;
        Libc.write(_wake, &one, sizeof(ulong));
    }

    public override void Dispose()
    {
        _socket.Dispose();
        Libc.close(_wake);
    }
}

using System.Net;
using System.Net.Sockets;

namespace Muse.SelfHostedMedia.Wire.Portable;

/// <summary>For developing on macOS and Windows: a system call a datagram, no segments, no stamps, and the kernel chooses the address an answer
/// leaves from (a machine with several binds one). Everything else is as on Linux.</summary>
internal sealed class PortablePort : UdpPort
{
    /// <summary>SIO_UDP_CONNRESET: without it Windows reports an unreachable peer to whoever reads next.</summary>
    private const int ReportResets = unchecked((int)0x9800000C);

    private static readonly byte[] WakeUp = [0];

    private readonly NetworkAddress _own;
    private readonly SocketAddress _ownName;
    private int _isWoken;

    public PortablePort(IPAddress? address, int port)
    {
        var dualMode = address is null && Socket.OSSupportsIPv6;
        UsesIPv6 = dualMode || address?.AddressFamily == AddressFamily.InterNetworkV6;
        Socket = new Socket(UsesIPv6 ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (dualMode)
                Socket.DualMode = true;
            Socket.Blocking = false;
            Socket.ReceiveBufferSize = BufferBytes;
            Socket.SendBufferSize = BufferBytes;
            if (OperatingSystem.IsWindows())
                Socket.IOControl(ReportResets, [0, 0, 0, 0], null);
            Socket.Bind(new IPEndPoint(address ?? (UsesIPv6 ? IPAddress.IPv6Any : IPAddress.Any), port));
            _own = NetworkAddress.From(address is null || IsAny(address) ? Own(address) : address, Port);
            _ownName = SocketName.Of(UsesIPv6);
            SocketName.Write(_ownName, _own);
        }
        catch
        {
            Socket.Dispose();
            throw;
        }
    }

    public Socket Socket { get; }

    public bool UsesIPv6 { get; }

    public override bool ReportsLocalAddress => false;

    public override bool KnowsSegments => false;

    public override int Port => ((IPEndPoint)Socket.LocalEndPoint!).Port;

    public override ReceiveBatch Reader() => new PortableReceiveBatch(this);

    public override SendBatch Writer(bool segments = true) => new PortableSendBatch(this);

    public override void Wait(int milliseconds)
    {
        if (Interlocked.Exchange(ref _isWoken, 0) == 0)
            Socket.Poll(milliseconds * 1_000, SelectMode.SelectRead);
        Volatile.Write(ref _isWoken, 0);
    }

    /// <summary>By a datagram to itself: a socket is all there is to wait for. Should it be lost, the buffer is full and nobody sleeps.</summary>
    public override void Wake()
    {
        if (Interlocked.Exchange(ref _isWoken, 1) != 0)
            return;
        try
        {
            Socket.SendTo(WakeUp, SocketFlags.None, _ownName);
        }
        catch (SocketException)
        {
            // The wait is not longer than a tick.
        }
    }

    /// <summary>It came from <see cref="Wake"/>.</summary>
    public bool IsWakeUp(ReadOnlySpan<byte> datagram, in NetworkAddress from) => datagram.SequenceEqual(WakeUp) && from.Equals(_own);

    public override void Dispose() => Socket.Dispose();

    private static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static IPAddress Own(IPAddress? any) =>
        any?.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback;
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Tests.Sctp;

/// <summary>One end of an association on a UDP socket, without DTLS. <see cref="Pump"/> does for both ends what the media thread does for the
/// server's.</summary>
internal sealed class SctpPeer : ISctpUser, IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveBufferSize = 1 << 20 };
    private readonly byte[] _buffer = new byte[2_048];
    private EndPoint? _remote;

    /// <param name="remote">Null: whoever sends first.</param>
    public SctpPeer(IPEndPoint? remote = null, int maxMessage = 1_200)
    {
        _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _remote = remote;
        Association = new(this, Transmit, maxMessage);
    }

    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    public SctpAssociation Association { get; }

    public List<(ushort Stream, uint Protocol, byte[] Content)> Messages { get; } = [];

    public List<ushort> Resets { get; } = [];

    public bool IsLost { get; private set; }

    public int Received { get; private set; }

    public void Up()
    {
    }

    public void Lost() => IsLost = true;

    public void Message(ushort stream, uint payloadProtocol, ReadOnlySpan<byte> message) =>
        Messages.Add((stream, payloadProtocol, message.ToArray()));

    public void StreamWasReset(ushort stream) => Resets.Add(stream);

    /// <summary>Both directions, until something holds; at most ten seconds.</summary>
    public static void Pump(SctpPeer one, SctpPeer other, Func<bool> until)
    {
        var clock = Stopwatch.StartNew();
        while (!until())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), "It does not come to pass.");
            SctpStack.Tick();
            one.Take();
            other.Take();
            Thread.Sleep(1);
        }
    }

    public void Take()
    {
        while (_socket.Available > 0)
        {
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            var length = _socket.ReceiveFrom(_buffer, ref from);
            _remote ??= from;
            Received++;
            Association.Receive(_buffer.AsSpan(0, length));
        }

        Association.Poll();
    }

    public void Dispose()
    {
        Association.Dispose();
        _socket.Dispose();
    }

    private void Transmit(ReadOnlySpan<byte> packet)
    {
        if (_remote is not null)
            _socket.SendTo(packet, _remote);
    }
}

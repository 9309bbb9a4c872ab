using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Muse.SelfHostedMedia.Dtls;
using Muse.SelfHostedMedia.Ice;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Srtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rehearsal;

/// <summary>The least that is a WebRTC client: one check, DTLS, SRTP, over a real socket to our own port.</summary>
internal sealed class RehearsingPeer : IDisposable
{
    private const int WaitMilliseconds = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly DtlsCertificate _certificate = DtlsCertificate.Create(TimeProvider.System);
    private readonly byte[] _buffer = new byte[2_048];
    private readonly byte[] _plain = new byte[2_048];
    private readonly Dictionary<uint, long> _newest = [];
    private readonly IPEndPoint _server;
    private readonly DtlsContext _context;
    private readonly Socket _socket;
    private DtlsSession? _dtls;
    private SrtpSession? _srtp;
    private int _received;

    public RehearsingPeer(IPEndPoint server, SrtpProfile profile)
    {
        _server = server;
        _context = new(_certificate, [profile], asClient: true);
        _socket = new(server.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = WaitMilliseconds };
    }

    /// <summary>What its picture is (format 96), and what else is to be said of that.</summary>
    public string Picture { get; init; } = "VP8/90000";

    /// <summary>Sound under mid 0, picture under mid 1.</summary>
    public string Offer(string direction)
    {
        var sdp = new StringBuilder("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n");
        foreach (var (mid, kind, format, map) in new[] { (0, "audio", 111, "opus/48000/2"), (1, "video", 96, Picture) })
        {
            sdp.Append($"m={kind} 9 UDP/TLS/RTP/SAVPF {format}\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:rhrs\r\na=ice-pwd:0123456789012345678901\r\n");
            sdp.Append($"a=fingerprint:sha-256 {_certificate.Fingerprint}\r\na=setup:actpass\r\na=mid:{mid}\r\na={direction}\r\na=rtcp-mux\r\n");
            sdp.Append($"a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=rtpmap:{format} {map}\r\na=rtcp-fb:{format} nack\r\n");
        }

        return sdp.ToString();
    }

    /// <exception cref="TimeoutException">No answer.</exception>
    public void Connect(string answer)
    {
        if (!Fingerprint.TryParse(Value(answer, "a=fingerprint:sha-256 "), out var fingerprint))
            throw new InvalidOperationException("The answer has no fingerprint.");
        var dtls = _dtls = new(_context, fingerprint!);
        _socket.Connect(_server);
        SendCheck(Value(answer, "a=ice-ufrag:"), Value(answer, "a=ice-pwd:"));
        var isFound = false;
        var since = Stopwatch.StartNew();
        while (dtls.State == DtlsState.Handshaking)
        {
            switch (Classify(Receive(dtls)))
            {
                case DatagramKind.Stun when !isFound:
                    isFound = true;
                    dtls.Begin();
                    break;
                case DatagramKind.Dtls:
                    dtls.Receive(_buffer.AsSpan(0, _received));
                    break;
                default:
                    break;
            }

            if (isFound)
                SendHandshake(dtls);
            if (since.Elapsed > Patience)
                throw new TimeoutException("The media server does not answer itself.");
        }

        if (dtls.State != DtlsState.Established)
            throw new TimeoutException($"The handshake of the media server with itself failed: {dtls.Detail}");
        Span<byte> exported = stackalloc byte[SrtpKeys.ExportLength(dtls.Profile)];
        dtls.ExportKeys(exported);
        _srtp = SrtpSession.Create(dtls.Profile, exported, asClient: true);
    }

    /// <param name="payloadType">With the marker, where there is one.</param>
    /// <param name="time">Null: 20 ms of sound for each packet.</param>
    public void Send(uint ssrc, int sequence, byte payloadType, ReadOnlySpan<byte> payload, char mid, uint? time = null)
    {
        Span<byte> packet = stackalloc byte[1_500];
        packet[0] = 0x90;
        packet[1] = payloadType;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet[4..], time ?? (uint)sequence * 960);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], ssrc);
        BinaryPrimitives.WriteUInt32BigEndian(packet[12..], 0xBEDE_0001);
        packet[16] = 4 << 4;
        packet[17] = (byte)mid;
        packet[18..20].Clear();
        _socket.Send(packet[.._srtp!.Protect(packet, 20, payload, ssrc, sequence)]);
    }

    public void SendControl(ReadOnlySpan<byte> compound)
    {
        Span<byte> packet = stackalloc byte[compound.Length + 64];
        _socket.Send(packet[.._srtp!.ProtectRtcp(compound, packet)]);
    }

    /// <returns>The SSRC of the next media packet; 0 when none comes within 100 ms.</returns>
    public uint AwaitMedia()
    {
        for (var waits = 0; waits < 2;)
        {
            var kind = Classify(Receive(_dtls!));
            if (kind == DatagramKind.Rtp)
                return BinaryPrimitives.ReadUInt32BigEndian(_buffer.AsSpan(8));
            if (_received == 0)
                waits++;
        }

        return 0;
    }

    /// <summary>Takes the next datagram that has come, without waiting.</summary>
    /// <param name="payload">Of a media packet, valid until the next call; empty for anything else.</param>
    /// <returns>False when none has.</returns>
    public bool TryReceive(out ReadOnlySpan<byte> payload)
    {
        payload = default;
        if (_socket.Available == 0)
            return false;
        if (Classify(_socket.Receive(_buffer)) != DatagramKind.Rtp || !RtpHeader.TryParse(_buffer.AsSpan(0, _received), out var header))
            return true;
        ref var newest = ref CollectionsMarshal.GetValueRefOrAddDefault(_newest, header.Ssrc, out var isKnown);
        var index = SequenceUnwrap.Unwrap(header.Sequence, isKnown ? newest : -1);
        var length = _srtp!.Unprotect(_buffer.AsSpan(0, _received), header.Length, header.Ssrc, index, _plain);
        if (length < 0)
            return true;
        newest = Math.Max(newest, index);
        payload = _plain.AsSpan(0, length);
        return true;
    }

    /// <summary>A receiver report without a loss.</summary>
    public void ReportReception()
    {
        Span<byte> compound = stackalloc byte[8 + (ReceptionReport.Length * 4)];
        var at = ReceptionReport.WriteHeader(compound, 1, Math.Min(_newest.Count, 4));
        foreach (var (ssrc, newest) in _newest.Take(4))
        {
            new ReceptionReport(ssrc, 0, 0, (uint)newest, 0, 0, 0).Write(compound[at..]);
            at += ReceptionReport.Length;
        }

        SendControl(compound[..at]);
    }

    public void Dispose()
    {
        _dtls?.Dispose();
        _srtp?.Dispose();
        _context.Dispose();
        _socket.Dispose();
    }

    private static string Value(string sdp, string start)
    {
        var at = sdp.IndexOf(start, StringComparison.Ordinal) + start.Length;
        return sdp[at..sdp.IndexOf('\r', at)];
    }

    private static int Attribute(Span<byte> target, ushort type, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target, type);
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)value.Length);
        value.CopyTo(target[4..]);
        return 4 + ((value.Length + 3) & ~3);
    }

    private void SendCheck(string user, string password)
    {
        Span<byte> request = stackalloc byte[256];
        request.Clear();
        BinaryPrimitives.WriteUInt16BigEndian(request, StunMessage.BindingRequest);
        BinaryPrimitives.WriteUInt32BigEndian(request[4..], StunMessage.MagicCookie);
        var at = StunMessage.HeaderLength;
        at += Attribute(request[at..], StunMessage.Username, Encoding.ASCII.GetBytes($"{user}:rhrs"));
        at += Attribute(request[at..], StunMessage.UseCandidateAttribute, []);
        Span<byte> signature = stackalloc byte[20];
        StunMessage.Sign(request[..at], Encoding.ASCII.GetBytes(password), signature);
        at += Attribute(request[at..], StunMessage.MessageIntegrity, signature);
        BinaryPrimitives.WriteUInt16BigEndian(request[2..], (ushort)(at - StunMessage.HeaderLength));
        _socket.Send(request[..at]);
    }

    private void SendHandshake(DtlsSession dtls)
    {
        Span<byte> datagram = stackalloc byte[2_048];
        for (var length = dtls.ReadOutgoing(datagram); length > 0; length = dtls.ReadOutgoing(datagram))
            _socket.Send(datagram[..length]);
    }

    private int Receive(DtlsSession dtls)
    {
        try
        {
            return _socket.Receive(_buffer);
        }
        catch (SocketException timeout) when (timeout.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            dtls.Tick();
            return 0;
        }
    }

    private DatagramKind Classify(int length)
    {
        _received = length;
        return Datagrams.Classify(_buffer.AsSpan(0, length));
    }
}

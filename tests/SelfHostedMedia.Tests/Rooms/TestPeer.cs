using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Muse.SelfHostedMedia.Dtls;
using Muse.SelfHostedMedia.Ice;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Srtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Rooms;

/// <summary>A WebRTC client on a real loopback socket: connectivity check, DTLS by OpenSSL, SRTP both ways. Everything it waits for has a
/// deadline.</summary>
internal sealed class TestPeer : IDisposable
{
    private const int MostPassedOver = 50;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<int, byte> PortsTaken = [];

    private readonly DtlsCertificate _certificate = DtlsCertificate.Create(TimeProvider.System);
    private readonly DtlsContext _context;
    private readonly byte[] _buffer = new byte[2_048];
    private readonly byte[] _plain = new byte[2_048];
    private readonly string _sessionId = Random.Shared.Next(1, int.MaxValue).ToString(null, null);
    private Socket? _socket;
    private readonly FrameAssembly _assembly = new();
    private readonly byte[] _stream = new byte[65_536];
    private int _streamAt;
    private int _streamLength;
    private DtlsSession? _dtls;
    private SrtpSession? _srtp;
    private IPEndPoint? _server;
    private IPEndPoint? _tcpServer;

    public TestPeer(params SrtpProfile[] profiles) =>
        _context = new(_certificate, profiles.Length == 0 ? [SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmSha1] : profiles, asClient: true);

    public string UserFragment { get; set; } = "peer";

    /// <summary>Offers transport-wide sequence numbers under this extension number; 0 offers none.</summary>
    public byte TransportId { get; init; }

    /// <summary>Offers RTX (97) beside VP8 and RED (63) beside Opus.</summary>
    public bool Repairs { get; init; }

    /// <summary>Original and repair SSRC of each m-line, for the offer's FID groups.</summary>
    public (uint Original, uint Repair)[] RepairGroups { get; init; } = [];

    /// <summary>Goes by the answer's TCP candidate.</summary>
    public bool IsTcp { get; init; }

    /// <summary>Which of the answer's candidates is used, counted from 0.</summary>
    public int Candidate { get; init; }

    public int ReceiveBuffer { get; init; } = 4 << 20;

    public SrtpProfile Profile => _dtls!.Profile;

    public string ServerUserFragment { get; private set; } = "";

    public string ServerPassword { get; private set; } = "";

    /// <summary>What <c>video</c> and <c>simulcast</c> are, under payload type 96.</summary>
    public string VideoMap { get; init; } = "VP8/90000";

    public string VideoParameters { get; init; } = "";

    /// <summary>An offer with one m-line per kind (<c>audio</c>, <c>video</c>, <c>simulcast</c>: a video of layers l, m, h, <c>data</c>),
    /// mids "0", "1", …; audio as Opus 111, video as <see cref="VideoMap"/> 96.</summary>
    public string Offer(string direction, params string[] kinds)
    {
        var sdp = new StringBuilder();
        sdp.Append($"v=0\r\no=- {_sessionId} 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n");
        sdp.Append($"a=group:BUNDLE {string.Join(' ', Enumerable.Range(0, kinds.Length))}\r\n");
        for (var mid = 0; mid < kinds.Length; mid++)
        {
            if (kinds[mid] == "data")
            {
                sdp.Append($"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:{UserFragment}\r\n");
                sdp.Append($"a=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 {_certificate.Fingerprint}\r\na=setup:actpass\r\n");
                sdp.Append($"a=mid:{mid}\r\na=sctp-port:5000\r\na=max-message-size:262144\r\n");
                continue;
            }

            var isLayered = kinds[mid] == "simulcast";
            var kind = isLayered ? "video" : kinds[mid];
            var (payloadType, map) = kinds[mid] == "audio" ? (111, "opus/48000/2") : (96, VideoMap);
            var companion = !Repairs ? "" : kind == "audio" ? " 63" : " 97";
            sdp.Append($"m={kind} 9 UDP/TLS/RTP/SAVPF {payloadType}{companion}\r\nc=IN IP4 0.0.0.0\r\n");
            sdp.Append($"a=ice-ufrag:{UserFragment}\r\na=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\na=mid:{mid}\r\n");
            sdp.Append($"a=fingerprint:sha-256 {_certificate.Fingerprint}\r\na={direction}\r\na=rtcp-mux\r\n");
            sdp.Append("a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n");
            if (isLayered)
                sdp.Append("a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\na=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\na=rid:l send\r\na=rid:m send\r\na=rid:h send\r\na=simulcast:send l;m;h\r\n");
            if (TransportId != 0)
                sdp.Append($"a=extmap:{TransportId} http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\na=rtcp-fb:{payloadType} transport-cc\r\n");
            if (Repairs)
                sdp.Append(kinds[mid] == "audio" ? "a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n" : "a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n");
            if (mid < RepairGroups.Length)
                sdp.Append($"a=ssrc-group:FID {RepairGroups[mid].Original} {RepairGroups[mid].Repair}\r\na=ssrc:{RepairGroups[mid].Original} cname:x\r\na=ssrc:{RepairGroups[mid].Repair} cname:x\r\n");
            sdp.Append($"a=rtpmap:{payloadType} {map}\r\na=rtcp-fb:{payloadType} nack\r\na=rtcp-fb:{payloadType} nack pli\r\n");
            if (kind == "video" && VideoParameters.Length > 0)
                sdp.Append($"a=fmtp:{payloadType} {VideoParameters}\r\n");
        }

        return sdp.ToString();
    }

    /// <summary>Reads the answer's credentials and candidate.</summary>
    public void Take(string answer)
    {
        ServerUserFragment = Value(answer, "a=ice-ufrag:");
        ServerPassword = Value(answer, "a=ice-pwd:");
        var candidate = answer.Split("\r\n").Where(line => line.StartsWith("a=candidate:", StringComparison.Ordinal)).ElementAt(Candidate).Split(' ');
        _server = new(IPAddress.Parse(candidate[4]), int.Parse(candidate[5], null));
        var tcp = answer.Split("\r\n").FirstOrDefault(line => line.EndsWith("tcptype passive", StringComparison.Ordinal))?.Split(' ');
        _tcpServer = tcp is null ? null : new(IPAddress.Parse(tcp[4]), int.Parse(tcp[5], null));
    }

    public void Connect(string answer)
    {
        Take(answer);
        Check();
        Fingerprint.TryParse(Value(answer, "a=fingerprint:sha-256 "), out var fingerprint);
        _dtls = new(_context, fingerprint!);
        _dtls.Begin();
        Pump(() => _dtls.State != DtlsState.Handshaking);
        Assert.Equal(DtlsState.Established, _dtls.State);
        var exported = new byte[SrtpKeys.ExportLength(_dtls.Profile)];
        _dtls.ExportKeys(exported);
        _srtp = SrtpSession.Create(_dtls.Profile, exported, asClient: true);
    }

    /// <summary>Only a check, without waiting for the answer.</summary>
    public void SendCheck(string? password = null, string? user = null)
    {
        var request = new byte[256];
        BinaryPrimitives.WriteUInt16BigEndian(request, StunMessage.BindingRequest);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(4), StunMessage.MagicCookie);
        Random.Shared.NextBytes(request.AsSpan(8, 12));
        var name = Encoding.ASCII.GetBytes(user ?? $"{ServerUserFragment}:{UserFragment}");
        var at = 20;
        at += Attribute(request.AsSpan(at), StunMessage.Username, name);
        at += Attribute(request.AsSpan(at), StunMessage.UseCandidateAttribute, []);
        var signature = new byte[20];
        StunMessage.Sign(request.AsSpan(0, at), Encoding.ASCII.GetBytes(password ?? ServerPassword), signature);
        at += Attribute(request.AsSpan(at), StunMessage.MessageIntegrity, signature);
        BinaryPrimitives.WriteUInt16BigEndian(request.AsSpan(2), (ushort)(at - 20));
        SendRaw(request.AsSpan(0, at));
    }

    public void Check()
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < Patience)
        {
            SendCheck();
            var length = ReceiveRaw(500);
            if (length >= 20 && _buffer[0] == 1 && _buffer[1] == 1)
                return;
        }

        Assert.Fail("The server answered no check.");
    }

    /// <summary>A new local port: what a NAT rebinding looks like.</summary>
    public void Rebind()
    {
        _socket?.Dispose();
        _socket = null;
    }

    /// <param name="index">Sequence number with rollovers.</param>
    public void SendRtp(
        uint ssrc, long index, byte payloadType, uint timestamp, ReadOnlySpan<byte> payload, string? mid = null, byte? level = null,
        bool marker = false, bool padding = false, ushort? transport = null, string? rid = null, string? rrid = null)
    {
        var packet = Protect(ssrc, index, payloadType, timestamp, payload, mid, level, marker, padding, transport, rid, rrid);
        SendRaw(packet);
    }

    public byte[] Protect(
        uint ssrc, long index, byte payloadType, uint timestamp, ReadOnlySpan<byte> payload, string? mid = null, byte? level = null,
        bool marker = false, bool padding = false, ushort? transport = null, string? rid = null, string? rrid = null)
    {
        var packet = new byte[2_048];
        packet[0] = (byte)(0x80 | (padding ? 0x20 : 0) | (mid is null && level is null && transport is null && rid is null && rrid is null ? 0 : 0x10));
        packet[1] = (byte)(payloadType | (marker ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)index);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        var header = 12;
        if (mid is not null || level is not null || transport is not null || rid is not null || rrid is not null)
        {
            var extension = new List<byte>();
            if (mid is not null)
                extension.AddRange([(byte)((4 << 4) | (mid.Length - 1)), .. Encoding.ASCII.GetBytes(mid)]);
            if (rid is not null)
                extension.AddRange([(byte)((10 << 4) | (rid.Length - 1)), .. Encoding.ASCII.GetBytes(rid)]);
            if (rrid is not null)
                extension.AddRange([(byte)((11 << 4) | (rrid.Length - 1)), .. Encoding.ASCII.GetBytes(rrid)]);
            if (level is not null)
                extension.AddRange([1 << 4, level.Value]);
            if (transport is { } number)
                extension.AddRange([(byte)((TransportId << 4) | 1), (byte)(number >> 8), (byte)number]);
            while (extension.Count % 4 != 0)
                extension.Add(0);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(12), 0xBEDE);
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(14), (ushort)(extension.Count / 4));
            extension.CopyTo(packet, 16);
            header = 16 + extension.Count;
        }

        var length = _srtp!.Protect(packet, header, payload, ssrc, index);
        return packet[..length];
    }

    public void SendRtcp(ReadOnlySpan<byte> compound) => SendRaw(ProtectRtcp(compound));

    public byte[] ProtectRtcp(ReadOnlySpan<byte> compound)
    {
        var packet = new byte[compound.Length + 64];
        return packet[.._srtp!.ProtectRtcp(compound, packet)];
    }

    public void SendRaw(ReadOnlySpan<byte> datagram)
    {
        if (!IsTcp)
        {
            Socket.Send(datagram);
            return;
        }

        var frame = new byte[datagram.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(frame, (ushort)datagram.Length);
        datagram.CopyTo(frame.AsSpan(2));
        Socket.Send(frame);
    }

    /// <summary>Skips over RTCP to the next RTP packet.</summary>
    /// <param name="index">The index that the caller expects; unprotecting fails with any other.</param>
    public Received ReceiveRtp(Func<ushort, long> index)
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < Patience)
        {
            if (TryReceive(out var received, index, out _))
                return received!;
        }

        throw new TimeoutException("No RTP came.");
    }

    /// <returns>The next packet, when it is RTP, its index below 2¹⁶ and it comes in time.</returns>
    public Received? TryReceiveRtp(int milliseconds) =>
        TryReceive(out var received, sequence => sequence, out _, milliseconds) ? received : null;

    /// <summary>Given what the server sends by DTLS.</summary>
    public ReceivedMessage? Data { set => _dtls!.Data = value; }

    public void SendData(ReadOnlySpan<byte> packet)
    {
        _dtls!.Send(packet);
        SendDtls();
    }

    /// <summary>Takes what DTLS brings; everything else is lost.</summary>
    public void TakeData(int milliseconds)
    {
        for (var length = ReceiveRaw(milliseconds); length > 0; length = _socket!.Available > 0 ? ReceiveRaw(1) : 0)
        {
            if (Datagrams.Classify(_buffer.AsSpan(0, length)) == DatagramKind.Dtls)
                _dtls!.Receive(_buffer.AsSpan(0, length));
        }

        SendDtls();
    }

    /// <summary>Skips over RTP to the next RTCP part that the predicate takes.</summary>
    public byte[] ReceiveRtcp(byte type, byte? count = null)
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < Patience)
        {
            TryReceive(out _, null, out var compound);
            if (compound is null)
                continue;
            var reader = new RtcpReader(compound);
            while (reader.MoveNext())
            {
                if (reader.Type == type && (count is null || reader.Count == count))
                    return reader.Packet.ToArray();
            }
        }

        throw new TimeoutException($"No RTCP {type}/{count} came.");
    }

    /// <summary>Raw bytes of the next RTP packet as they came.</summary>
    public byte[] ReceiveRawRtp()
    {
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < Patience)
        {
            var length = ReceiveRaw(1_000);
            if (length > 0 && Datagrams.Classify(_buffer.AsSpan(0, length)) == DatagramKind.Rtp)
                return _buffer[..length];
        }

        throw new TimeoutException("No RTP came.");
    }

    public bool HasNothingWithin(int milliseconds, DatagramKind kind)
    {
        var clock = Stopwatch.StartNew();
        while (clock.ElapsedMilliseconds < milliseconds)
        {
            var length = ReceiveRaw(Math.Max(1, milliseconds - (int)clock.ElapsedMilliseconds));
            if (length > 0 && Datagrams.Classify(_buffer.AsSpan(0, length)) == kind)
                return false;
        }

        return true;
    }

    /// <returns>The length; 0 when nothing came in time.</returns>
    public int ReceiveRaw(int milliseconds)
    {
        Socket.ReceiveTimeout = milliseconds;
        try
        {
            return IsTcp ? ReceiveFrame() : Socket.Receive(_buffer);
        }
        catch (SocketException timeout) when (timeout.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return 0;
        }
    }

    /// <summary>What <see cref="ReceiveRaw"/> received last.</summary>
    public ReadOnlySpan<byte> LastRaw(int length) => _buffer.AsSpan(0, length);

    /// <summary>Waits until the server has closed the connection: what a page sees as its end.</summary>
    public void HearTheEnd()
    {
        var deadline = Stopwatch.StartNew();
        while (_dtls!.State != DtlsState.Closed)
        {
            Assert.True(deadline.Elapsed < Patience, "The server did not close the connection.");
            TakeData(500);
        }
    }

    public void Close()
    {
        _dtls!.Close();
        SendDtls();
    }

    public void Dispose()
    {
        _dtls?.Dispose();
        _srtp?.Dispose();
        _context.Dispose();
        _socket?.Dispose();
    }

    private Socket Socket => _socket ??= Open();

    private Socket Open()
    {
        if (IsTcp)
        {
            _streamAt = _streamLength = 0;
            var stream = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = ReceiveBuffer };
            stream.Connect(_tcpServer!);
            return stream;
        }

        var family = _server?.AddressFamily ?? AddressFamily.InterNetwork;
        var socket = OnAPortOfItsOwn(family);
        socket.ReceiveBufferSize = ReceiveBuffer;
        if (_server is not null)
            socket.Connect(_server);
        return socket;
    }

    /// <summary>No other peer of this process had it before: a server goes on sending to one that has just gone, and that would come here.</summary>
    private static Socket OnAPortOfItsOwn(AddressFamily family)
    {
        var passedOver = new List<Socket>();
        try
        {
            while (true)
            {
                var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
                socket.Bind(new IPEndPoint(family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Loopback : IPAddress.Loopback, 0));
                // After many thousands of peers nearly all have been taken once; the first of them are long forgotten by then.
                if (PortsTaken.TryAdd(((IPEndPoint)socket.LocalEndPoint!).Port, 0) || passedOver.Count == MostPassedOver)
                    return socket;
                passedOver.Add(socket);
            }
        }
        finally
        {
            passedOver.ForEach(socket => socket.Dispose());
        }
    }

    private int ReceiveFrame()
    {
        while (true)
        {
            ReadOnlySpan<byte> bytes = _stream.AsSpan(_streamAt, _streamLength - _streamAt);
            var found = _assembly.TryTake(ref bytes, out var frame);
            _streamAt = _streamLength - bytes.Length;
            if (found)
            {
                frame.CopyTo(_buffer);
                return frame.Length;
            }

            _streamLength = Socket.Receive(_stream);
            _streamAt = 0;
            if (_streamLength == 0)
                return 0;
        }
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

    private bool TryReceive(out Received? received, Func<ushort, long>? index, out byte[]? compound, int milliseconds = 1_000)
    {
        (received, compound) = (null, null);
        var length = ReceiveRaw(milliseconds);
        var datagram = _buffer.AsSpan(0, length);
        switch (length == 0 ? DatagramKind.Unknown : Datagrams.Classify(datagram))
        {
            case DatagramKind.Rtp when index is not null && RtpHeader.TryParse(datagram, out var header):
                var plain = _srtp!.Unprotect(datagram, header.Length, header.Ssrc, index(header.Sequence), _plain);
                Assert.True(plain >= 0, "The server sent a packet that does not open.");
                var hasLevel = AudioLevel.TryRead(datagram, header, 1, out var level);
                received = new(header, _plain[..plain], hasLevel ? level : null);
                return true;
            case DatagramKind.Rtcp:
                var size = _srtp!.UnprotectRtcp(datagram, _plain);
                Assert.True(size >= 0, "The server sent RTCP that does not open.");
                compound = _plain[..size];
                return false;
            default:
                return false;
        }
    }

    private void Pump(Func<bool> isDone)
    {
        var deadline = Stopwatch.StartNew();
        while (!isDone() && deadline.Elapsed < Patience)
        {
            SendDtls();
            var length = ReceiveRaw(50);
            if (length > 0 && Datagrams.Classify(_buffer.AsSpan(0, length)) == DatagramKind.Dtls)
                _dtls!.Receive(_buffer.AsSpan(0, length));
            _dtls!.Tick();
        }

        SendDtls();
    }

    private void SendDtls()
    {
        var datagram = new byte[2_048];
        for (var length = _dtls!.ReadOutgoing(datagram); length > 0; length = _dtls.ReadOutgoing(datagram))
            SendRaw(datagram.AsSpan(0, length));
    }
}

internal sealed record Received(RtpHeader Header, byte[] Payload, AudioLevel? Level);

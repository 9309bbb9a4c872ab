using System.Globalization;
using System.Security.Cryptography;
using Muse.SelfHostedMedia.Dtls;
using Muse.SelfHostedMedia.Ice;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;
using Muse.SelfHostedMedia.Srtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>One RTCPeerConnection of a participant seen from here: its paths, its handshake, its keys. Lives on the media thread.</summary>
internal abstract class Connection : IDisposable
{
    private const int MaxFailedChecks = 1_000;

    private readonly Fingerprint _peerFingerprint;
    private DtlsSession? _dtls;
    private long _heardAt;
    private int _failedChecks;

    protected Connection(MediaThread thread, Participant participant, SessionDescription offer, TransportAttributes transport)
    {
        Thread = thread;
        Participant = participant;
        PeerSessionId = offer.SessionId;
        PeerUserFragment = transport.UserFragment!;
        _peerFingerprint = transport.Fingerprint!;
        CreatedAt = _heardAt = thread.Now;
    }

    public abstract ConnectionKind Kind { get; }

    public MediaThread Thread { get; }

    public Participant Participant { get; }

    public ConnectionState State { get; private set; } = ConnectionState.Connecting;

    public IceCredentials Credentials { get; private set; } = IceCredentials.Create();

    /// <summary>Those before an ICE restart: checks under way with them go on until the browser changes over.</summary>
    public IceCredentials? FormerCredentials { get; private set; }

    public IcePaths Paths { get; } = new();

    /// <summary>Of the answers' <c>o=</c> line.</summary>
    public string SessionId { get; } = RandomNumberGenerator.GetInt32(int.MaxValue).ToString(CultureInfo.InvariantCulture);

    public int AnswerVersion { get; set; }

    public SrtpSession? Srtp { get; private set; }

    /// <summary>Our own RTCP sender on this connection.</summary>
    public uint ControlSsrc { get; } = (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    public bool IsOver => State is ConnectionState.Failed or ConnectionState.Closed;

    private string PeerSessionId { get; }

    private string PeerUserFragment { get; set; }

    private long CreatedAt { get; }

    /// <summary>The same RTCPeerConnection offers again.</summary>
    public bool IsSamePeer(SessionDescription offer, TransportAttributes transport) =>
        !IsOver && offer.SessionId == PeerSessionId && transport.Fingerprint!.Equals(_peerFingerprint);

    /// <summary>New credentials when the offer has new ones: that is an ICE restart, under which DTLS and media go on (RFC 8445
    /// §9).</summary>
    public void RestartIceIfAsked(TransportAttributes transport)
    {
        if (transport.UserFragment == PeerUserFragment)
            return;
        PeerUserFragment = transport.UserFragment!;
        if (FormerCredentials is not null)
            Thread.Forget(FormerCredentials);
        FormerCredentials = Credentials;
        Credentials = IceCredentials.Create();
        Thread.Know(Credentials, this);
    }

    public void ReceiveStun(in StunMessage message, ulong key, in NetworkAddress from, in NetworkAddress local)
    {
        var credentials = Credentials.Key == key ? Credentials : FormerCredentials!;
        if (_failedChecks > MaxFailedChecks || !message.IsAuthentic(credentials.PasswordBytes))
        {
            // A guesser of passwords makes every check cost an HMAC: after a thousand none is looked at until the next second.
            _failedChecks++;
            Thread.Counters.Stun++;
            return;
        }

        var now = Thread.Now;
        _heardAt = now;
        if (Paths.Validate(from, local, message.UseCandidate, now, out var evicted))
            Thread.Map(from, this);
        if (!evicted.IsNone)
            Thread.Unmap(evicted, this);
        var length = StunResponse.Write(Thread.Out.Next(), message.TransactionId, from, credentials.PasswordBytes);
        Thread.Out.Commit(length, from, local);
    }

    public void ReceiveDtls(ReadOnlySpan<byte> datagram)
    {
        if (IsOver)
            return;
        // The browser begins before it nominates a pair: waiting for that would cost up to a second.
        _dtls ??= new DtlsSession(Thread.Dtls, _peerFingerprint);
        _dtls.Receive(datagram);
        SendDtls();
        if (_dtls.State == DtlsState.Established && Srtp is null)
            TakeKeys(_dtls);
        else if (_dtls.State == DtlsState.Failed)
            End(ConnectionState.Failed, _dtls.Detail);
        else if (_dtls.State == DtlsState.Closed)
            End(ConnectionState.Closed, "closed by the peer");
    }

    /// <param name="arrived">When the kernel took the packet from the network, in nanoseconds since the media thread's start: of its steady
    /// clock, whatever happens to the system's.</param>
    public abstract void ReceiveRtp(ReadOnlySpan<byte> packet, in RtpHeader header, in NetworkAddress from, long arrived);

    public void ReceiveRtcp(ReadOnlySpan<byte> packet, in NetworkAddress from)
    {
        if (Srtp is null)
            return;
        Span<byte> plain = stackalloc byte[ReceiveBatch.MaxDatagram];
        var length = Srtp.UnprotectRtcp(packet, plain);
        if (length < 0)
        {
            if (length == -1)
                Thread.Counters.Unauthentic++;
            else
                Thread.Counters.Replayed++;
            return;
        }

        Heard(from);
        var reader = new RtcpReader(plain[..length]);
        while (reader.MoveNext())
            ReceiveControl(reader);
    }

    /// <summary>Every 10 ms.</summary>
    public void Tick()
    {
        var now = Thread.Now;
        if (_dtls is { State: DtlsState.Handshaking })
        {
            _dtls.Tick();
            SendDtls();
        }

        if (State == ConnectionState.Connecting && now - CreatedAt > Thread.Options.SetupTimeout.TotalMilliseconds)
            End(ConnectionState.Failed, _dtls is null ? "no connectivity check arrived in time" : "the handshake did not end in time");
        else if (State == ConnectionState.Connected && now - _heardAt > Thread.Options.SilenceTimeout.TotalMilliseconds)
            End(ConnectionState.Failed, "nothing was heard any more");
        else if (State == ConnectionState.Connected)
            OnTick(now);
    }

    /// <summary>Every second.</summary>
    public void Second()
    {
        _failedChecks = 0;
        if (State == ConnectionState.Connected)
            OnSecond(Thread.Now);
    }

    public void End(ConnectionState state, string detail)
    {
        if (IsOver)
            return;
        if (_dtls is not null)
        {
            if (state == ConnectionState.Failed && State == ConnectionState.Connecting)
                Thread.Counters.FailedHandshakes++;
            _dtls.Close();
            SendDtls();
        }

        State = state;
        Thread.Remove(this);
        OnEnd();
        Participant.Room.Say(new ConnectionChanged(Participant.Room.Id, Thread.Time, Participant.Id, Kind, state, detail));
        Participant.ConnectionEnded(this);
        Dispose();
    }

    public void Dispose()
    {
        _dtls?.Dispose();
        Srtp?.Dispose();
        _dtls = null;
        Srtp = null;
    }

    /// <summary>Encrypts and sends a compound RTCP packet.</summary>
    public void SendControl(ReadOnlySpan<byte> plain)
    {
        if (Srtp is null || !Paths.HasPath)
            return;
        var length = Srtp.ProtectRtcp(plain, Thread.Out.Next());
        Thread.Out.Commit(length, Paths.Remote, Paths.Local);
    }

    protected abstract void ReceiveControl(in RtcpReader control);

    protected abstract void OnConnected();

    protected abstract void OnTick(long now);

    protected abstract void OnSecond(long now);

    protected abstract void OnEnd();

    /// <summary>An authentic packet came.</summary>
    protected void Heard(in NetworkAddress from)
    {
        _heardAt = Thread.Now;
        Paths.Follow(from, _heardAt);
    }

    private void SendDtls()
    {
        if (_dtls is null || !Paths.HasPath)
            return;
        while (true)
        {
            var length = _dtls.ReadOutgoing(Thread.Out.Next());
            if (length == 0)
                return;
            Thread.Out.Commit(length, Paths.Remote, Paths.Local);
        }
    }

    private void TakeKeys(DtlsSession dtls)
    {
        Span<byte> exported = stackalloc byte[SrtpKeys.ExportLength(dtls.Profile)];
        dtls.ExportKeys(exported);
        Srtp = SrtpSession.Create(dtls.Profile, exported);
        State = ConnectionState.Connected;
        Participant.Room.Say(new ConnectionChanged(
            Participant.Room.Id, Thread.Time, Participant.Id, Kind, State, dtls.Profile.ToString()));
        OnConnected();
    }
}

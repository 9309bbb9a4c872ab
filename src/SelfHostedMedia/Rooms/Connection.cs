using System.Buffers.Binary;
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
internal abstract class Connection : ITakeTurns, IDisposable
{
    private const int MaxFailedChecks = 1_000;

    private readonly Fingerprint _peerFingerprint;
    private readonly DtlsIdentity _identity;
    private readonly AuthenticationWatch _authentication = new();
    private readonly SilentPaths _silence = new();
    private readonly List<uint> _learned = [];
    private DtlsAssociation? _dtls;
    private int _failedChecks;
    private bool _isSearching;
    private bool _isDisposed;

    protected Connection(MediaThread thread, Participant participant, SessionDescription offer, TransportAttributes transport)
    {
        Thread = thread;
        Participant = participant;
        PeerSessionId = offer.SessionId;
        PeerUserFragment = transport.UserFragment!;
        _peerFingerprint = transport.Fingerprint!;
        _identity = thread.Identity.Hold();
        CreatedAt = HeardAt = thread.Now;
    }

    public abstract ConnectionKind Kind { get; }

    public MediaThread Thread { get; }

    public Participant Participant { get; }

    public ConnectionState State { get; private set; } = ConnectionState.Connecting;

    public IceCredentials Credentials { get; private set; } = IceCredentials.Create();

    /// <summary>Those before an ICE restart: checks under way with them go on until the browser changes over.</summary>
    public IceCredentials? FormerCredentials { get; private set; }

    public IcePaths Paths { get; } = new();

    /// <summary>When the last authentic packet came, in milliseconds of the media thread.</summary>
    public long HeardAt { get; private set; }

    /// <summary>Of the certificate that this connection's answers name for as long as it lives.</summary>
    public Fingerprint Fingerprint => _identity.Fingerprint;

    /// <summary>Of the answers' <c>o=</c> line.</summary>
    public string SessionId { get; } = RandomNumberGenerator.GetInt32(int.MaxValue).ToString(CultureInfo.InvariantCulture);

    public int AnswerVersion { get; set; }

    public bool HasEveryTurn => Kind == ConnectionKind.Publish;

    public int Seat { get; set; }

    public SrtpSession? Srtp { get; private set; }

    /// <summary>Our own RTCP sender on this connection.</summary>
    public uint ControlSsrc { get; } = (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    public bool IsOver => State is ConnectionState.Failed or ConnectionState.Closed;

    /// <summary>When the first authentic connectivity check came, in the media thread's milliseconds; −1 before.</summary>
    public long CheckedAt { get; private set; } = -1;

    /// <summary>When the first datagram of the handshake came; −1 before.</summary>
    public long HandshakeAt { get; private set; } = -1;

    /// <summary>When it had its keys; −1 before.</summary>
    public long KeysAt { get; private set; } = -1;

    public int IceRestarts { get; private set; }

    private string PeerSessionId { get; }

    private string PeerUserFragment { get; set; }

    private long CreatedAt { get; }

    /// <summary>ms from its first offer; null when it has not happened.</summary>
    public int? SinceOffer(long at) => at < 0 ? null : (int)Math.Min(at - CreatedAt, int.MaxValue);

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
        IceRestarts++;
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
        HeardAt = now;
        if (CheckedAt < 0)
            CheckedAt = now;
        if (Paths.Validate(from, local, message.UseCandidate, now, out var evicted))
            Thread.Map(from, this);
        if (!evicted.IsNone)
            Thread.Unmap(evicted, this);
        if (from.IsTcp)
            Thread.Tcp?.Prove(from);
        var length = StunResponse.Write(Thread.Out.Next(), message.TransactionId, from, credentials.PasswordBytes);
        Thread.Out.Commit(length, from, local);
    }

    public void ReceiveDtls(ReadOnlySpan<byte> datagram)
    {
        if (IsOver)
            return;
        // The browser begins before it nominates a pair: waiting for that would cost up to a second.
        if (HandshakeAt < 0)
            HandshakeAt = Thread.Now;
        _dtls ??= new DtlsAssociation(Thread.Handshakes, this, _identity, _peerFingerprint);
        if (!_dtls.Receive(datagram))
            Thread.Counters.DroppedHandshakes++;
    }

    /// <summary>The path is a TCP connection that cannot take a picture at the moment.</summary>
    public bool IsBehind => Paths.HasPath && Paths.Remote.IsTcp && Thread.Tcp is { } tcp && tcp.IsBehind(Paths.Remote);

    /// <summary>What the handshakes' thread has done. Its close_notify still goes out when the connection is over.</summary>
    public void Take(in DtlsOutcome outcome)
    {
        switch (outcome.Kind)
        {
            case DtlsOutcomeKind.Outgoing when Paths.HasPath:
                outcome.Content.CopyTo(Thread.Out.Next());
                Thread.Out.Commit(outcome.Length, Paths.Remote, Paths.Local);
                break;
            case DtlsOutcomeKind.Established when !IsOver && Srtp is null:
                TakeKeys(outcome.Profile, outcome.Content);
                break;
            case DtlsOutcomeKind.Data when !IsOver:
                ReceiveData(outcome.Content);
                break;
            case DtlsOutcomeKind.Failed:
                End(ConnectionState.Failed, outcome.Detail);
                break;
            case DtlsOutcomeKind.Closed:
                End(ConnectionState.Closed, "closed by the peer");
                break;
        }
    }

    /// <summary>The cheap half of <see cref="IsNewer"/>: may the packet be newer than all that was heard of its source?</summary>
    public virtual bool MayBeNewer(DatagramKind kind, ReadOnlySpan<byte> packet, in RtpHeader header) =>
        kind == DatagramKind.Rtcp && Srtp is not null && Srtp.IsNewer(packet);

    /// <summary>The packet is authentic, and newer than all that was heard of its source. Nothing is remembered of it.</summary>
    /// <param name="scratch">As long as any datagram.</param>
    public virtual bool IsNewer(DatagramKind kind, ReadOnlySpan<byte> packet, in RtpHeader header, Span<byte> scratch) =>
        Srtp is not null && Srtp.IsNewerRtcp(packet, scratch);

    /// <summary>The peer's NAT gave it this address: its newest packet came from there (<see cref="Latching"/>).</summary>
    public void Latch(in NetworkAddress from, in NetworkAddress local)
    {
        Thread.Counters.Latched++;
        Paths.Latch(from, local, Thread.Now, out var evicted);
        Thread.Map(from, this);
        if (!evicted.IsNone)
            Thread.Unmap(evicted, this);
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
                Refuse();
            else
                Thread.Counters.Replayed++;
            return;
        }

        if (Srtp.WasFirst)
            Learn(BinaryPrimitives.ReadUInt32BigEndian(packet[4..]));
        if (Srtp.WasNewest)
            Heard(from);
        var reader = new RtcpReader(plain[..length]);
        while (reader.MoveNext())
            ReceiveControl(reader);
    }

    /// <summary>At its turn of the <see cref="Rota"/>.</summary>
    public void Tick()
    {
        var now = Thread.Now;
        if (State == ConnectionState.Connecting && now - CreatedAt > Thread.Options.SetupTimeout.TotalMilliseconds)
            End(ConnectionState.Failed, _dtls is null ? "no connectivity check arrived in time" : "the handshake did not end in time");
        else if (State == ConnectionState.Connected && now - HeardAt > Thread.Options.SilenceTimeout.TotalMilliseconds)
            End(ConnectionState.Failed, "nothing was heard any more");
        else if (State == ConnectionState.Connected)
        {
            _silence.Tick(now, Paths.Count);
            _isSearching = _silence.IsSearching;
            OnTick(now);
        }
    }

    /// <summary>Every second.</summary>
    public void Second()
    {
        _failedChecks = 0;
        if (Paths.TryForgetUnproved(Thread.Now, out var forgotten))
            Thread.Unmap(forgotten, this);
        if (_authentication.IsAlarm(Thread.Now, out var refused))
        {
            Thread.Counters.AuthenticationAlarms++;
            Participant.Room.Say(new AuthenticationFailing(Participant.Room.Id, Thread.Time, Participant.Id, Kind, refused));
        }

        if (State == ConnectionState.Connected)
            OnSecond(Thread.Now);
    }

    public void End(ConnectionState state, string detail)
    {
        if (IsOver)
            return;
        if (_dtls is not null && state == ConnectionState.Failed && State == ConnectionState.Connecting)
            Thread.Counters.FailedHandshakes++;

        State = state;
        Thread.Remove(this);
        OnEnd();
        // First the state, then the news of it: who hears it looks at Participant.HasConnection.
        Participant.ConnectionEnded(this);
        Participant.Room.Say(new ConnectionChanged(Participant.Room.Id, Thread.Time, Participant.Id, Kind, state, detail));
        Dispose();
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        foreach (var ssrc in _learned)
            Thread.Latching.Forget(ssrc, this);
        _dtls?.Close();
        _identity.Release();
        Srtp?.Dispose();
        Srtp = null;
    }

    /// <summary>Encrypts and sends a compound RTCP packet.</summary>
    public void SendControl(ReadOnlySpan<byte> plain)
    {
        if (Srtp is null || !Paths.HasPath)
            return;
        var packet = Thread.Out.Next();
        var length = Srtp.ProtectRtcp(plain, packet);
        if (length > 0)
            Send(packet[..length]);
    }

    /// <summary>Sends a protected packet that stands where <see cref="SendBatch.Next"/> said. Only with a path.</summary>
    /// <param name="isPicture">May be dropped on a TCP connection that is too slow.</param>
    public void Send(ReadOnlySpan<byte> packet, bool isPicture = false)
    {
        Thread.Out.Commit(packet.Length, Paths.Remote, Paths.Local, isPicture);
        if (!_isSearching)
            return;
        for (var i = 0; i < Paths.Count && i < SilentPaths.MaxPaths; i++)
        {
            if (!Paths[i].Equals(Paths.Remote) && !Paths[i].IsTcp)
                Thread.Out.Send(packet, Paths[i], Paths.LocalOf(i));
        }
    }

    protected abstract void ReceiveControl(in RtcpReader control);

    protected abstract void OnConnected();

    protected abstract void OnTick(long now);

    protected abstract void OnSecond(long now);

    protected abstract void OnEnd();

    /// <summary>What came by DTLS beside the handshake: SCTP, where it was negotiated.</summary>
    protected virtual void ReceiveData(ReadOnlySpan<byte> packet)
    {
    }

    /// <summary>Sends by DTLS. From any thread; dropped when too much waits.</summary>
    protected void SendData(ReadOnlySpan<byte> packet) => _dtls?.Send(packet);

    /// <summary>The newest authentic packet of its source came.</summary>
    protected void Heard(in NetworkAddress from)
    {
        HeardAt = Thread.Now;
        _silence.Heard(HeardAt);
        _isSearching = false;
        Paths.Follow(from, HeardAt);
    }

    /// <summary>A packet did not open.</summary>
    protected void Refuse()
    {
        Thread.Counters.Unauthentic++;
        _authentication.Refuse();
    }

    /// <summary>An authentic packet of this SSRC came for the first time.</summary>
    protected void Learn(uint ssrc)
    {
        _learned.Add(ssrc);
        Thread.Latching.Learn(ssrc, this);
    }

    /// <summary>The connection no longer keeps what it knows of this SSRC.</summary>
    protected void Unlearn(uint ssrc)
    {
        _learned.Remove(ssrc);
        Thread.Latching.Forget(ssrc, this);
    }

    private void TakeKeys(SrtpProfile profile, Span<byte> exported)
    {
        Srtp = SrtpSession.Create(profile, exported);
        State = ConnectionState.Connected;
        KeysAt = Thread.Now;
        Participant.Room.Say(new ConnectionChanged(Participant.Room.Id, Thread.Time, Participant.Id, Kind, State, profile.ToString()));
        OnConnected();
    }
}

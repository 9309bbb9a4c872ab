using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Dtls;

/// <param name="message">Valid during the call.</param>
internal delegate void ReceivedMessage(ReadOnlySpan<byte> message);

internal enum DtlsState
{
    Handshaking,
    Established,

    /// <summary>The handshake failed, or the certificate is not the one in the SDP.</summary>
    Failed,

    /// <summary>The peer said close_notify.</summary>
    Closed,
}

/// <summary>One DTLS 1.2 association over memory. Not thread-safe: belongs to one thread.
/// BIO_s_mem knows no datagram limits (openssl/openssl#13900): exactly one datagram is written in and drained at a time, and what comes out is
/// cut at record headers by <see cref="ReadOutgoing"/>.</summary>
internal sealed unsafe class DtlsSession : IDisposable
{
    /// <summary>Bytes of a datagram we send.</summary>
    public const int Mtu = 1_200;

    private const uint FirstTimeoutMicroseconds = 100_000;
    private const uint MaxTimeoutMicroseconds = 1_600_000;
    private const int RecordHeader = 13;
    private const int MaxCertificate = 16_384;

    /// <summary>A peer that needs more datagrams than this for one handshake does not want one.</summary>
    private const int MaxHandshakeDatagrams = 256;

    private readonly Fingerprint _peer;
    private readonly nint _incoming;
    private readonly nint _outgoing;
    private readonly byte[] _pending = new byte[16_384];
    private nint _ssl;
    private int _pendingLength;
    private int _pendingAt;
    private int _datagrams;

    public DtlsSession(DtlsContext context, Fingerprint peer)
    {
        _peer = peer;
        _ssl = OpenSsl.SSL_new(context.Handle);
        _incoming = OpenSsl.BIO_new(OpenSsl.BIO_s_mem());
        _outgoing = OpenSsl.BIO_new(OpenSsl.BIO_s_mem());
        // An empty BIO means "ask again", not end of file.
        OpenSsl.BIO_ctrl(_incoming, OpenSsl.ControlMemEofReturn, -1, 0);
        OpenSsl.BIO_ctrl(_outgoing, OpenSsl.ControlMemEofReturn, -1, 0);
        OpenSsl.SSL_set_bio(_ssl, _incoming, _outgoing);
        OpenSsl.SSL_ctrl(_ssl, OpenSsl.ControlSetMtu, Mtu, 0);
        OpenSsl.DTLS_set_timer_cb(_ssl, &NextTimeout);
        if (context.IsClient)
            OpenSsl.SSL_set_connect_state(_ssl);
        else
            OpenSsl.SSL_set_accept_state(_ssl);
    }

    public DtlsState State { get; private set; }

    /// <summary>Set when <see cref="DtlsState.Established"/>.</summary>
    public SrtpProfile Profile { get; private set; }

    /// <summary>Given each message of the peer after the handshake, valid during the call.</summary>
    public ReceivedMessage? Data { get; set; }

    /// <summary>Why it failed, for a log line.</summary>
    public string Detail { get; private set; } = "";

    /// <summary>A client begins; a server waits for the first datagram.</summary>
    public void Begin() => Advance();

    public void Receive(ReadOnlySpan<byte> datagram)
    {
        if (State is DtlsState.Failed or DtlsState.Closed)
            return;
        if (State == DtlsState.Handshaking && ++_datagrams > MaxHandshakeDatagrams)
        {
            Fail("too many handshake datagrams");
            return;
        }

        fixed (byte* data = datagram)
        {
            if (OpenSsl.BIO_write(_incoming, data, datagram.Length) != datagram.Length)
                return;
        }

        Advance();
    }

    /// <summary>Encrypts a message for the peer as one record; dropped before the handshake's end.</summary>
    /// <param name="message">At most 16,384 bytes; what does not fit a datagram is lost on the way.</param>
    public void Send(ReadOnlySpan<byte> message)
    {
        if (State != DtlsState.Established)
            return;
        OpenSsl.ERR_clear_error();
        fixed (byte* data = message)
            _ = OpenSsl.SSL_write(_ssl, data, message.Length);
    }

    /// <summary>Resends a lost flight when its time has come. Call every 10 ms while handshaking.</summary>
    public void Tick()
    {
        if (State != DtlsState.Handshaking)
            return;
        OpenSsl.ERR_clear_error();
        if (OpenSsl.SSL_ctrl(_ssl, OpenSsl.ControlHandleTimeout, 0, 0) < 0)
            Fail("the handshake timed out");
    }

    /// <summary>Takes the next datagram to send: whole records, as many as fit the MTU.</summary>
    /// <returns>Its length; 0 when there is nothing to send.</returns>
    public int ReadOutgoing(Span<byte> target)
    {
        if (_pendingAt == _pendingLength && !Refill())
            return 0;
        var length = 0;
        while (_pendingAt + RecordHeader <= _pendingLength)
        {
            var record = RecordHeader + ((_pending[_pendingAt + 11] << 8) | _pending[_pendingAt + 12]);
            if (_pendingAt + record > _pendingLength || (length > 0 && length + record > Mtu))
                break;
            if (length + record > target.Length)
                break;
            _pending.AsSpan(_pendingAt, record).CopyTo(target[length..]);
            length += record;
            _pendingAt += record;
        }

        if (length == 0)
            _pendingAt = _pendingLength;
        return length;
    }

    /// <summary>The exported keys (RFC 5764 §4.2): client key, server key, client salt, server salt.</summary>
    public void ExportKeys(Span<byte> target)
    {
        if (State != DtlsState.Established)
            throw new InvalidOperationException("No keys before the handshake and the fingerprint check.");
        fixed (byte* keys = target)
        fixed (byte* label = "EXTRACTOR-dtls_srtp"u8)
        {
            if (OpenSsl.SSL_export_keying_material(_ssl, keys, (nuint)target.Length, label, 19, null, 0, 0) != 1)
                throw new InvalidOperationException("OpenSSL exported no keys.");
        }
    }

    /// <summary>Queues a close_notify.</summary>
    public void Close()
    {
        if (State == DtlsState.Established)
        {
            OpenSsl.ERR_clear_error();
            OpenSsl.SSL_shutdown(_ssl);
        }

        State = State == DtlsState.Failed ? DtlsState.Failed : DtlsState.Closed;
    }

    public void Dispose()
    {
        // The BIOs belong to the SSL object.
        if (_ssl != 0)
            OpenSsl.SSL_free(_ssl);
        _ssl = 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static uint NextTimeout(nint ssl, uint current) =>
        // OpenSSL's own first timeout is a second, and it ignores a repeated ClientHello: one lost flight would cost that second.
        current == 0 ? FirstTimeoutMicroseconds : Math.Min(current * 2, MaxTimeoutMicroseconds);

    private void Advance()
    {
        OpenSsl.ERR_clear_error();
        if (State == DtlsState.Handshaking)
        {
            var result = OpenSsl.SSL_do_handshake(_ssl);
            if (result != 1)
            {
                if (OpenSsl.SSL_get_error(_ssl, result) != OpenSsl.ErrorWantRead)
                    Fail("the handshake failed");
                return;
            }

            Establish();
            if (State != DtlsState.Established)
                return;
        }

        // Reading goes on after the handshake: it answers a client that lost our last flight, and sees close_notify.
        var buffer = stackalloc byte[2_048];
        for (var reads = 0; reads < 16; reads++)
        {
            OpenSsl.ERR_clear_error();
            var read = OpenSsl.SSL_read(_ssl, buffer, 2_048);
            if (read > 0)
            {
                Data?.Invoke(new(buffer, read));
                continue;
            }

            if (OpenSsl.SSL_get_error(_ssl, read) == OpenSsl.ErrorZeroReturn)
                State = DtlsState.Closed;
            return;
        }
    }

    private void Establish()
    {
        if (!PeerHasTheFingerprint())
        {
            Fail("the certificate is not the one in the offer");
            return;
        }

        var profile = OpenSsl.SSL_get_selected_srtp_profile(_ssl);
        if (profile is null)
        {
            Fail("no SRTP profile in common");
            return;
        }

        Profile = (SrtpProfile)profile->Id;
        State = DtlsState.Established;
    }

    private bool PeerHasTheFingerprint()
    {
        var certificate = OpenSsl.SSL_get1_peer_certificate(_ssl);
        if (certificate == 0)
            return false;
        try
        {
            var length = OpenSsl.i2d_X509(certificate, null);
            if (length is <= 0 or > MaxCertificate)
                return false;
            var der = new byte[length];
            fixed (byte* start = der)
            {
                var at = start;
                OpenSsl.i2d_X509(certificate, &at);
            }

            return _peer.Matches(der);
        }
        finally
        {
            OpenSsl.X509_free(certificate);
        }
    }

    private void Fail(string detail)
    {
        State = DtlsState.Failed;
        Detail = detail;
    }

    private bool Refill()
    {
        _pendingAt = 0;
        fixed (byte* pending = _pending)
            _pendingLength = Math.Max(0, OpenSsl.BIO_read(_outgoing, pending, _pending.Length));
        return _pendingLength > 0;
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Srtp;

/// <summary>Both directions of one transport's SRTP. Replay protection of RTP belongs to whoever knows the source
/// (<see cref="Rooms.ReceivedSource"/>), that of RTCP is here.</summary>
internal sealed class SrtpSession : IDisposable
{
    /// <summary>RTCP senders of one transport that are told apart; more are refused.</summary>
    private const int MaxRtcpSources = 64;
    private const uint LastRtcpIndex = 0x7FFF_FFFF;

    private readonly SrtpCipher _incoming;
    private readonly SrtpCipher _outgoing;
    private readonly Dictionary<uint, IndexWindow> _rtcpSeen = [];
    private uint _rtcpIndex;

    private SrtpSession(SrtpCipher incoming, SrtpCipher outgoing) => (_incoming, _outgoing) = (incoming, outgoing);

    public int TagLength => _outgoing.TagLength;

    public int RtcpOverhead => _outgoing.RtcpOverhead;

    /// <param name="exported">What DTLS exported; cleared here.</param>
    /// <param name="asClient">Which half is ours: a browser is the DTLS client, the server never is.</param>
    public static SrtpSession Create(SrtpProfile profile, Span<byte> exported, bool asClient = false)
    {
        var (client, server) = SrtpKeys.FromExport(profile, exported);
        CryptographicOperations.ZeroMemory(exported);
        return asClient
            ? new(SrtpCiphers.Create(profile, server), SrtpCiphers.Create(profile, client))
            : new(SrtpCiphers.Create(profile, client), SrtpCiphers.Create(profile, server));
    }

    /// <inheritdoc cref="SrtpCipher.Prefetch"/>
    public void PrefetchOutgoing() => _outgoing.Prefetch();

    /// <inheritdoc cref="SrtpCipher.Protect"/>
    public int Protect(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, uint ssrc, long index) =>
        _outgoing.Protect(packet, headerLength, payload, ssrc, (ulong)index);

    /// <inheritdoc cref="SrtpCipher.Unprotect"/>
    public int Unprotect(ReadOnlySpan<byte> packet, int headerLength, uint ssrc, long index, Span<byte> payload) =>
        _incoming.Unprotect(packet, headerLength, ssrc, (ulong)index, payload);

    /// <param name="plain">A compound RTCP packet; its first SSRC is the sender's.</param>
    /// <returns>The length; 0 when every number has been used.</returns>
    public int ProtectRtcp(ReadOnlySpan<byte> plain, Span<byte> packet)
    {
        // One counter for all our SSRCs: no (SSRC, index) comes twice. 2³¹ reports last for years; then there are no more (RFC 3711 §9.2).
        if (_rtcpIndex == LastRtcpIndex)
            return 0;
        _rtcpIndex++;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(plain[4..]);
        return _outgoing.ProtectRtcp(plain, ssrc, _rtcpIndex, packet);
    }

    /// <summary>For tests: as if so many reports had been sent.</summary>
    internal void SkipReports(uint count) => _rtcpIndex += count;

    /// <summary>Authentic, of a sender that is known, and newer than all that was heard of it: nobody can have copied it from elsewhere
    /// after its original arrived. Nothing is remembered.</summary>
    /// <param name="plain">Scratch, as long as the packet.</param>
    public bool IsNewerRtcp(ReadOnlySpan<byte> packet, Span<byte> plain) =>
        IsNewer(packet) && _incoming.UnprotectRtcp(packet, plain, out _) >= 0;

    /// <summary>The cheap half of <see cref="IsNewerRtcp"/>: by the index that travels in the clear (RFC 3711 §3.4).</summary>
    public bool IsNewer(ReadOnlySpan<byte> packet)
    {
        if (packet.Length < 8 + RtcpOverhead || !_rtcpSeen.TryGetValue(BinaryPrimitives.ReadUInt32BigEndian(packet[4..]), out var seen))
            return false;
        // Behind the index stands the tag in CM, nothing in GCM (RFC 7714 §9.1).
        var index = BinaryPrimitives.ReadUInt32BigEndian(packet[^(_incoming.RtcpTagBehindIndex + 4)..]) & 0x7FFF_FFFF;
        return index > seen.Newest;
    }

    /// <summary>The packet that <see cref="UnprotectRtcp"/> opened last was the newest of its sender.</summary>
    public bool WasNewest { get; private set; }

    /// <summary>It was the first of its sender.</summary>
    public bool WasFirst { get; private set; }

    /// <returns>The plain length; −1 when it is not authentic, −2 when it is a replay.</returns>
    public int UnprotectRtcp(ReadOnlySpan<byte> packet, Span<byte> plain)
    {
        WasFirst = false;
        var length = _incoming.UnprotectRtcp(packet, plain, out var index);
        if (length < 8)
            return -1;
        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(plain[4..]);
        if (!_rtcpSeen.TryGetValue(ssrc, out var seen))
        {
            if (_rtcpSeen.Count == MaxRtcpSources)
                return -2;
            _rtcpSeen[ssrc] = seen = new();
            WasFirst = true;
        }

        if (seen.IsSeen(index))
            return -2;
        WasNewest = index > seen.Newest;
        seen.Mark(index);
        return length;
    }

    public void Dispose()
    {
        _incoming.Dispose();
        _outgoing.Dispose();
    }
}

using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Muse.SelfHostedMedia.Srtp;

/// <summary>AES128_CM_HMAC_SHA1_80 (RFC 3711): the profile of peers without GCM. The tag covers the packet and the rollover counter and is
/// checked before anything is decrypted.</summary>
internal sealed class CmSha1SrtpCipher(SrtpKeys keys) : SrtpCipher
{
    private const int Tag = 10;
    private const int RtcpHeader = 8;
    private const int RtcpIndex = 4;
    private const uint EncryptedFlag = 0x8000_0000;

    private readonly EvpAesCtr _rtp = new(keys.RtpKey, keys.RtpSalt);
    private readonly EvpAesCtr _rtcp = new(keys.RtcpKey, keys.RtcpSalt);
    private readonly EvpHmacSha1 _rtpMac = new(keys.RtpAuthentication);
    private readonly EvpHmacSha1 _rtcpMac = new(keys.RtcpAuthentication);

    public override int TagLength => Tag;

    public override int RtcpOverhead => RtcpIndex + Tag;

    public override int RtcpTagBehindIndex => Tag;

    /// <summary>OpenSSL keeps the keys where it likes.</summary>
    public override void Prefetch()
    {
    }

    public override int Protect(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, uint ssrc, ulong index)
    {
        var length = headerLength + payload.Length;
        _rtp.Transform(ssrc, index, payload, packet[headerLength..length]);
        Span<byte> mac = stackalloc byte[EvpHmacSha1.Length];
        RtpMac(packet[..length], index, mac);
        mac[..Tag].CopyTo(packet[length..]);
        return length + Tag;
    }

    public override int Unprotect(ReadOnlySpan<byte> packet, int headerLength, uint ssrc, ulong index, Span<byte> payload)
    {
        var length = packet.Length - headerLength - Tag;
        if (length < 0)
            return -1;
        Span<byte> mac = stackalloc byte[EvpHmacSha1.Length];
        RtpMac(packet[..^Tag], index, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac[..Tag], packet[^Tag..]))
            return -1;
        _rtp.Transform(ssrc, index, packet[headerLength..^Tag], payload[..length]);
        return length;
    }

    public override int ProtectRtcp(ReadOnlySpan<byte> plain, uint ssrc, uint index, Span<byte> packet)
    {
        plain[..RtcpHeader].CopyTo(packet);
        _rtcp.Transform(ssrc, index, plain[RtcpHeader..], packet[RtcpHeader..plain.Length]);
        BinaryPrimitives.WriteUInt32BigEndian(packet[plain.Length..], EncryptedFlag | index);
        Span<byte> mac = stackalloc byte[EvpHmacSha1.Length];
        _rtcpMac.Compute(packet[..(plain.Length + RtcpIndex)], default, mac);
        mac[..Tag].CopyTo(packet[(plain.Length + RtcpIndex)..]);
        return plain.Length + RtcpIndex + Tag;
    }

    public override int UnprotectRtcp(ReadOnlySpan<byte> packet, Span<byte> plain, out uint index)
    {
        index = 0;
        if (packet.Length < RtcpHeader + RtcpIndex + Tag)
            return -1;
        Span<byte> mac = stackalloc byte[EvpHmacSha1.Length];
        _rtcpMac.Compute(packet[..^Tag], default, mac);
        if (!CryptographicOperations.FixedTimeEquals(mac[..Tag], packet[^Tag..]))
            return -1;
        var length = packet.Length - Tag - RtcpIndex;
        var word = BinaryPrimitives.ReadUInt32BigEndian(packet[length..]);
        // Unencrypted SRTCP is legal (RFC 3711 §3.4) but no WebRTC peer sends it.
        if ((word & EncryptedFlag) == 0)
            return -1;
        index = word & ~EncryptedFlag;
        packet[..RtcpHeader].CopyTo(plain);
        _rtcp.Transform(BinaryPrimitives.ReadUInt32BigEndian(packet[4..]), index, packet[RtcpHeader..length], plain[RtcpHeader..length]);
        return length;
    }

    public override void Dispose()
    {
        _rtp.Dispose();
        _rtcp.Dispose();
        _rtpMac.Dispose();
        _rtcpMac.Dispose();
    }

    private void RtpMac(ReadOnlySpan<byte> packet, ulong index, Span<byte> mac)
    {
        Span<byte> rollover = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(rollover, (uint)(index >> 16));
        _rtpMac.Compute(packet, rollover, mac);
    }
}

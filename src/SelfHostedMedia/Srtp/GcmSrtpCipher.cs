using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Muse.SelfHostedMedia.Srtp;

/// <summary>AES-128 in Galois/Counter Mode with one key: what <see cref="GcmSrtpCipher"/> needs of an implementation. A class, as
/// <see cref="SrtpCipher"/> is: each packet calls it for each subscriber, and a call through an interface looks its method up.</summary>
internal abstract class AesGcm128 : IDisposable
{
    /// <summary>Fetches the key into the processor's cache.</summary>
    public abstract void Prefetch();

    /// <summary>Writes ciphertext and then the 16-byte tag. Input and output are the same place or do not overlap.</summary>
    public abstract void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> sealedText);

    /// <summary>Checks the tag at the end of <paramref name="sealedText"/> and decrypts what is before it. Where the tag is wrong,
    /// <paramref name="plain"/> stays as it was.</summary>
    public abstract bool Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> sealedText, Span<byte> plain);

    public abstract void Dispose();
}

/// <summary>AEAD_AES_128_GCM for SRTP and SRTCP (RFC 7714). The RTP header is associated data; SRTCP authenticates its index too.</summary>
internal sealed class GcmSrtpCipher : SrtpCipher
{
    private const int Tag = 16;
    private const int RtcpHeader = 8;
    private const int RtcpIndex = 4;
    private const uint EncryptedFlag = 0x8000_0000;

    private readonly AesGcm128 _rtp;
    private readonly AesGcm128 _rtcp;
    private readonly byte[] _rtpSalt;
    private readonly byte[] _rtcpSalt;

    public GcmSrtpCipher(SrtpKeys keys, Func<byte[], AesGcm128> create)
    {
        _rtp = create(keys.RtpKey);
        _rtcp = create(keys.RtcpKey);
        (_rtpSalt, _rtcpSalt) = (keys.RtpSalt, keys.RtcpSalt);
    }

    public override int TagLength => Tag;

    public override int RtcpOverhead => Tag + RtcpIndex;

    public override int RtcpTagBehindIndex => 0;

    public override void Prefetch() => _rtp.Prefetch();

    [SkipLocalsInit]
    public override int Protect(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, uint ssrc, ulong index)
    {
        Span<byte> nonce = stackalloc byte[SrtpNonce.Length];
        SrtpNonce.Write(nonce, _rtpSalt, ssrc, index);
        _rtp.Seal(nonce, packet[..headerLength], payload, packet.Slice(headerLength, payload.Length + Tag));
        return headerLength + payload.Length + Tag;
    }

    [SkipLocalsInit]
    public override int Unprotect(ReadOnlySpan<byte> packet, int headerLength, uint ssrc, ulong index, Span<byte> payload)
    {
        var length = packet.Length - headerLength - Tag;
        if (length < 0)
            return -1;
        Span<byte> nonce = stackalloc byte[SrtpNonce.Length];
        SrtpNonce.Write(nonce, _rtpSalt, ssrc, index);
        return _rtp.Open(nonce, packet[..headerLength], packet[headerLength..], payload[..length]) ? length : -1;
    }

    public override int ProtectRtcp(ReadOnlySpan<byte> plain, uint ssrc, uint index, Span<byte> packet)
    {
        Span<byte> nonce = stackalloc byte[SrtpNonce.Length];
        SrtpNonce.Write(nonce, _rtcpSalt, ssrc, index);
        Span<byte> associated = stackalloc byte[RtcpHeader + RtcpIndex];
        plain[..RtcpHeader].CopyTo(associated);
        BinaryPrimitives.WriteUInt32BigEndian(associated[RtcpHeader..], EncryptedFlag | index);
        plain[..RtcpHeader].CopyTo(packet);
        _rtcp.Seal(nonce, associated, plain[RtcpHeader..], packet.Slice(RtcpHeader, plain.Length - RtcpHeader + Tag));
        associated[RtcpHeader..].CopyTo(packet[(plain.Length + Tag)..]);
        return plain.Length + Tag + RtcpIndex;
    }

    public override int UnprotectRtcp(ReadOnlySpan<byte> packet, Span<byte> plain, out uint index)
    {
        index = 0;
        if (packet.Length < RtcpHeader + Tag + RtcpIndex)
            return -1;
        var word = BinaryPrimitives.ReadUInt32BigEndian(packet[^RtcpIndex..]);
        // Unencrypted SRTCP is legal (RFC 7714 §9.2) but no WebRTC peer sends it.
        if ((word & EncryptedFlag) == 0)
            return -1;
        index = word & ~EncryptedFlag;
        var length = packet.Length - Tag - RtcpIndex;
        Span<byte> nonce = stackalloc byte[SrtpNonce.Length];
        SrtpNonce.Write(nonce, _rtcpSalt, BinaryPrimitives.ReadUInt32BigEndian(packet[4..]), index);
        Span<byte> associated = stackalloc byte[RtcpHeader + RtcpIndex];
        packet[..RtcpHeader].CopyTo(associated);
        packet[^RtcpIndex..].CopyTo(associated[RtcpHeader..]);
        if (!_rtcp.Open(nonce, associated, packet[RtcpHeader..^RtcpIndex], plain[RtcpHeader..length]))
            return -1;
        packet[..RtcpHeader].CopyTo(plain);
        return length;
    }

    public override void Dispose()
    {
        _rtp.Dispose();
        _rtcp.Dispose();
    }
}

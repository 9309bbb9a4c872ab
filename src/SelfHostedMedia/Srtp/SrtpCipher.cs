namespace Muse.SelfHostedMedia.Srtp;

/// <summary>One protection profile with the session keys of one direction. Two exist: AEAD_AES_128_GCM (RFC 7714; managed or OpenSSL) and
/// AES128_CM_HMAC_SHA1_80 (RFC 3711). A cipher keeps no packet state: whoever calls <see cref="Protect"/> never gives it one index of one
/// SSRC with two different contents. Spans may be anywhere; output may overlap the input only where it says so.</summary>
internal abstract class SrtpCipher : IDisposable
{
    /// <summary>Bytes that protection adds to an RTP packet.</summary>
    public abstract int TagLength { get; }

    /// <summary>Bytes that protection adds to an RTCP packet: tag and index.</summary>
    public abstract int RtcpOverhead { get; }

    /// <summary>Bytes behind the index at the end of an RTCP packet.</summary>
    public abstract int RtcpTagBehindIndex { get; }

    /// <summary>Fetches what <see cref="Protect"/> needs of the key into the processor's cache.</summary>
    public abstract void Prefetch();

    /// <summary>Encrypts <paramref name="payload"/> behind the header that stands already at the start of <paramref name="packet"/> and
    /// appends the tag. The payload may not overlap the packet.</summary>
    /// <param name="index">48 bits: rollover counter and sequence number.</param>
    /// <returns>The packet's whole length.</returns>
    public abstract int Protect(Span<byte> packet, int headerLength, ReadOnlySpan<byte> payload, uint ssrc, ulong index);

    /// <summary>Checks the tag and decrypts into <paramref name="payload"/>, which must hold the payload and 16 bytes more.</summary>
    /// <returns>The payload's length, or −1 when the packet is not authentic: <paramref name="payload"/> is then as it was.</returns>
    public abstract int Unprotect(ReadOnlySpan<byte> packet, int headerLength, uint ssrc, ulong index, Span<byte> payload);

    /// <summary>Encrypts a compound RTCP packet.</summary>
    /// <returns>The length written to <paramref name="packet"/>.</returns>
    public abstract int ProtectRtcp(ReadOnlySpan<byte> plain, uint ssrc, uint index, Span<byte> packet);

    /// <returns>The length of the plain compound packet, or −1 when it is not authentic.</returns>
    public abstract int UnprotectRtcp(ReadOnlySpan<byte> packet, Span<byte> plain, out uint index);

    public abstract void Dispose();
}

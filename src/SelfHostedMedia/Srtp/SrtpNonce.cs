using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Srtp;

/// <summary>The 12-byte initialisation vector of AEAD_AES_128_GCM (RFC 7714 §8.1, §9.1).</summary>
internal static class SrtpNonce
{
    public const int Length = 12;

    /// <param name="index">RTP: 48-bit packet index. RTCP: 31-bit SRTCP index; both stand in the last six bytes.</param>
    public static void Write(Span<byte> nonce, ReadOnlySpan<byte> salt, uint ssrc, ulong index)
    {
        var high = BinaryPrimitives.ReadUInt64BigEndian(salt) ^ ((ulong)ssrc << 16) ^ (index >> 32);
        var low = BinaryPrimitives.ReadUInt32BigEndian(salt[8..]) ^ (uint)index;
        BinaryPrimitives.WriteUInt64BigEndian(nonce, high);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[8..], low);
    }
}

using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>SDES with the CNAME alone (RFC 3550 §6.5.1): every compound packet carries one.</summary>
internal static class SourceDescription
{
    private const byte CanonicalName = 1;

    /// <param name="name">At most 255 bytes.</param>
    public static int Write(Span<byte> target, uint ssrc, ReadOnlySpan<byte> name)
    {
        // The list of items ends with at least one zero and is filled up to a word.
        var length = 8 + ((2 + name.Length + 4) & ~3);
        target[..length].Clear();
        RtcpHeader.Write(target, 1, RtcpReader.DescriptionType, length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], ssrc);
        target[8] = CanonicalName;
        target[9] = (byte)name.Length;
        name.CopyTo(target[10..]);
        return length;
    }
}

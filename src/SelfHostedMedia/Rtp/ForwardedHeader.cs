using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The header a subscriber gets: its own payload type, SSRC and sequence numbers, and at most the audio level as extension. It is a
/// pure function of the subscription, the run and the cached packet, so that sending again gives the very same bytes (and GCM the very same
/// ciphertext: one nonce never covers two messages).</summary>
internal static class ForwardedHeader
{
    /// <param name="marker">As the subscriber gets it: its picture may end earlier than the publisher's.</param>
    /// <param name="isPadding">Nothing but padding follows.</param>
    /// <param name="audioLevelId">0 writes no audio level.</param>
    /// <param name="transportId">0 writes no transport-wide sequence number.</param>
    /// <param name="transportSequence">The one that the packet was first sent with.</param>
    /// <returns>The header's length: the same for all packets of a subscription that carry the same elements.</returns>
    public static int Write(
        Span<byte> target, in CachedPacket packet, bool marker, bool isPadding, byte payloadType, ushort sequence, uint timestamp, uint ssrc, byte audioLevelId,
        byte transportId = 0, ushort transportSequence = 0)
    {
        var withLevel = audioLevelId != 0 && packet.HasAudioLevel;
        var withExtension = withLevel || transportId != 0;
        target[0] = (byte)(0x80 | (withExtension ? 0x10 : 0) | (isPadding ? 0x20 : 0));
        target[1] = (byte)((marker ? 0x80 : 0) | payloadType);
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], ssrc);
        return withExtension
            ? RtpHeader.FixedLength + WriteExtension(
                target[RtpHeader.FixedLength..], withLevel ? audioLevelId : (byte)0, packet.AudioLevel, transportId, transportSequence)
            : RtpHeader.FixedLength;
    }

    /// <summary>One-byte elements (RFC 8285 §4.2): transport-wide sequence, then audio level, then zeros up to a word.</summary>
    private static int WriteExtension(Span<byte> target, byte audioLevelId, AudioLevel level, byte transportId, ushort transportSequence)
    {
        var at = 4;
        if (transportId != 0)
        {
            target[at] = (byte)((transportId << 4) | 1);
            BinaryPrimitives.WriteUInt16BigEndian(target[(at + 1)..], transportSequence);
            at += 3;
        }

        if (audioLevelId != 0)
        {
            target[at++] = (byte)(audioLevelId << 4);
            target[at++] = level.Octet;
        }

        while (at % 4 != 0)
            target[at++] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(target, 0xBEDE_0000 | (uint)((at / 4) - 1));
        return at;
    }
}

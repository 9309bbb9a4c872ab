using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The header a subscriber gets: its own payload type, SSRC and sequence numbers, and at most the audio level as extension. It is a
/// pure function of the subscription, the run and the cached packet, so that sending again gives the very same bytes (and GCM the very same
/// ciphertext: one nonce never covers two messages).</summary>
internal static class ForwardedHeader
{
    private const int ExtensionLength = 8;

    /// <param name="audioLevelId">0 writes no extension.</param>
    /// <returns>The header's length.</returns>
    public static int Write(
        Span<byte> target, in CachedPacket packet, byte payloadType, ushort sequence, uint timestamp, uint ssrc, byte audioLevelId)
    {
        var withLevel = audioLevelId != 0 && packet.HasAudioLevel;
        target[0] = (byte)(0x80 | (withLevel ? 0x10 : 0) | (packet.IsPadding ? 0x20 : 0));
        target[1] = (byte)((packet.Marker ? 0x80 : 0) | payloadType);
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], timestamp);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], ssrc);
        if (!withLevel)
            return RtpHeader.FixedLength;
        BinaryPrimitives.WriteUInt32BigEndian(target[12..], 0xBEDE_0001);
        target[16] = (byte)(audioLevelId << 4);
        target[17] = packet.AudioLevel.Octet;
        target[18] = 0;
        target[19] = 0;
        return RtpHeader.FixedLength + ExtensionLength;
    }
}

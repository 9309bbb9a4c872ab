using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>REMB (draft-alvestrand-rmcat-remb-03 §2.2): the most a sender may send, all its streams together. Chromium obeys it exactly and
/// at once; without it, it stays at 300 kbit/s.</summary>
internal static class ReceiverBitrateLimit
{
    private const byte Format = 15;
    private const int HeaderLength = 20;

    public static int Write(Span<byte> target, uint sender, long bitrate, ReadOnlySpan<uint> media)
    {
        var length = HeaderLength + (media.Length * 4);
        RtcpHeader.Write(target, Format, RtcpReader.PayloadFeedbackType, length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], sender);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], 0);
        "REMB"u8.CopyTo(target[12..]);
        // 18 bits of mantissa and 6 of exponent.
        var exponent = 0;
        while (bitrate >> exponent > 0x3_FFFF)
            exponent++;
        BinaryPrimitives.WriteUInt32BigEndian(
            target[16..], ((uint)media.Length << 24) | ((uint)exponent << 18) | (uint)(bitrate >> exponent));
        for (var i = 0; i < media.Length; i++)
            BinaryPrimitives.WriteUInt32BigEndian(target[(HeaderLength + (i * 4))..], media[i]);
        return length;
    }

    public static bool TryRead(byte format, ReadOnlySpan<byte> packet, out long bitrate)
    {
        bitrate = 0;
        if (format != Format || packet.Length < HeaderLength || !packet.Slice(12, 4).SequenceEqual("REMB"u8))
            return false;
        var word = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]);
        bitrate = Math.Min((long)(word & 0x3_FFFF) << (int)((word >> 18) & 0x1F), uint.MaxValue);
        return true;
    }
}

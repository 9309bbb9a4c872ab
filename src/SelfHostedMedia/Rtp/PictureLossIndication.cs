using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>"Send a key frame" (RFC 4585 §6.3.1, and FIR in RFC 5104 §4.3.1, which is treated alike).</summary>
internal static class PictureLossIndication
{
    public const int Length = 12;
    private const byte Format = 1;
    private const byte FullIntraRequest = 4;

    public static int Write(Span<byte> target, uint sender, uint media)
    {
        RtcpHeader.Write(target, Format, RtcpReader.PayloadFeedbackType, Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], sender);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], media);
        return Length;
    }

    /// <param name="packet">A payload-specific feedback part.</param>
    /// <param name="media">The SSRC that shall begin anew; of a FIR the first entry.</param>
    public static bool TryRead(byte format, ReadOnlySpan<byte> packet, out uint media)
    {
        media = 0;
        var at = format switch
        {
            Format => 8,
            FullIntraRequest => 12,
            _ => -1,
        };
        if (at < 0 || packet.Length < at + 4)
            return false;
        media = BinaryPrimitives.ReadUInt32BigEndian(packet[at..]);
        return true;
    }
}

using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>How a sender's clock and its RTP timestamps go together (RFC 3550 §6.4.1).</summary>
internal readonly record struct SenderReport(uint Ssrc, ulong NtpTime, uint RtpTime, uint PacketCount, uint OctetCount)
{
    public const int Length = 28;

    /// <summary>What a receiver repeats as LSR: the middle 32 bits.</summary>
    public uint MiddleOfNtp => (uint)(NtpTime >> 16);

    public static bool TryRead(ReadOnlySpan<byte> packet, out SenderReport report)
    {
        report = default;
        if (packet.Length < Length)
            return false;
        report = new(
            BinaryPrimitives.ReadUInt32BigEndian(packet[4..]),
            BinaryPrimitives.ReadUInt64BigEndian(packet[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(packet[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(packet[20..]),
            BinaryPrimitives.ReadUInt32BigEndian(packet[24..]));
        return true;
    }

    public int Write(Span<byte> target)
    {
        RtcpHeader.Write(target, 0, RtcpReader.SenderReportType, Length);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], Ssrc);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], NtpTime);
        BinaryPrimitives.WriteUInt32BigEndian(target[16..], RtpTime);
        BinaryPrimitives.WriteUInt32BigEndian(target[20..], PacketCount);
        BinaryPrimitives.WriteUInt32BigEndian(target[24..], OctetCount);
        return Length;
    }
}

internal static class RtcpHeader
{
    /// <param name="length">Bytes of the whole part, a multiple of four.</param>
    public static void Write(Span<byte> target, int count, byte type, int length)
    {
        target[0] = (byte)(0x80 | count);
        target[1] = type;
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)((length / 4) - 1));
    }
}

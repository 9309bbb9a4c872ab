using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>One report block (RFC 3550 §6.4.1): what was lost of a source, and how its packets jitter.</summary>
/// <param name="FractionLost">Of the last interval, in 1/256.</param>
/// <param name="Lost">Since the beginning; negative with duplicates.</param>
/// <param name="Jitter">In timestamp units.</param>
/// <param name="DelaySinceLastReport">In 1/65,536 s.</param>
internal readonly record struct ReceptionReport(
    uint Ssrc, byte FractionLost, int Lost, uint HighestSequence, uint Jitter, uint LastReport, uint DelaySinceLastReport)
{
    public const int Length = 24;
    private const int PacketHeader = 8;

    public static bool TryRead(ReadOnlySpan<byte> block, out ReceptionReport report)
    {
        report = default;
        if (block.Length < Length)
            return false;
        report = new(
            BinaryPrimitives.ReadUInt32BigEndian(block),
            block[4],
            (int)(BinaryPrimitives.ReadUInt32BigEndian(block[4..]) << 8) >> 8,
            BinaryPrimitives.ReadUInt32BigEndian(block[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(block[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(block[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(block[20..]));
        return true;
    }

    public void Write(Span<byte> block)
    {
        BinaryPrimitives.WriteUInt32BigEndian(block, Ssrc);
        BinaryPrimitives.WriteUInt32BigEndian(block[4..], (uint)Math.Clamp(Lost, -0x80_0000, 0x7F_FFFF) & 0xFF_FFFF);
        block[4] = FractionLost;
        BinaryPrimitives.WriteUInt32BigEndian(block[8..], HighestSequence);
        BinaryPrimitives.WriteUInt32BigEndian(block[12..], Jitter);
        BinaryPrimitives.WriteUInt32BigEndian(block[16..], LastReport);
        BinaryPrimitives.WriteUInt32BigEndian(block[20..], DelaySinceLastReport);
    }

    /// <summary>The header of a receiver report whose blocks follow.</summary>
    public static int WriteHeader(Span<byte> target, uint sender, int blocks)
    {
        RtcpHeader.Write(target, blocks, RtcpReader.ReceiverReportType, PacketHeader + (blocks * Length));
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], sender);
        return PacketHeader;
    }
}

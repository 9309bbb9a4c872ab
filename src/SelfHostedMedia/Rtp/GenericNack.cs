using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>"These packets are missing" (RFC 4585 §6.2.1): sequence numbers with a mask of the 16 that follow.</summary>
internal static class GenericNack
{
    public const byte Format = 1;
    private const int HeaderLength = 12;

    public static int EntryCount(ReadOnlySpan<byte> packet) => Math.Max(0, (packet.Length - HeaderLength) / 4);

    public static uint Media(ReadOnlySpan<byte> packet) => BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);

    public static (ushort Sequence, ushort Mask) Entry(ReadOnlySpan<byte> packet, int i) =>
        (BinaryPrimitives.ReadUInt16BigEndian(packet[(HeaderLength + (i * 4))..]),
         BinaryPrimitives.ReadUInt16BigEndian(packet[(HeaderLength + (i * 4) + 2)..]));

    /// <param name="missing">Ascending; those that do not fit one mask begin another entry.</param>
    public static int Write(Span<byte> target, uint sender, uint media, ReadOnlySpan<ushort> missing)
    {
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], sender);
        BinaryPrimitives.WriteUInt32BigEndian(target[8..], media);
        var length = HeaderLength;
        for (var i = 0; i < missing.Length;)
        {
            var first = missing[i++];
            ushort mask = 0;
            while (i < missing.Length && (ushort)(missing[i] - first - 1) < 16)
                mask |= (ushort)(1 << (ushort)(missing[i++] - first - 1));
            BinaryPrimitives.WriteUInt16BigEndian(target[length..], first);
            BinaryPrimitives.WriteUInt16BigEndian(target[(length + 2)..], mask);
            length += 4;
        }

        RtcpHeader.Write(target, Format, RtcpReader.TransportFeedbackType, length);
        return length;
    }
}

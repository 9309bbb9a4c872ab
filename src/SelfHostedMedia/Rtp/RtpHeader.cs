using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The header of an RTP packet (RFC 3550 §5.1), read in place. It is in the clear under SRTP: nothing in it may be believed before
/// the packet is authentic.</summary>
internal readonly struct RtpHeader
{
    public const int FixedLength = 12;

    public byte PayloadType { get; private init; }

    public bool Marker { get; private init; }

    public bool HasPadding { get; private init; }

    public ushort Sequence { get; private init; }

    public uint Timestamp { get; private init; }

    public uint Ssrc { get; private init; }

    /// <summary>Bytes up to the payload: fixed part, contributing sources, extension.</summary>
    public int Length { get; private init; }

    /// <summary>0xBEDE for one-byte extension headers, 0x100x for two-byte ones, 0 without extension (RFC 8285 §4).</summary>
    public ushort ExtensionProfile { get; private init; }

    public int ExtensionAt { get; private init; }

    public int ExtensionLength { get; private init; }

    public static bool TryParse(ReadOnlySpan<byte> packet, out RtpHeader header)
    {
        header = default;
        if (packet.Length < FixedLength || packet[0] >> 6 != 2)
            return false;
        var length = FixedLength + ((packet[0] & 0x0F) * 4);
        ushort profile = 0;
        var extensionAt = 0;
        var extensionLength = 0;
        if ((packet[0] & 0x10) != 0)
        {
            if (length + 4 > packet.Length)
                return false;
            profile = BinaryPrimitives.ReadUInt16BigEndian(packet[length..]);
            extensionLength = BinaryPrimitives.ReadUInt16BigEndian(packet[(length + 2)..]) * 4;
            extensionAt = length + 4;
            length = extensionAt + extensionLength;
        }

        if (length > packet.Length)
            return false;
        header = new()
        {
            PayloadType = (byte)(packet[1] & 0x7F),
            Marker = (packet[1] & 0x80) != 0,
            HasPadding = (packet[0] & 0x20) != 0,
            Sequence = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]),
            Timestamp = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]),
            Ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]),
            Length = length,
            ExtensionProfile = profile,
            ExtensionAt = extensionAt,
            ExtensionLength = extensionLength,
        };
        return true;
    }

    /// <summary>Removes the padding of a decrypted payload (RFC 3550 §5.1: the last byte counts it, itself included).</summary>
    /// <returns>The payload's length without padding, or −1 when the count is impossible.</returns>
    public int WithoutPadding(ReadOnlySpan<byte> payload)
    {
        if (!HasPadding)
            return payload.Length;
        if (payload.IsEmpty)
            return -1;
        var padding = payload[^1];
        return padding == 0 || padding > payload.Length ? -1 : payload.Length - padding;
    }
}

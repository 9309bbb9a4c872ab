using System.Buffers.Binary;
using System.Text;

namespace Muse.SelfHostedMedia.Sctp;

/// <summary>Payload protocol identifiers (RFC 8831 §8).</summary>
internal static class DataPayload
{
    /// <summary>DCEP.</summary>
    public const uint Control = 50;
    public const uint Text = 51;
    public const uint Binary = 53;
}

/// <summary>DATA_CHANNEL_OPEN of RFC 8832 §5.1, and what answers it.</summary>
/// <param name="IsUnordered">Bit 0x80 of the channel type.</param>
/// <param name="Reliability">What of a lost message becomes.</param>
/// <param name="Limit">Retransmissions, or milliseconds; 0 for reliable ones.</param>
internal readonly record struct DataChannelOpen(
    bool IsUnordered, DataReliability Reliability, uint Limit, ushort Priority, string Label, string Protocol)
{
    public const byte OpenType = 3;
    public const byte AcknowledgeType = 2;
    public const int HeaderLength = 12;

    /// <summary>Bytes of label and protocol that are read; a longer OPEN is refused.</summary>
    public const int MaxNames = 256;

    public static bool IsAcknowledgement(ReadOnlySpan<byte> message) => message.Length == 1 && message[0] == AcknowledgeType;

    /// <summary>DATA_CHANNEL_ACK, RFC 8832 §5.2.</summary>
    public static int WriteAcknowledgement(Span<byte> target)
    {
        target[0] = AcknowledgeType;
        return 1;
    }

    /// <returns>False for what is no OPEN, of an unknown channel type, or not as long as it says.</returns>
    public static bool TryRead(ReadOnlySpan<byte> message, out DataChannelOpen open)
    {
        open = default;
        if (message.Length < HeaderLength || message[0] != OpenType || (message[1] & 0x7F) > (int)DataReliability.LimitedLifetime)
            return false;
        int label = BinaryPrimitives.ReadUInt16BigEndian(message[8..]);
        int protocol = BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        if (label + protocol > MaxNames || message.Length != HeaderLength + label + protocol)
            return false;
        var reliability = (DataReliability)(message[1] & 0x7F);
        open = new(
            (message[1] & 0x80) != 0,
            reliability,
            // For a reliable channel the field means nothing (§5.1).
            reliability == DataReliability.Reliable ? 0 : BinaryPrimitives.ReadUInt32BigEndian(message[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(message[2..]),
            Encoding.UTF8.GetString(message.Slice(HeaderLength, label)),
            Encoding.UTF8.GetString(message.Slice(HeaderLength + label, protocol)));
        return true;
    }

    /// <param name="target">At least <see cref="HeaderLength"/> + <see cref="MaxNames"/> bytes.</param>
    /// <returns>The length.</returns>
    public int Write(Span<byte> target)
    {
        target[0] = OpenType;
        target[1] = (byte)((byte)Reliability | (IsUnordered ? 0x80 : 0));
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], Priority);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], Limit);
        var label = Encoding.UTF8.GetBytes(Label, target[HeaderLength..]);
        var protocol = Encoding.UTF8.GetBytes(Protocol, target[(HeaderLength + label)..]);
        BinaryPrimitives.WriteUInt16BigEndian(target[8..], (ushort)label);
        BinaryPrimitives.WriteUInt16BigEndian(target[10..], (ushort)protocol);
        return HeaderLength + label + protocol;
    }
}

/// <summary>The low bits of the channel type.</summary>
internal enum DataReliability : byte
{
    Reliable = 0,
    LimitedRetransmissions = 1,
    LimitedLifetime = 2,
}

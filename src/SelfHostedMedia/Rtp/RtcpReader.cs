using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>Walks a compound RTCP packet (RFC 3550 §6.1), in the clear. Stops at the first part that does not fit.</summary>
internal ref struct RtcpReader(ReadOnlySpan<byte> compound)
{
    public const byte SenderReportType = 200;
    public const byte ReceiverReportType = 201;
    public const byte DescriptionType = 202;
    public const byte GoodbyeType = 203;
    public const byte TransportFeedbackType = 205;
    public const byte PayloadFeedbackType = 206;

    private ReadOnlySpan<byte> _rest = compound;

    public byte Type { get; private set; }

    /// <summary>Report count or feedback message type.</summary>
    public byte Count { get; private set; }

    /// <summary>The whole part with its header.</summary>
    public ReadOnlySpan<byte> Packet { get; private set; }

    public bool MoveNext()
    {
        if (_rest.Length < 4 || _rest[0] >> 6 != 2)
            return false;
        var length = (BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) + 1) * 4;
        if (length > _rest.Length)
            return false;
        Count = (byte)(_rest[0] & 0x1F);
        Type = _rest[1];
        Packet = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}

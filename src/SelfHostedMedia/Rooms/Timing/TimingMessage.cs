using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rooms.Timing;

internal enum TimingMessageType : byte
{
    /// <summary>Either side asks for the other's clock.</summary>
    Ping = 1,
    Pong = 2,

    /// <summary>To the server, for the others in the room.</summary>
    Message = 3,

    /// <summary>From the server: another's message with who sent it and when it came.</summary>
    Stamped = 4,
}

/// <summary>What goes over the channel <c>muse.timing</c> (docs/protocol.md §12): binary, numbers in network order, times in microseconds of
/// whoever's clock it is.</summary>
internal static class TimingMessage
{
    public const int PingLength = 9;
    public const int PongLength = 25;

    /// <summary>Type, kind, time of sending.</summary>
    public const int MessageHeader = 10;

    /// <summary>Type, kind, sender, time of sending, time of arrival here.</summary>
    public const int StampedHeader = 34;

    /// <summary>Of a peer's message, told in the answer's SDP: with its stamp it still fits one packet.</summary>
    public const int MaxMessage = 1_024;
    public const int MaxStamped = MaxMessage - MessageHeader + StampedHeader;

    public static int WritePing(Span<byte> target, long sentAt)
    {
        target[0] = (byte)TimingMessageType.Ping;
        BinaryPrimitives.WriteInt64BigEndian(target[1..], sentAt);
        return PingLength;
    }

    /// <param name="ping">Of <see cref="PingLength"/>; its time is only repeated, whatever it means.</param>
    /// <param name="receivedAt">By the clock of the one who answers.</param>
    public static int WritePong(Span<byte> target, ReadOnlySpan<byte> ping, long receivedAt, long sentAt)
    {
        target[0] = (byte)TimingMessageType.Pong;
        ping[1..PingLength].CopyTo(target[1..]);
        BinaryPrimitives.WriteInt64BigEndian(target[9..], receivedAt);
        BinaryPrimitives.WriteInt64BigEndian(target[17..], sentAt);
        return PongLength;
    }

    /// <returns>False when it is none.</returns>
    public static bool TryReadPong(ReadOnlySpan<byte> message, out long pingedAt, out long receivedAt, out long sentAt)
    {
        (pingedAt, receivedAt, sentAt) = (0, 0, 0);
        if (message.Length != PongLength || message[0] != (byte)TimingMessageType.Pong)
            return false;
        pingedAt = BinaryPrimitives.ReadInt64BigEndian(message[1..]);
        receivedAt = BinaryPrimitives.ReadInt64BigEndian(message[9..]);
        sentAt = BinaryPrimitives.ReadInt64BigEndian(message[17..]);
        return true;
    }

    public static bool IsMessage(ReadOnlySpan<byte> message) =>
        message.Length is >= MessageHeader and <= MaxMessage && message[0] == (byte)TimingMessageType.Message;

    /// <summary>As the others get it: kind, time of sending and content stay as they are.</summary>
    /// <param name="message">For which <see cref="IsMessage"/>.</param>
    /// <param name="target">At least <see cref="MaxStamped"/>.</param>
    public static int WriteStamped(Span<byte> target, ReadOnlySpan<byte> message, Guid sender, long receivedAt)
    {
        target[0] = (byte)TimingMessageType.Stamped;
        target[1] = message[1];
        // As it is written: RFC 9562 §4.
        sender.TryWriteBytes(target[2..], bigEndian: true, out _);
        message[2..MessageHeader].CopyTo(target[18..]);
        BinaryPrimitives.WriteInt64BigEndian(target[26..], receivedAt);
        message[MessageHeader..].CopyTo(target[StampedHeader..]);
        return message.Length - MessageHeader + StampedHeader;
    }
}

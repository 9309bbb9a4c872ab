using Muse.SelfHostedMedia.Dtls;
using Muse.SelfHostedMedia.Rooms.Watching;
using Muse.SelfHostedMedia.Sctp;

namespace Muse.SelfHostedMedia.Rooms.Timing;

/// <summary>A person's data channel for what must come in time or not at all: answers pings, pings by itself, and hands messages to the room.
/// Lives on the media thread with the subscribing connection.</summary>
/// <param name="transmit">Puts an SCTP packet into the connection's DTLS.</param>
internal sealed class TimingChannel(Participant participant, ReceivedMessage transmit) : ISctpUser, IDisposable
{
    public const string Label = "muse.timing";

    /// <summary>Messages and pings a second that one person may send.</summary>
    public const int SentPerSecond = 100;
    public const int SentAtOnce = 100;

    /// <summary>Messages a second that one person gets, whoever sends them.</summary>
    public const int ForwardedPerSecond = 500;
    public const int ForwardedAtOnce = 250;

    /// <summary>ms. The first few come soon after each other, so that there is a clock when it is needed; so few that a page's watchdog does not
    /// take them for a steady flow that breaks off (src/Web/src/room/media/watchdog.ts).</summary>
    private const long PingEvery = 2_000;
    private const long FirstPingsEvery = 200;
    private const int FirstPings = 4;

    private readonly MessageBudget _sending = new(SentPerSecond, SentAtOnce);
    private readonly MessageBudget _forwarded = new(ForwardedPerSecond, ForwardedAtOnce);
    private readonly ChannelRoundTrip _roundTrip = new();
    private SctpAssociation? _association;
    private int _stream = -1;
    private int _pings;
    private long _pingAt;
    private long _tooLong;
    private long _malformed;
    private long _received;
    private long _receivedBytes;
    private long _sent;
    private long _sentBytes;
    private long _dropped;

    public bool IsOpen => _stream >= 0;

    private MediaThread Thread => participant.Room.Thread;

    private Counters Counters => Thread.Counters;

    /// <summary>To the person and back, µs; −1 while unknown.</summary>
    public long RoundTrip => _roundTrip.Microseconds(Thread.Microseconds);

    /// <summary>What went through it so far.</summary>
    public DataLook Look => new(IsOpen, _received, _receivedBytes, _sent, _sentBytes, _dropped);

    /// <summary>The connection has its keys.</summary>
    public void Begin()
    {
        if (_association is not null)
            return;
        if (Counters.DataAssociations >= Thread.Options.MaxDataAssociations)
        {
            Counters.RefusedChannels++;
            return;
        }

        _association = new(this, transmit, TimingMessage.MaxMessage);
        Counters.DataAssociations++;
    }

    /// <param name="packet">What DTLS brought.</param>
    public void Receive(ReadOnlySpan<byte> packet)
    {
        if (_association is not { } association)
            return;
        association.Receive(packet);
        Count(association);
    }

    public void Tick(long now)
    {
        if (!IsOpen || now < _pingAt)
            return;
        // What the library's own timers have found out is told by asking.
        _association!.Poll();
        if (!IsOpen)
            return;
        _pingAt = now + (++_pings < FirstPings ? FirstPingsEvery : PingEvery);
        Span<byte> ping = stackalloc byte[TimingMessage.PingLength];
        TimingMessage.WritePing(ping, Thread.Microseconds);
        Send(ping);
    }

    /// <summary>Another's message. Dropped when this one does not acknowledge, or gets more than its share.</summary>
    public void Forward(ReadOnlySpan<byte> stamped)
    {
        if (!IsOpen)
            return;
        if (_forwarded.TrySpend(Thread.Now) && Send(stamped))
            Counters.ForwardedTimingMessages++;
        else
            Drop(ref Counters.TimingBacklog);
    }

    public void Up()
    {
    }

    public void Lost() => Dispose();

    public void StreamWasReset(ushort stream)
    {
        // Both directions of a data channel close together.
        _association?.Reset(stream);
        if (stream == _stream)
            Close();
    }

    public void Message(ushort stream, uint payloadProtocol, ReadOnlySpan<byte> message)
    {
        if (payloadProtocol == DataPayload.Control)
        {
            ReceiveControl(stream, message);
            return;
        }

        _received++;
        _receivedBytes += message.Length;
        Counters.DataReceived++;
        Counters.DataReceivedBytes += message.Length;
        if (stream != _stream || payloadProtocol != DataPayload.Binary || message.IsEmpty)
            Drop(ref Counters.TimingMalformed);
        else if (_sending.TrySpend(Thread.Now))
            Receive(message, Thread.Microseconds);
        else
            Drop(ref Counters.TimingFlood);
    }

    public void Dispose()
    {
        Close();
        if (_association is not { } association)
            return;
        _association = null;
        Count(association);
        association.Dispose();
        Counters.DataAssociations--;
    }

    private void Receive(ReadOnlySpan<byte> message, long arrivedAt)
    {
        if (message[0] == (byte)TimingMessageType.Ping && message.Length == TimingMessage.PingLength)
        {
            Span<byte> pong = stackalloc byte[TimingMessage.PongLength];
            TimingMessage.WritePong(pong, message, arrivedAt, Thread.Microseconds);
            Send(pong);
        }
        else if (TimingMessage.TryReadPong(message, out var pingedAt, out var receivedAt, out var sentAt))
        {
            if (!_roundTrip.Heard(pingedAt, unchecked(sentAt - receivedAt), arrivedAt))
                Drop(ref Counters.TimingMalformed);
        }
        else if (TimingMessage.IsMessage(message) && participant.Role != ParticipantRole.Listener)
        {
            Counters.TimingMessages++;
            Span<byte> stamped = stackalloc byte[TimingMessage.MaxStamped];
            participant.Room.Pass(participant, stamped[..TimingMessage.WriteStamped(stamped, message, participant.Id, arrivedAt)]);
        }
        else
        {
            Drop(ref Counters.TimingMalformed);
        }
    }

    private void ReceiveControl(ushort stream, ReadOnlySpan<byte> message)
    {
        if (DataChannelOpen.IsAcknowledgement(message))
            return;
        var isTiming = DataChannelOpen.TryRead(message, out var open)
            && open is { Label: Label, IsUnordered: true, Reliability: DataReliability.LimitedRetransmissions, Limit: 0 };
        if (!isTiming || (IsOpen && stream != _stream))
        {
            // RFC 8832 §6 knows no refusal but closing.
            _association?.Reset(stream);
            Counters.RefusedChannels++;
            return;
        }

        Span<byte> acknowledgement = stackalloc byte[1];
        DataChannelOpen.WriteAcknowledgement(acknowledgement);
        _association?.Send(stream, DataPayload.Control, acknowledgement, isUnordered: false, retransmissions: null);
        if (IsOpen)
            return;
        _stream = stream;
        Counters.DataChannels++;
        (_pings, _pingAt) = (0, 0);
    }

    private bool Send(ReadOnlySpan<byte> message)
    {
        if (_association?.Send((ushort)_stream, DataPayload.Binary, message, isUnordered: true, retransmissions: 0) is not true)
            return false;
        _sent++;
        _sentBytes += message.Length;
        Counters.DataSent++;
        Counters.DataSentBytes += message.Length;
        return true;
    }

    private void Drop(ref long reason)
    {
        reason++;
        _dropped++;
    }

    private void Close()
    {
        if (!IsOpen)
            return;
        _stream = -1;
        Counters.DataChannels--;
    }

    private void Count(SctpAssociation association)
    {
        Counters.TimingOversized += association.TooLong - _tooLong;
        Counters.TimingMalformed += association.Malformed - _malformed;
        _dropped += association.TooLong - _tooLong + association.Malformed - _malformed;
        (_tooLong, _malformed) = (association.TooLong, association.Malformed);
    }
}

using System.Buffers;
using System.Net.WebSockets;
using System.Threading.Channels;

namespace Muse.Api.Rooms;

/// <summary>Close codes of the signalling socket (docs/protocol.md §5); 4000–4999 are ours by RFC 6455 §7.4.2.</summary>
public enum CloseCode
{
    Done = 1000,
    GoingAway = 1001,
    UnsupportedData = 1003,
    TooLarge = 1009,
    Faulty = 4400,
    NotLetIn = 4401,
    RoomFull = 4403,
    MediaLost = 4404,
    NotAdmitted = 4406,
    TooLate = 4408,
    Replaced = 4409,
    RoomClosed = 4410,
    SlowReader = 4413,
    OtherProtocol = 4426,
    Flooding = 4429,
}

/// <summary>One WebSocket with everything that a stranger can make grow bounded: message size, rate, what waits to be sent.</summary>
public sealed class SignalSocket(WebSocket wire, TimeProvider time, SignallingCounts counts)
{
    /// <summary>Bytes; an offer to receive thirty people has about 300,000.</summary>
    public const int LargestMessage = 393_216;
    private const int UsualMessage = 8_192;
    public const int MostWaiting = 256;
    public const int MessagesPerSecond = 20;
    public const int Burst = 60;
    public const int MostFaults = 5;
    public const int MostFlooded = 60;
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(2);

    private readonly Channel<byte[]> _outgoing = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly CancellationTokenSource _closing = new();
    private double _allowance = Burst;
    private long _lastMessage = time.GetTimestamp();
    private int _faults;
    private int _flooded;
    private int _closeCode;
    private bool _ended;

    /// <summary>Set when this side decided to close; the socket's loop ends soon after.</summary>
    public CloseCode? Closed => _closeCode == 0 ? null : (CloseCode)_closeCode;

    /// <summary>Queues a message; a reader who leaves 256 waiting is let go.</summary>
    public void Send(ServerMessage message)
    {
        if (_outgoing.Writer.TryWrite(message.ToUtf8()) || Closed is not null) return;
        counts.Count(Dropped.SlowReader);
        Close(CloseCode.SlowReader);
    }

    /// <summary>Sends what waits, then closes. The first call decides the code.</summary>
    public void Close(CloseCode code)
    {
        if (Interlocked.CompareExchange(ref _closeCode, (int)code, 0) != 0) return;
        _outgoing.Writer.TryComplete();
    }

    public void Close(CloseCode code, string error, string detail)
    {
        Send(new ServerMessage.Error(error, detail));
        Close(code);
    }

    /// <summary>Answers a faulty message; the 5th closes.</summary>
    public void Fault(string code, string detail, Dropped reason, int? offer = null)
    {
        counts.Count(reason);
        Send(new ServerMessage.Error(code, detail, offer));
        if (++_faults >= MostFaults) Close(CloseCode.Faulty);
    }

    /// <summary>
    /// The next message, or null when the socket is at its end. After a close from this side it goes on reading and dropping for a
    /// moment: cancelling a read aborts the socket, and a reset would overtake the error that says why.
    /// </summary>
    public async Task<ReadOnlyMemory<byte>?> Receive(CancellationToken ct)
    {
        if (_ended) return null;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, _closing.Token);
        // Most sockets are silent most of the time: what they hold then is small.
        var buffer = ArrayPool<byte>.Shared.Rent(UsualMessage);
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    if (length == buffer.Length) buffer = Larger(buffer);
                    part = await wire.ReceiveAsync(buffer.AsMemory(length), stop.Token);
                    if (part.MessageType == WebSocketMessageType.Close)
                    {
                        _ended = true;
                        return null;
                    }
                    if (Closed is not null) continue;
                    length += part.Count;
                    if (part.MessageType == WebSocketMessageType.Binary) Refuse(Dropped.Malformed);
                    else if (length > LargestMessage) Refuse(Dropped.TooLarge);
                    if (Closed is not null) length = 0;
                }
                while (!part.EndOfMessage);
                if (Closed is null && IsAllowed()) return buffer.AsSpan(0, length).ToArray();
            }
        }
        catch (Exception over) when (over is WebSocketException or OperationCanceledException or IOException)
        {
            _ended = true;
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads and drops until the socket is at its end: for a stranger who has been told no.</summary>
    public async Task Drain(CancellationToken ct)
    {
        while (await Receive(ct) is not null)
        {
        }
    }

    /// <summary>Writes what is queued until the socket closes, then says goodbye. Runs beside the receiving loop.</summary>
    public async Task Write(CancellationToken ct)
    {
        try
        {
            await foreach (var message in _outgoing.Reader.ReadAllAsync(ct))
            {
                // A reader who takes nothing for so long would hold the goodbye back for ever.
                using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
                patience.CancelAfter(Closed is null ? TimeSpan.FromSeconds(20) : CloseWithin);
                await wire.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
            }
            if (wire.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                using var goodbye = new CancellationTokenSource(CloseWithin, time);
                await wire.CloseOutputAsync((WebSocketCloseStatus)(Closed ?? CloseCode.Done), null, goodbye.Token);
            }
        }
        catch (Exception over) when (over is WebSocketException or OperationCanceledException or IOException)
        {
            wire.Abort();
        }
        finally
        {
            _closing.CancelAfter(CloseWithin);
        }
    }

    // Beyond the largest message nothing is kept, so the growth ends there.
    private static byte[] Larger(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 4, LargestMessage + 1));
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private void Refuse(Dropped reason)
    {
        counts.Count(reason);
        if (reason == Dropped.TooLarge) Close(CloseCode.TooLarge, "message_too_large", "A message has at most 393,216 bytes.");
        else Close(CloseCode.UnsupportedData, "malformed_message", "Text frames only.");
    }

    private bool IsAllowed()
    {
        var now = time.GetTimestamp();
        _allowance = Math.Min(Burst, _allowance + time.GetElapsedTime(_lastMessage, now).TotalSeconds * MessagesPerSecond);
        _lastMessage = now;
        if (_allowance >= 1)
        {
            _allowance--;
            return true;
        }
        counts.Count(Dropped.Flood);
        if (++_flooded >= MostFlooded) Close(CloseCode.Flooding, "too_many_messages", "20 messages a second, 60 in a burst.");
        return false;
    }
}

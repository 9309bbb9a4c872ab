using Muse.SelfHostedMedia.Bandwidth;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

/// <summary>A sender that keeps to its estimate, a line with a queue, and a receiver that reports each 60 ms by the bytes of the real
/// messages; time goes in steps of a millisecond, chance has a fixed seed.</summary>
internal sealed class SimulatedLink
{
    private const int PacketBytes = 1_200;

    /// <summary>As <see cref="Muse.SelfHostedMedia.Rooms.Subscription.Pad"/> makes them: 255 bytes, header and tag.</summary>
    private const int PaddingBytes = 291;

    private readonly Random _random;
    private readonly PriorityQueue<(ushort Sequence, long Arrived), (long, long)> _onTheWay = new();
    private readonly Queue<(long At, byte[] Message)> _feedback = new();
    private readonly ArrivalLog _log = new();
    private readonly byte[] _target = new byte[ArrivalLog.MaxLength];
    private double _lineFreeAt;
    private long _order;
    private double _owed;
    private long _lastArrived;

    public SimulatedLink(long start = 2_500_000, long maximum = 4_000_000, int seed = 42)
    {
        Estimate = new(start, maximum) { RoundTrip = 80 };
        _random = new(seed);
    }

    public BandwidthEstimate Estimate { get; }

    /// <summary>Microseconds.</summary>
    public long Now { get; private set; } = 10_000_000;

    public double Seconds => (Now - 10_000_000) / 1e6;

    /// <summary>bit/s.</summary>
    public double LineRate { get; set; } = 100_000_000;

    /// <summary>Milliseconds one way.</summary>
    public int Delay { get; set; } = 40;

    public int QueueMilliseconds { get; set; } = 400;

    public double Loss { get; set; }

    /// <summary>Bytes of a packet of sound, each 20 ms.</summary>
    public int AudioBytes { get; set; } = 200;

    /// <summary>Milliseconds at most, added without reordering.</summary>
    public double Jitter { get; set; }

    /// <summary>bit/s of others on the same line.</summary>
    public double Competing { get; set; }

    /// <summary>What the pictures would take if they could; the sender sends the lesser of this and its estimate.</summary>
    public long Wanted { get; set; } = 2_500_000;

    /// <summary>Every so many seconds a key frame of six frames' size.</summary>
    public int KeyFrameEvery { get; set; } = 10;

    public bool Probes { get; set; } = true;

    /// <summary>Only sound goes out: the picture waits for the line.</summary>
    public bool IsPaused { get; set; }

    public bool Answers { get; set; } = true;

    public long SentBits { get; private set; }

    public long Overflowed { get; private set; }

    /// <summary>Milliseconds that the packet sent last waits in the queue.</summary>
    public double QueueNow => Math.Max(0, (_lineFreeAt - Now) / 1_000);

    public double WorstQueue { get; set; }

    public void Run(double seconds, Action? each100 = null)
    {
        for (var step = 0; step < seconds * 1_000; step++)
        {
            Now += 1_000;
            var milliseconds = Now / 1_000;
            if (Competing > 0)
                _lineFreeAt = Math.Max(_lineFreeAt, Now) + (Competing / 1_000 / LineRate * 1_000_000);
            if (milliseconds % 20 == 7)
                Send(AudioBytes, isKeyFrame: false);
            if (milliseconds % 33 == 0 && !IsPaused)
                SendFrame(milliseconds / 33 % (30 * KeyFrameEvery) == 0);
            if (milliseconds % 10 == 0)
            {
                for (var due = Estimate.Tick(Now, Wanted, Probes, IsPaused); due > 0; due -= PaddingBytes)
                    Send(PaddingBytes, isKeyFrame: false);
            }

            Receive();
            if (milliseconds % 60 == 0)
                Report();
            while (_feedback.TryPeek(out var message) && message.At <= Now)
                Estimate.Receive(15, _feedback.Dequeue().Message, Now);
            WorstQueue = Math.Max(WorstQueue, QueueNow);
            if (milliseconds % 100 == 0)
                each100?.Invoke();
        }
    }

    private void SendFrame(bool isKeyFrame)
    {
        var rate = Math.Max(50_000, Math.Min(Wanted, Estimate.Bitrate) - (AudioBytes * 8 * 50));
        // An encoder pays for its key frame with the frames after it.
        _owed = Math.Min(0, _owed) + (rate / 30.0 / 8);
        var bytes = isKeyFrame ? _owed * 6 : Math.Max(_owed, rate / 30.0 / 8 * 0.5);
        _owed -= bytes;
        for (; bytes > 0; bytes -= PacketBytes)
            Send((int)Math.Clamp(bytes, 100, PacketBytes), isKeyFrame);
    }

    private void Send(int bytes, bool isKeyFrame)
    {
        var sequence = Estimate.Sent(Now, bytes, isKeyFrame);
        SentBits += bytes * 8;
        if (Math.Max(0, _lineFreeAt - Now) > QueueMilliseconds * 1_000)
        {
            Overflowed++;
            return;
        }

        _lineFreeAt = Math.Max(_lineFreeAt, Now) + (bytes * 8 / LineRate * 1_000_000);
        if (_random.NextDouble() < Loss)
            return;
        var arrived = (long)_lineFreeAt + (Delay * 1_000) + (long)(_random.NextDouble() * Jitter * 1_000);
        arrived = Math.Max(arrived, _lastArrived);
        _lastArrived = arrived;
        _onTheWay.Enqueue((sequence, arrived), (arrived, _order++));
    }

    private void Receive()
    {
        while (_onTheWay.TryPeek(out var packet, out _) && packet.Arrived <= Now)
        {
            _onTheWay.Dequeue();
            // The receiver's clock is another one.
            _log.Arrived(packet.Sequence, packet.Arrived + 987_654_321);
        }
    }

    private void Report()
    {
        while (_log.HasNews)
        {
            var length = _log.Write(_target, 1, 2);
            if (Answers)
                _feedback.Enqueue((Now + (Delay * 1_000), _target[..length]));
        }
    }
}

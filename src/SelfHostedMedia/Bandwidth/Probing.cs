namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>Short bursts of padding that find out whether a line carries more than is being sent: an estimate that only follows what
/// arrives can never learn that (its ceiling is 1.5 × that), and switching a higher layer on to see would hurt. A burst lasts 60 ms, is
/// bounded, and is followed by at least half a second of rest, after one that showed nothing by eight.</summary>
internal sealed class Probing
{
    public const long MaxBitrate = 6_000_000;

    private const long Duration = 60_000;
    private const long Patience = 1_000_000;
    private const long RestAfterSuccess = 500_000;
    private const long FirstRest = 4_000_000;
    private const long LongestRest = 8_000_000;
    private const int MinPackets = 6;

    /// <summary>Of what was sent, 0–1; less means that the burst was too much.</summary>
    private const double MinArrived = 0.9;

    private long _begunAt = -1;
    private long _endedAt = -1;
    private long _restUntil;
    private long _rest = FirstRest;
    private long _target;
    private long _sentBytes;
    private long _firstBurst;
    private long _arrivedBytes;
    private long _firstArrivedAt;
    private long _lastArrivedAt;
    private int _arrived;
    private byte _id;

    /// <summary>What packets sent now are marked with; 0 outside of a burst.</summary>
    public byte Current => _begunAt >= 0 && _endedAt < 0 ? _id : (byte)0;

    public long Count { get; private set; }

    /// <param name="now">Microseconds.</param>
    /// <param name="isUrgent">Somebody waits for the result: a quarter of the rest must do.</param>
    public bool MayBegin(long now, bool isUrgent) =>
        _begunAt < 0 && now >= (isUrgent ? Math.Min(_restUntil, _endedAt + (_rest / 4)) : _restUntil);

    /// <param name="target">bit/s, everything sent counted.</param>
    public void Begin(long target, long now)
    {
        _target = Math.Min(target, MaxBitrate);
        (_begunAt, _endedAt) = (now, -1);
        (_sentBytes, _firstBurst, _arrivedBytes, _arrived) = (0, 0, 0, 0);
        (_firstArrivedAt, _lastArrivedAt) = (-1, -1);
        _id = _id == byte.MaxValue ? (byte)1 : (byte)(_id + 1);
        Count++;
    }

    /// <summary>Bytes of padding to send now, to keep the burst's pace beside what is sent anyway.</summary>
    public int Due(long now)
    {
        if (Current == 0)
            return 0;
        var elapsed = now - _begunAt;
        if (elapsed >= Duration)
        {
            _endedAt = now;
            return 0;
        }

        return (int)Math.Max(0, (_target * (elapsed + 10_000) / 8_000_000) - _sentBytes);
    }

    public void Sent(int bytes) => _sentBytes += bytes;

    public void Arrived(in SentPacket packet, long arrivedAt)
    {
        if (_begunAt < 0 || packet.Probe != _id)
            return;
        _arrived++;
        // Time begins with the end of the first burst, and so do the bytes: what leaves together says nothing about pace.
        if (packet.SentAt - _begunAt < 2_000)
        {
            _firstBurst += packet.Size;
            _firstArrivedAt = Math.Max(_firstArrivedAt, arrivedAt);
        }

        _arrivedBytes += packet.Size;
        _lastArrivedAt = Math.Max(_lastArrivedAt, arrivedAt);
    }

    /// <summary>Ends a burst whose packets are all heard of, or never will be.</summary>
    /// <returns>bit/s that got through; 0 while it is not known, and when it shows nothing.</returns>
    /// <param name="ownLoss">What the line loses whatever is sent, 0–1.</param>
    public long Result(long now, double ownLoss)
    {
        if (_begunAt < 0 || _endedAt < 0)
            return 0;
        var isWhole = _arrivedBytes >= _sentBytes;
        if (!isWhole && now - _endedAt < Patience)
            return 0;
        _begunAt = -1;
        var isSound = _arrived >= MinPackets && _firstArrivedAt > 0 && _arrivedBytes >= _sentBytes * (MinArrived - ownLoss)
            && _lastArrivedAt - _firstArrivedAt >= Duration / 3;
        var measured = isSound ? (_arrivedBytes - _firstBurst) * 8_000_000 / (_lastArrivedAt - _firstArrivedAt) : 0;
        var hasShown = measured >= _target * 8 / 10;
        _rest = hasShown ? FirstRest : Math.Min(LongestRest, _rest * 3 / 2);
        _restUntil = now + (hasShown ? RestAfterSuccess : _rest);
        return measured * 95 / 100;
    }
}

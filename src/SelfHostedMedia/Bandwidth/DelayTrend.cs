namespace Muse.SelfHostedMedia.Bandwidth;

internal enum LineUse
{
    Normal,

    /// <summary>A queue is growing: more is sent than the line carries.</summary>
    Over,

    /// <summary>A queue is draining.</summary>
    Under,
}

/// <summary>Whether packets take longer and longer (draft-ietf-rmcat-gcc-02 §5, with the least-squares trend in place of the Kalman filter):
/// groups of 5 ms of sending, a line fitted through the smoothed delay of the last 20, an adaptive threshold.</summary>
internal sealed class DelayTrend
{
    private const long GroupMicroseconds = 5_000;
    private const long MaxBurstMicroseconds = 100_000;
    private const long LostTouchMicroseconds = 3_000_000;
    private const int Window = 20;
    private const int MaxDeltas = 60;
    private const double Smoothing = 0.9;
    private const double Gain = 4;
    private const double ThresholdUp = 0.0087;
    private const double ThresholdDown = 0.039;

    /// <summary>6 in the draft: on an idle line it is reached within a second, and then one key frame is taken for congestion.</summary>
    private const double MinThreshold = 8;
    private const double MaxThreshold = 600;
    private const double MaxLeap = 15;
    private const double OverMilliseconds = 10;

    /// <summary>Over-use without a queue is jitter.</summary>
    private const long MinQueueMicroseconds = 12_000;
    private const long BaseMicroseconds = 5_000_000;

    private readonly double[] _times = new double[Window];
    private readonly double[] _delays = new double[Window];
    private Group _group;
    private Group _before;
    private bool _hasGroup;
    private bool _hasBefore;
    private int _deltas;
    private long _firstArrivedAt;
    private double _accumulated;
    private double _smoothed;
    private double _lastTrend;
    private double _overFor = -1;
    private int _overs;
    private double _thresholdAt = -1;
    private long _baseSince = -1;
    private long _base = long.MaxValue;
    private long _baseBefore = long.MaxValue;

    public LineUse Use { get; private set; }

    /// <summary>The slope of the delay, amplified; compared with <see cref="Threshold"/>.</summary>
    public double Trend { get; private set; }

    public double Threshold { get; private set; } = 12.5;

    /// <summary>Microseconds that packets take longer now than the quickest of the last 5 to 10 s.</summary>
    public long Queue { get; private set; }

    /// <param name="sentAt">Microseconds of our clock.</param>
    /// <param name="arrivedAt">Microseconds of the receiver's clock.</param>
    /// <param name="isKeyFrame">A key frame fills a queue of its own making: it is not measured, only what follows it.</param>
    public void Add(long sentAt, long arrivedAt, bool isKeyFrame)
    {
        if (!_hasGroup)
        {
            Begin(sentAt, arrivedAt, isKeyFrame);
            return;
        }

        if (sentAt < _group.FirstSentAt)
            return;
        if (Math.Abs(arrivedAt - _group.ArrivedAt) > LostTouchMicroseconds)
        {
            Forget();
            Begin(sentAt, arrivedAt, isKeyFrame);
            return;
        }

        if (BelongsToGroup(sentAt, arrivedAt))
        {
            _group.SentAt = Math.Max(_group.SentAt, sentAt);
            _group.ArrivedAt = Math.Max(_group.ArrivedAt, arrivedAt);
            _group.IsKeyFrame |= isKeyFrame;
            return;
        }

        End();
        Begin(sentAt, arrivedAt, isKeyFrame);
    }

    private void Begin(long sentAt, long arrivedAt, bool isKeyFrame)
    {
        _group = new() { FirstSentAt = sentAt, SentAt = sentAt, FirstArrivedAt = arrivedAt, ArrivedAt = arrivedAt, IsKeyFrame = isKeyFrame };
        _hasGroup = true;
    }

    private bool BelongsToGroup(long sentAt, long arrivedAt)
    {
        if (sentAt - _group.FirstSentAt <= GroupMicroseconds)
            return true;
        // What was held up somewhere and came at once is one observation.
        var arrival = arrivedAt - _group.ArrivedAt;
        return arrival <= GroupMicroseconds && arrival < sentAt - _group.SentAt && arrivedAt - _group.FirstArrivedAt < MaxBurstMicroseconds;
    }

    private void End()
    {
        Measure(_group);
        if (_hasBefore)
        {
            var sent = (_group.SentAt - _before.SentAt) / 1_000.0;
            var arrived = (_group.ArrivedAt - _before.ArrivedAt) / 1_000.0;
            if (arrived >= 0 && !_group.IsKeyFrame)
                Observe(arrived - sent, sent, _group.ArrivedAt);
        }

        (_before, _hasBefore) = (_group, true);
    }

    /// <summary>The base is the least of this five seconds and those before, so that a drifting clock or a new route is no queue for ever.</summary>
    private void Measure(in Group group)
    {
        var delay = group.ArrivedAt - group.SentAt;
        if (_baseSince < 0 || group.ArrivedAt - _baseSince > BaseMicroseconds)
        {
            (_baseBefore, _base, _baseSince) = (_base, delay, group.ArrivedAt);
        }

        _base = Math.Min(_base, delay);
        Queue = delay - Math.Min(_base, _baseBefore);
    }

    private void Observe(double delta, double sent, long arrivedAt)
    {
        if (_deltas == 0)
            _firstArrivedAt = arrivedAt;
        var now = (arrivedAt - _firstArrivedAt) / 1_000.0;
        _accumulated += delta;
        _smoothed = (Smoothing * _smoothed) + ((1 - Smoothing) * _accumulated);
        _times[_deltas % Window] = now;
        _delays[_deltas % Window] = _smoothed;
        _deltas++;
        if (_deltas >= Window)
            Detect(Math.Min(_deltas, MaxDeltas) * Slope() * Gain, sent, now);
    }

    private double Slope()
    {
        double times = 0, delays = 0;
        for (var i = 0; i < Window; i++)
        {
            times += _times[i];
            delays += _delays[i];
        }

        times /= Window;
        delays /= Window;
        double above = 0, below = 0;
        for (var i = 0; i < Window; i++)
        {
            above += (_times[i] - times) * (_delays[i] - delays);
            below += (_times[i] - times) * (_times[i] - times);
        }

        return below == 0 ? 0 : above / below;
    }

    private void Detect(double trend, double sent, double now)
    {
        Trend = trend;
        if (trend > Threshold)
        {
            _overFor = _overFor < 0 ? sent / 2 : _overFor + sent;
            _overs++;
            if (_overFor > OverMilliseconds && _overs > 1 && trend >= _lastTrend && Queue > MinQueueMicroseconds)
            {
                (_overFor, _overs) = (0, 0);
                Use = LineUse.Over;
            }
        }
        else
        {
            (_overFor, _overs) = (-1, 0);
            Use = trend < -Threshold ? LineUse.Under : LineUse.Normal;
        }

        _lastTrend = trend;
        Adapt(Math.Abs(trend), now);
    }

    private void Adapt(double trend, double now)
    {
        if (_thresholdAt < 0)
            _thresholdAt = now;
        if (trend <= Threshold + MaxLeap)
        {
            var speed = trend < Threshold ? ThresholdDown : ThresholdUp;
            Threshold += speed * (trend - Threshold) * Math.Min(now - _thresholdAt, 100);
            Threshold = Math.Clamp(Threshold, MinThreshold, MaxThreshold);
        }

        _thresholdAt = now;
    }

    private void Forget()
    {
        (_hasBefore, _deltas, _accumulated, _smoothed) = (false, 0, 0, 0);
        (_baseSince, _base, _baseBefore, Queue) = (-1, long.MaxValue, long.MaxValue, 0);
        (_overFor, _overs, _lastTrend, Trend, _thresholdAt) = (-1, 0, 0, 0, -1);
        Use = LineUse.Normal;
    }

    private struct Group
    {
        public long FirstSentAt;
        public long SentAt;
        public long FirstArrivedAt;
        public long ArrivedAt;
        public bool IsKeyFrame;
    }
}

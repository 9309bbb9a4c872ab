namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>What one subscriber's line carries, from its transport-wide feedback: the least of what delay and what loss allow, raised by
/// probes. All packets of the connection count, sound too: they share the line. No allocation per packet.</summary>
internal sealed class BandwidthEstimate
{
    /// <summary>Statuses read per millisecond on average: a peer that reports more than it can have been sent makes work, not sense.</summary>
    private const int StatusesPerMillisecond = 51;
    private const int MaxStatuses = 2 * SendHistory.MaxCapacity;
    private const long SilenceMicroseconds = 1_500_000;
    private const long QuietAfterDecrease = 3_000;
    private const long QuietWhileUrgent = 1_000;
    private const long MaxQueueForProbe = 30_000;
    private const double MaxLossForProbe = 0.05;

    /// <summary>A second of sound at 20 ms, twice; who lacks more has its loss told by receiver reports.</summary>
    private const int MaxLost = 100;

    private readonly SentSound[] _lost = new SentSound[MaxLost];
    private readonly SendHistory _history = new();
    private readonly AcknowledgedRate _acknowledged = new();
    private readonly DelayTrend _trend = new();
    private readonly LossLimit _loss = new();
    private readonly Probing _probing = new();
    private readonly RateControl _rate;
    private readonly long _maximum;
    private int _statuses = MaxStatuses;
    private long _statusesAt;
    private long _reference = -1;
    private long _heardAt = -1;
    private long _shrunkAt = -1;
    private int _lostCount;

    /// <param name="start">bit/s believed until feedback says otherwise.</param>
    /// <param name="maximum">bit/s above which nothing is of use.</param>
    public BandwidthEstimate(long start, long maximum)
    {
        _maximum = maximum;
        _rate = new(start, maximum);
    }

    /// <summary>bit/s.</summary>
    public long Bitrate => Math.Max(RateControl.Minimum, Math.Min(_rate.Bitrate, _loss.Limit));

    /// <summary>bit/s that arrive; −1 when unknown.</summary>
    public long Acknowledged => _acknowledged.BitsPerSecond;

    public LineUse Use => _trend.Use;

    /// <summary>Microseconds that packets wait on the line.</summary>
    public long Queue => _trend.Queue;

    /// <summary>Of the last second, 0–1.</summary>
    public double Loss => _loss.Loss;

    /// <summary>What the line loses whatever is sent, 0–1; not counted against it.</summary>
    public double OwnLoss => _loss.Own;

    /// <summary>Less is believed for a moment, to see whether that makes the line lose less.</summary>
    public bool IsTrying => _loss.IsTrying && _loss.Limit < _rate.Bitrate;

    /// <summary>Milliseconds; from receiver reports, a guess before the first.</summary>
    public long RoundTrip { get; set; } = 100;

    /// <summary>Feedback has come at all: without it the estimate is a hope.</summary>
    public bool IsMeasured => _heardAt >= 0;

    /// <summary>Feedback came and no longer does: the line is gone, or there is nothing on it to report.</summary>
    /// <param name="now">µs.</param>
    public bool IsSilent(long now) => IsMeasured && now - _heardAt >= SilenceMicroseconds;

    public long Probes => _probing.Count;

    /// <summary>A burst is under way, whose padding is due every 10 ms.</summary>
    public bool IsProbing => _probing.Current != 0;

    /// <summary>Messages that did not read, or were too many.</summary>
    public long RefusedMessages { get; private set; }

    /// <summary>Sounds that the last message said are missing; the first <see cref="MaxLost"/> of them.</summary>
    public ReadOnlySpan<SentSound> Lost => _lost.AsSpan(0, _lostCount);

    public int HistoryCapacity => _history.Capacity;

    /// <param name="now">Microseconds.</param>
    /// <param name="sound">Is told by <see cref="Lost"/> when it is.</param>
    /// <returns>The packet's transport-wide sequence number.</returns>
    public ushort Sent(long now, int bytes, bool isKeyFrame, SentSound sound = default)
    {
        var probe = _probing.Current;
        if (probe != 0)
            _probing.Sent(bytes);
        return (ushort)_history.Add(now, bytes, isKeyFrame, probe, sound);
    }

    /// <param name="part">An RTCP part of type 205.</param>
    /// <param name="now">Microseconds.</param>
    public void Receive(byte format, ReadOnlySpan<byte> part, long now)
    {
        _lostCount = 0;
        if (now - _statusesAt >= 1_000)
        {
            _statuses = (int)Math.Min(MaxStatuses, _statuses + ((now - _statusesAt) / 1_000 * StatusesPerMillisecond));
            _statusesAt = now;
        }

        if (!TransportFeedbackReader.TryRead(format, part, _reference, out var feedback) || feedback.Count > _statuses)
        {
            RefusedMessages++;
            return;
        }

        _statuses -= feedback.Count;
        _reference = Math.Max(_reference, feedback.Reference);
        _heardAt = now;
        while (feedback.MoveNext())
        {
            var index = _history.Find(feedback.Sequence);
            if (index >= 0)
                Settle(ref _history[index], feedback);
        }

        _acknowledged.Update();
        var milliseconds = now / 1_000;
        _rate.Update(_trend.Use, _acknowledged.BitsPerSecond, RoundTrip, milliseconds);
        _loss.Update(_acknowledged.BitsPerSecond, milliseconds);
        TakeProbe(now);
    }

    /// <summary>Every 100 ms, and every 10 ms while <see cref="IsProbing"/>.</summary>
    /// <param name="now">Microseconds.</param>
    /// <param name="wanted">bit/s that would be sent if the line carried it; a burst begins when that is worth one.</param>
    /// <param name="mayProbe">There is a stream that padding may travel on.</param>
    /// <param name="isUrgent">A picture is paused: on its own the sound shows too little for the estimate to grow fast, and nobody is disturbed by a
    /// burst sooner than usual but the sound, which is not being lost.</param>
    /// <returns>Bytes of padding to send now.</returns>
    public int Tick(long now, long wanted, bool mayProbe, bool isUrgent = false)
    {
        ShrinkInSilence(now);
        TakeProbe(now);
        if (mayProbe && wanted > Bitrate && _probing.MayBegin(now, isUrgent) && IsCalm(now, isUrgent ? QuietWhileUrgent : QuietAfterDecrease))
            _probing.Begin(Math.Min(_maximum, Math.Min(wanted * 13 / 10, (Bitrate * 2) + 200_000)), now);
        return _probing.Due(now);
    }

    private void Settle(ref SentPacket packet, in TransportFeedbackReader feedback)
    {
        if (!feedback.IsReceived)
        {
            if (packet.Fate != PacketFate.Unknown)
                return;
            _history.Settle(ref packet, PacketFate.Missing);
            _loss.Count(packet.Size, isMissing: true);
            if (packet.Sound.Ssrc != 0 && _lostCount < MaxLost)
                _lost[_lostCount++] = packet.Sound;
            return;
        }

        if (packet.Fate == PacketFate.Arrived)
            return;
        var isLate = packet.Fate == PacketFate.Missing;
        _history.Settle(ref packet, PacketFate.Arrived);
        _acknowledged.Add(feedback.ArrivedAt, packet.Size);
        _probing.Arrived(packet, feedback.ArrivedAt);
        if (isLate)
        {
            // Reordered, or sent again under its first number: how long it took says nothing.
            _loss.TakeBack();
            return;
        }

        _loss.Count(packet.Size, isMissing: false);
        _trend.Add(packet.SentAt, feedback.ArrivedAt, packet.IsKeyFrame || packet.Probe != 0);
    }

    private void TakeProbe(long now)
    {
        var result = _probing.Result(now, OwnLoss);
        if (result == 0 || _loss.Excess > MaxLossForProbe)
            return;
        _rate.Raise(result);
        _loss.Raise(result);
    }

    /// <param name="quiet">ms since the last decrease.</param>
    private bool IsCalm(long now, long quiet) =>
        IsMeasured && now - _heardAt < 500_000 && _trend.Use == LineUse.Normal && _trend.Queue < MaxQueueForProbe
        && _loss.Excess < MaxLossForProbe && (now / 1_000) - _rate.DecreasedAt > quiet;

    /// <summary>One that sent feedback and no longer does: its line may be gone, and must not be flooded when it is back.</summary>
    private void ShrinkInSilence(long now)
    {
        if (!IsSilent(now) || _history.BytesUnknown == 0 || now - _shrunkAt < 1_000_000)
            return;
        _shrunkAt = now;
        _rate.Shrink(0.8, now / 1_000);
    }
}

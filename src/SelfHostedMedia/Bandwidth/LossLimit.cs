namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>What loss says about a line's rate (draft-ietf-rmcat-gcc-02 §6), with two bounds the draft lacks. It never goes under 0.85 of what
/// is being delivered: the plain rule has driven an estimate to 119 kbit/s on a line that delivered 780. And a loss that stays when less
/// is sent is the line's own (a radio, not a queue): it is found out by the first decrease, which is taken back, and does not count from
/// then on.</summary>
internal sealed class LossLimit
{
    private const double TooMuch = 0.10;
    private const double Heavy = 0.20;
    private const double Little = 0.02;
    private const double Floor = 0.85;
    private const double GrowthPerSecond = 1.08;
    private const long WindowMilliseconds = 1_000;
    private const int MinPackets = 20;
    private const int MaxTrialWindows = 4;

    private int _packets;
    private int _missing;
    private long _bytes;
    private long _since = -1;
    private double _own;
    private int _trial;
    private double _lossBefore;
    private double _sentBefore;
    private double _limitBefore = double.PositiveInfinity;
    private double _limit = double.PositiveInfinity;

    /// <summary>bit/s; <see cref="long.MaxValue"/> when loss says nothing.</summary>
    public long Limit => _limit >= long.MaxValue ? long.MaxValue : (long)_limit;

    /// <summary>Of the last whole second, 0–1.</summary>
    public double Loss { get; private set; }

    /// <summary>Over and above what is believed to be the line's own, 0–1.</summary>
    public double Excess => Math.Max(0, Loss - (_own * 1.25));

    public void Count(int bytes, bool isMissing)
    {
        _packets++;
        _bytes += bytes;
        if (isMissing)
            _missing++;
    }

    /// <summary>One that was counted missing has arrived late.</summary>
    public void TakeBack() => _missing--;

    /// <summary>Does its work once a second.</summary>
    /// <param name="acknowledged">bit/s delivered, −1 when unknown.</param>
    /// <param name="now">Milliseconds.</param>
    public void Update(long acknowledged, long now)
    {
        if (_since < 0)
            _since = now;
        var elapsed = now - _since;
        if (elapsed < WindowMilliseconds || _packets < MinPackets)
            return;
        Loss = Math.Clamp((double)_missing / _packets, 0, 1);
        var sent = _bytes * 8_000.0 / elapsed;
        (_packets, _missing, _bytes, _since) = (0, 0, 0, now);
        if (_trial > 0)
            Judge(sent);
        if (Loss < _own)
            _own += (Loss - _own) * 0.2;
        if (_trial == 0)
            Decide(sent, acknowledged, elapsed / 1_000.0);
    }

    /// <summary>A probe has shown that this much gets through.</summary>
    public void Raise(long bitrate)
    {
        if (_limit < bitrate)
            _limit = bitrate;
    }

    /// <summary>The window in which the decrease happens says nothing; the first after it in which less was sent does.</summary>
    private void Judge(double sent)
    {
        _trial++;
        if (_trial == 2)
            return;
        var obeyed = sent < _sentBefore * 0.97;
        if (!obeyed && _trial <= MaxTrialWindows)
            return;
        _trial = 0;
        if (!obeyed || Loss < _lossBefore * 0.8)
            return;
        _own = Math.Max(_own, Loss);
        _limit = _limitBefore;
    }

    private void Decide(double sent, long acknowledged, double seconds)
    {
        if (Excess > TooMuch && acknowledged > 0)
        {
            var lowered = Excess > Heavy
                ? acknowledged * 0.9
                : Math.Max(acknowledged * Floor, Math.Min(_limit, sent) * (1 - (0.5 * Loss)));
            (_limitBefore, _lossBefore, _sentBefore, _trial) = (_limit, Loss, sent, 1);
            _limit = Math.Max(RateControl.Minimum, Math.Min(_limit, lowered));
        }
        else if (Excess >= Little)
        {
            // Held; what stays for long is the line's own, or the limit would never be left.
            _own += (Loss - _own) * 0.1;
        }
        else if (!double.IsPositiveInfinity(_limit))
        {
            _limit *= Math.Pow(GrowthPerSecond, seconds);
            if (_limit > 100_000_000)
                _limit = double.PositiveInfinity;
        }
    }
}

namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>What loss says about a line's rate (draft-ietf-rmcat-gcc-02 §6), with two bounds the draft lacks. It never goes under 0.85 of what
/// is being delivered: the plain rule has driven an estimate to 119 kbit/s on a line that delivered 780. And a loss that does not follow
/// what is sent is the line's own (a radio, not a queue): each decrease is a trial of that, goes far enough to tell, and is taken back when
/// it shows so; that loss does not count from then on.</summary>
internal sealed class LossLimit
{
    private const double TooMuch = 0.10;

    /// <summary>0–1. What a full line would lose and what one loses by itself must differ by this before a trial says which it is: a second of a
    /// small picture is a hundred packets.</summary>
    private const double Telling = 0.05;
    private const double Little = 0.02;

    /// <summary>Of what is delivered: a full line empties then, and loses nothing more.</summary>
    private const double Decrease = 0.9;
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
    private bool _isPressed;
    private double _limitBefore = double.PositiveInfinity;
    private double _limit = double.PositiveInfinity;

    /// <summary>bit/s; <see cref="long.MaxValue"/> when loss says nothing.</summary>
    public long Limit => _limit >= long.MaxValue ? long.MaxValue : (long)_limit;

    /// <summary>Of the last whole second, 0–1.</summary>
    public double Loss { get; private set; }

    /// <summary>What the line is believed to lose by itself, whatever is sent, with what chance adds to it, 0–1.</summary>
    public double Own => _own * 1.25;

    /// <summary>Over and above what is believed to be the line's own, 0–1.</summary>
    public double Excess => Math.Max(0, Loss - Own);

    /// <summary>A decrease is on trial, and no trial before it has failed for want of obedience: it is not known yet whether the line is full,
    /// so nothing should be given up for it that cannot be had back at once.</summary>
    public bool IsTrying => _trial > 0 && !_isPressed;

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

    /// <summary>The window in which the decrease happens says nothing. After it either less is sent, and a full line would lose next to nothing;
    /// or more (sound has been given redundancy meanwhile), and a full line would lose all of that. What is seen is nearer to that, or to
    /// the loss before.</summary>
    private void Judge(double sent)
    {
        _trial++;
        if (_trial == 2)
            return;
        var ofFullLine = Math.Max(0, 1 - (_sentBefore * (1 - _lossBefore) / sent));
        var isTold = Math.Abs(ofFullLine - _lossBefore) >= Telling;
        if (!isTold && _trial <= MaxTrialWindows)
            return;
        _trial = 0;
        _isPressed = !isTold;
        if (!isTold || Math.Abs(Loss - ofFullLine) < Math.Abs(Loss - _lossBefore))
            return;
        _own = Math.Max(_own, Loss);
        _limit = _limitBefore;
    }

    private void Decide(double sent, long acknowledged, double seconds)
    {
        if (Excess > TooMuch && acknowledged > 0)
        {
            (_limitBefore, _lossBefore, _sentBefore, _trial) = (_limit, Loss, sent, 1);
            _limit = Math.Max(RateControl.Minimum, Math.Min(_limit, acknowledged * Decrease));
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

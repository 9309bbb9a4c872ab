namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>What a line is believed to carry, by the delay of its packets: additive or multiplicative increase, multiplicative decrease
/// (draft-ietf-rmcat-gcc-02 §5.5).</summary>
internal sealed class RateControl(long start, long maximum)
{
    /// <summary>bit/s under which no line is believed to be: sound needs that much.</summary>
    public const long Minimum = 100_000;

    private const double Decrease = 0.85;
    private const double IncreasePerSecond = 0.08;
    private const long MinGap = 200;

    private long _capacity = -1;
    private long _decreasedAt = long.MinValue / 2;
    private long _updatedAt = -1;
    private double _bitrate = Math.Clamp(start, Minimum, maximum);

    public long Bitrate => (long)_bitrate;

    /// <summary>Milliseconds; far in the past before the first.</summary>
    public long DecreasedAt => _decreasedAt;

    /// <param name="acknowledged">bit/s that arrive, −1 when unknown.</param>
    /// <param name="roundTrip">Milliseconds.</param>
    /// <param name="now">Milliseconds.</param>
    public void Update(LineUse use, long acknowledged, long roundTrip, long now)
    {
        var elapsed = _updatedAt < 0 ? 0 : Math.Min(now - _updatedAt, 1_000);
        _updatedAt = now;
        if (use == LineUse.Over)
        {
            // What was sent before the last decrease took effect must not count twice.
            if (acknowledged > 0 && now - _decreasedAt >= Math.Max(MinGap, roundTrip + 100))
                Lower(acknowledged, now);
            return;
        }

        if (use == LineUse.Normal && now - _decreasedAt > MinGap && acknowledged > 0)
            Grow(acknowledged, roundTrip, elapsed / 1_000.0);
    }

    /// <summary>A probe has shown that this much gets through.</summary>
    public void Raise(long bitrate)
    {
        if (bitrate <= _bitrate)
            return;
        _bitrate = Math.Min(bitrate, maximum);
        if (_bitrate > _capacity * 1.2)
            _capacity = -1;
    }

    /// <summary>Nobody answers any more.</summary>
    public void Shrink(double factor, long now)
    {
        _bitrate = Math.Max(Minimum, _bitrate * factor);
        _decreasedAt = now;
    }

    private void Lower(long acknowledged, long now)
    {
        _bitrate = Math.Clamp(acknowledged * Decrease, Minimum, _bitrate);
        _capacity = _capacity > 0 && Math.Abs(acknowledged - _capacity) < _capacity / 4 ? (_capacity + acknowledged) / 2 : acknowledged;
        _decreasedAt = now;
    }

    private void Grow(long acknowledged, long roundTrip, double seconds)
    {
        // One whose traffic proves nothing more does not grow on hope; to know more, probe.
        var ceiling = Math.Min(maximum, (1.5 * acknowledged) + 100_000);
        if (_bitrate >= ceiling)
            return;
        if (acknowledged > _capacity * 1.2)
            _capacity = -1;
        // Near where the line was full the last time: one packet per response time, to meet the end softly.
        var step = _capacity > 0 && _bitrate < _capacity * 1.1
            ? 1_200 * 8 / ((roundTrip + 100) / 1_000.0) * seconds
            : _bitrate * IncreasePerSecond * seconds;
        _bitrate = Math.Min(ceiling, _bitrate + step);
    }
}

namespace Muse.SelfHostedMedia.Recording;

internal enum TimeStep
{
    Ahead,

    /// <summary>Not later than the newest, by less than a second: nobody records pictures out of the order of time.</summary>
    Back,

    /// <summary>A new stretch.</summary>
    Jump,
}

/// <summary>Makes 32-bit RTP timestamps a clock of 64 bit that never goes back: raw as long as the sender's clock goes on; after a jump or a new
/// SSRC it continues by the time that passed here.</summary>
/// <param name="rate">Hz</param>
internal sealed class RtpTimeline(int rate)
{
    /// <summary>How much further than time went here a clock may go at once, in seconds: packets held up on the way come at once.</summary>
    private const long Tolerance = 10;

    private uint _timestamp;
    private long _arrival;
    private bool _isRunning;
    private bool _isStarted;

    /// <summary>The newest time, extended.</summary>
    public long Newest { get; private set; }

    /// <param name="arrival">ms</param>
    /// <param name="time">The timestamp, extended; the newest one if it goes back.</param>
    public TimeStep Follow(uint timestamp, long arrival, out long time)
    {
        var step = TimeStep.Ahead;
        if (!_isRunning)
        {
            step = TimeStep.Jump;
            Newest = _isStarted ? Newest + Passed(arrival) : timestamp;
        }
        else
        {
            var difference = (int)(timestamp - _timestamp);
            if (difference <= 0 && difference > -rate)
            {
                time = Newest;
                return TimeStep.Back;
            }

            if (difference < 0 || difference > Passed(arrival) + (Tolerance * rate))
            {
                step = TimeStep.Jump;
                Newest += Passed(arrival);
            }
            else
            {
                Newest += difference;
            }
        }

        (_isRunning, _isStarted) = (true, true);
        _timestamp = timestamp;
        _arrival = arrival;
        time = Newest;
        return step;
    }

    /// <summary>The extended time nearest to the newest: for the timestamp of a sender report.</summary>
    /// <returns>False while no packet told what the clock shows.</returns>
    public bool TryNear(uint timestamp, out long time)
    {
        time = Newest + (int)(timestamp - _timestamp);
        return _isRunning;
    }

    /// <summary>Another SSRC: its timestamps have nothing to do with the former ones.</summary>
    public void Restart() => _isRunning = false;

    private long Passed(long arrival) => Math.Max(1, (arrival - _arrival) * rate / 1_000);
}

namespace Muse.Fragments.Clock;

/// <summary>A person's computer against the server: one for all of its tracks, so that whatever is wrong with it is the same for sound and picture.
/// Where the sender's clock is set (it jumps), its time is continued by ours.</summary>
public sealed class SenderClock
{
    /// <summary>A report that is late by less than this, µs, is only late.</summary>
    private const long Jump = 1_000_000;

    /// <summary>Reports that agree within this, µs, after a jump are believed: those of a network that stood still all come at once, and do
    /// not.</summary>
    private const long Agreement = 200_000;
    private const int Witnesses = 3;

    private readonly RobustLine _line = new();
    private double _ahead;
    private long _shift;
    private long _doubtful;
    private int _witnesses;
    private double _newest = double.MinValue;

    /// <summary>Times that the sender's clock was set.</summary>
    public int Jumps { get; private set; }

    /// <param name="ntp">Of a sender report.</param>
    /// <param name="arrival">ms since 1970 by a clock of the server that is never set while it records.</param>
    /// <param name="steady">The sender's time without its jumps, µs.</param>
    /// <returns>False when the report is not to be believed.</returns>
    public bool Take(ulong ntp, long arrival, out long steady)
    {
        var time = ClockPiece.FromNtp(ntp);
        var ahead = time - (arrival * 1_000);
        steady = 0;
        if (_line.Count == 0)
        {
            _ahead = ahead;
        }
        else if (Math.Abs(ahead - _ahead) >= Jump)
        {
            _witnesses = _witnesses > 0 && Math.Abs(ahead - _doubtful) < Agreement ? _witnesses + 1 : 1;
            _doubtful = ahead;
            if (_witnesses < Witnesses)
                return false;
            _shift += (long)(ahead - _ahead);
            _ahead = ahead;
            Jumps++;
        }

        _witnesses = 0;
        // Follows the drift, which adds up to a second in an hour.
        _ahead += (ahead - _ahead) / 16;
        steady = time - _shift;
        if (steady >= _newest)
        {
            _newest = steady;
            _line.Add(steady, arrival * 1_000d);
        }

        return true;
    }

    /// <summary>Steady µs of the sender to µs since 1970 of the server. Empty before the first report.</summary>
    public IReadOnlyList<ClockPiece> Pieces() =>
        [.. _line.Fit().Select(knot => new ClockPiece((long)knot.X, (long)(knot.X + knot.Excess), (long)(knot.Drift * 1e9), ClockSource.Sender))];
}

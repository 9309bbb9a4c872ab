namespace Muse.Fragments.Clock;

/// <summary>Where the RTP times of one track are in time, learned while it is recorded: a robust line through all sender reports, never any single
/// one. Raw times stay in the media; this goes into the index. Not for several threads.</summary>
/// <param name="rate">Ticks a second of the track.</param>
/// <param name="lookAhead">Ticks that a decoder gives out late and a player does not know of: Opus, see <see cref="OpusLookAhead"/>.</param>
/// <param name="sender">Of the person whose track it is.</param>
public sealed class ClockMapping(int rate, int lookAhead, SenderClock sender)
{
    /// <summary>Samples at 48 kHz (RFC 6716 §4.3.7: 6.5 ms of look-ahead; measured against pictures as 6.5 ms, docs/decisions/0039).</summary>
    public const int OpusLookAhead = 312;

    /// <summary>A report that far from the others, µs, begins a new piece when two more agree: where a computer is too busy to take up all of its
    /// sound, the sound's clock falls behind, and from 60 ms on it is seen.</summary>
    private const long Jump = 60_000;
    private const long Agreement = 20_000;

    /// <summary>Of the time between two reports that agree: a sound that goes on falling behind is believed as well.</summary>
    private const double FallsBehind = 0.02;
    private const int Witnesses = 3;

    private readonly List<Stretch> _stretches = [];
    private readonly List<(double X, long Steady, long Rtp)> _doubtful = [];
    private double _excess;
    private int _duration;

    public long Reports { get; private set; }

    /// <summary>The first packet, or one after which the track's clock is another one.</summary>
    public void BeginStretch(long rtp)
    {
        _stretches.Add(new() { From = rtp });
        _doubtful.Clear();
    }

    /// <summary>A packet came; all may be told, the fastest of each second counts.</summary>
    /// <param name="arrival">ms since 1970 by a clock of the server that is never set while it records.</param>
    /// <param name="duration">Of sound, in ticks: it can be sent, and browsers name it in their reports, only when its end has been heard
    /// (docs/decisions/0039). 0 for a picture, whose time is that of its taking.</param>
    public void Packet(long rtp, long arrival, int duration = 0)
    {
        _duration = duration;
        if (_stretches.Count == 0)
            BeginStretch(rtp);
        var stretch = _stretches[^1];
        var late = (arrival * 1_000) - Micros(rtp + duration);
        if (stretch.FastestRtp is not { } fastest)
        {
            (stretch.FastestRtp, stretch.Late) = (rtp, late);
        }
        else if (rtp - fastest >= rate)
        {
            stretch.Arrivals.Add(Micros(fastest), Micros(fastest) + stretch.Late);
            (stretch.FastestRtp, stretch.Late) = (rtp, late);
        }
        else if (late < stretch.Late)
        {
            stretch.Late = late;
        }
    }

    /// <summary>A sender report.</summary>
    /// <param name="rtp">Its RTP time, extended.</param>
    /// <param name="arrival">ms since 1970 by a clock of the server that is never set while it records.</param>
    public void Report(long rtp, ulong ntp, long arrival)
    {
        if (!sender.Take(ntp, arrival, out var steady))
            return;
        if (_stretches.Count == 0)
            BeginStretch(rtp);
        Reports++;
        var x = Micros(rtp + _duration);
        var excess = steady - x;
        var stretch = _stretches[^1];
        if (stretch.Reports.Count > 0 && Math.Abs(excess - _excess) >= Jump)
        {
            if (_doubtful.Count > 0
                && Math.Abs(_doubtful[^1].Steady - _doubtful[^1].X - excess) >= Agreement + (FallsBehind * (x - _doubtful[^1].X)))
            {
                _doubtful.Clear();
            }

            _doubtful.Add((x, steady, rtp));
            if (_doubtful.Count == Witnesses)
                BelieveTheDoubtful(stretch);
            return;
        }

        _doubtful.Clear();
        // Follows what a clock's drift is, and not what its sound falls behind.
        _excess = stretch.Reports.Count == 0 ? excess : _excess + ((excess - _excess) / 8);
        stretch.Reports.Add(x, steady);
    }

    /// <summary>What is known now. Before the first report by arrival; each later look is better for all that lies behind, too.</summary>
    public TrackTimes Times()
    {
        var pieces = new List<ClockPiece>();
        foreach (var stretch in _stretches)
        {
            var isTold = stretch.Reports.Count > 0;
            var knots = isTold ? stretch.Reports.Fit() : stretch.ArrivalsSoFar(Micros);
            for (var i = 0; i < knots.Count; i++)
            {
                var knot = knots[i];
                var piece = new ClockPiece(
                    (long)(knot.X * rate / 1e6), 0, (long)(knot.Drift * 1e9), isTold ? ClockSource.Sender : ClockSource.Arrival);
                // What stands at a tick is heard earlier than the line says.
                piece = piece with { At = (long)(knot.Excess + Micros(piece.From - lookAhead) + (knot.Drift * (Micros(piece.From) - knot.X))) };
                pieces.Add(i > 0 ? piece : piece with { From = stretch.From, At = (long)piece.Map(stretch.From, rate) });
            }
        }

        return new(rate, pieces, sender.Pieces());
    }

    private void BelieveTheDoubtful(Stretch stretch)
    {
        // One wrong report at the very beginning is no piece of its own.
        if (stretch.Reports.Count < Witnesses)
            stretch.Reports = new();
        else
            _stretches.Add(stretch = new() { From = _doubtful[0].Rtp });
        foreach (var (x, steady, _) in _doubtful)
            stretch.Reports.Add(x, steady);
        _excess = _doubtful[^1].Steady - _doubtful[^1].X;
        _doubtful.Clear();
    }

    private double Micros(long rtp) => rtp * 1e6 / rate;

    private sealed class Stretch
    {
        public required long From { get; init; }

        public RobustLine Reports { get; set; } = new();

        public RobustLine Arrivals { get; } = new();

        public long? FastestRtp { get; set; }

        public double Late { get; set; }

        public IReadOnlyList<LineKnot> ArrivalsSoFar(Func<long, double> micros) =>
            Arrivals.Count > 0 || FastestRtp is not { } rtp ? Arrivals.Fit() : [new(micros(rtp), Late, 0)];
    }
}

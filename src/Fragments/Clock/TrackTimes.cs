using Muse.Fragments.Index;

namespace Muse.Fragments.Clock;

/// <summary>A track's mapping as it stands in its index: RTP time to the sender's, the sender's to the server's. The whole of it is written again
/// whenever it is known better; the last whole set holds.</summary>
/// <param name="Rate">Ticks a second.</param>
/// <param name="Track">Ticks to steady µs of the sender or, where no report came, µs since 1970 of the server.</param>
/// <param name="Sender">Steady µs of the sender to µs since 1970 of the server; the same for all tracks of a person.</param>
public sealed record TrackTimes(int Rate, IReadOnlyList<ClockPiece> Track, IReadOnlyList<ClockPiece> Sender)
{
    /// <summary><c>clock set place count from at drift sender|arrival</c>, of the track.</summary>
    public const string TrackKind = "clock";

    /// <summary><c>sender set place count from at drift sender</c>, of the person.</summary>
    public const string SenderKind = "sender";

    /// <summary>No piece: nothing is known, not even when a packet came.</summary>
    public bool IsEmpty => Track.Count == 0;

    /// <summary>When it was, µs since 1970 by the server's clock.</summary>
    public double At(long rtp)
    {
        if (Track.Count == 0)
            throw new InvalidOperationException("nothing is known of this track's clock");
        var piece = ClockPiece.Find(Track, rtp);
        var time = piece.Map(rtp, Rate);
        return piece.Source == ClockSource.Arrival || Sender.Count == 0 ? time : ClockPiece.Find(Sender, time).Map(time, 1_000_000);
    }

    /// <param name="set">A number of its own each time it is written.</param>
    public IReadOnlyList<IndexLine> ToLines(int set)
    {
        var count = Track.Count + Sender.Count;
        return
        [
            .. Track.Select((piece, i) => piece.ToLine(TrackKind, set, i, count)),
            .. Sender.Select((piece, i) => piece.ToLine(SenderKind, set, Track.Count + i, count)),
        ];
    }

    /// <param name="rate">Ticks a second of the track.</param>
    /// <returns>The last set of which every line is there; null without one.</returns>
    public static TrackTimes? From(IEnumerable<IndexLine> lines, int rate)
    {
        TrackTimes? last = null;
        var (set, next) = (-1L, 0L);
        var (track, sender) = (new List<ClockPiece>(), new List<ClockPiece>());
        foreach (var line in lines)
        {
            if (line.Kind is not (TrackKind or SenderKind) || !ClockPiece.TryRead(line, out var piece) || !line.TryNumber(0, out var ofSet)
                || !line.TryNumber(1, out var place) || !line.TryNumber(2, out var count))
                continue;
            if (place == 0)
                (set, next, track, sender) = (ofSet, 0, [], []);
            if (ofSet != set || place != next)
                continue;
            next++;
            (line.Kind == TrackKind ? track : sender).Add(piece);
            if (next == count && track.Count > 0)
                last = new(rate, track, sender);
        }

        return last;
    }
}

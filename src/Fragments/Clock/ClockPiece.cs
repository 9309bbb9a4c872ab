using Muse.Fragments.Index;

namespace Muse.Fragments.Clock;

/// <summary>What a stretch of a track's time is told by.</summary>
public enum ClockSource
{
    /// <summary>Sender reports: it is the sender's time, which all of the sender's tracks have in common.</summary>
    Sender,

    /// <summary>No report came: it is the server's time, late by however long the packets were under way.</summary>
    Arrival,
}

/// <summary>A straight piece of a mapping from one clock to another.</summary>
/// <param name="From">Where it begins, in ticks of the first clock. The first piece of a mapping reaches back without end.</param>
/// <param name="At">What the second clock says there, µs.</param>
/// <param name="DriftPpb">How much faster than it should the second clock goes, seen from the first: parts per billion.</param>
public readonly record struct ClockPiece(long From, long At, long DriftPpb, ClockSource Source)
{
    /// <param name="rate">Of the first clock, ticks a second.</param>
    public double Map(double ticks, int rate) => At + ((ticks - From) * 1e6 / rate * (1 + (DriftPpb / 1e9)));

    /// <returns>The piece in whose reach a time is.</returns>
    internal static ClockPiece Find(IReadOnlyList<ClockPiece> pieces, double ticks)
    {
        var found = pieces[0];
        for (var i = 1; i < pieces.Count && pieces[i].From <= ticks; i++)
            found = pieces[i];
        return found;
    }

    /// <summary>µs since 1900 as sender reports tell them (RFC 3550 §4: seconds and 32 bits of fraction).</summary>
    public static long FromNtp(ulong ntp) => ((long)(ntp >> 32) * 1_000_000) + (long)(((ntp & 0xFFFF_FFFF) * 1_000_000) >> 32);

    internal IndexLine ToLine(string kind, int set, int place, int count) =>
        IndexLine.Of(kind, set, place, count, From, At, DriftPpb, Source == ClockSource.Sender ? "sender" : "arrival");

    internal static bool TryRead(IndexLine line, out ClockPiece piece)
    {
        piece = default;
        if (line.Fields.Count < 7 || line.Fields[6] is not ("sender" or "arrival") || !line.TryNumber(3, out var from)
            || !line.TryNumber(4, out var at) || !line.TryNumber(5, out var drift))
            return false;
        piece = new(from, at, drift, line.Fields[6] == "sender" ? ClockSource.Sender : ClockSource.Arrival);
        return true;
    }
}

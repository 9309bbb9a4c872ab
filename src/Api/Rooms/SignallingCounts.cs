using System.Diagnostics.Metrics;
using Muse.Api.Rooms.Quality;

namespace Muse.Api.Rooms;

/// <summary>Why something on the signalling socket was dropped or refused.</summary>
public enum Dropped
{
    Malformed,
    UnknownType,
    TooLarge,
    Flood,
    Candidate,
    SlowReader,
    TooLate,
    Ticket,
    Origin,
    Address,
    Unjoined,
    Sockets,
}

/// <summary>Counts what was dropped, by reason, for the health page; with that, and with how long people take to come in, the meter
/// <c>Muse.Rooms</c>.</summary>
public sealed class SignallingCounts
{
    private static readonly string[] Names = [.. Enum.GetNames<Dropped>().Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    public const string Meter = "Muse.Rooms";

    private readonly long[] _counts = new long[Names.Length];
    private readonly Counter<long> _dropped;
    private readonly Histogram<double> _join;

    public SignallingCounts(IMeterFactory meters)
    {
        var meter = meters.Create(Meter);
        _dropped = meter.CreateCounter<long>("muse.rooms.signalling.dropped", "{message}", "Signalling that was dropped, by reason.");
        _join = meter.CreateHistogram("muse.rooms.join.time", "s", "How long coming in takes, by step.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 5, 10, 30] });
    }

    public long this[Dropped reason] => Interlocked.Read(ref _counts[(int)reason]);

    public void Count(Dropped reason)
    {
        Interlocked.Increment(ref _counts[(int)reason]);
        _dropped.Add(1, new KeyValuePair<string, object?>("reason", Names[(int)reason]));
    }

    /// <summary>Somebody came in.</summary>
    public void Entered(JoinTimes times)
    {
        foreach (var (step, milliseconds) in new[]
        {
            ("ticket", times.Ticket), ("socket", times.Socket), ("offer", times.Offer), ("signalling", times.Signalling), ("ice", times.Ice),
            ("dtls", times.Dtls), ("key_frame", times.KeyFrame), ("show", times.Show), ("total", times.Total),
        })
        {
            if (milliseconds is { } known) _join.Record(known / 1_000.0, new KeyValuePair<string, object?>("step", step));
        }
    }

    /// <summary>Reason → count since the start, only those that happened.</summary>
    public IReadOnlyDictionary<string, long> Sums => Enum.GetValues<Dropped>()
        .Where(reason => this[reason] > 0)
        .ToDictionary(reason => Names[(int)reason], reason => this[reason]);
}

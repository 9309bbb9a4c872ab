using System.Diagnostics.Metrics;

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

/// <summary>Counts what was dropped, by reason: for the meter <c>Muse.Rooms</c> and for the health page.</summary>
public sealed class SignallingCounts
{
    private static readonly string[] Names = [.. Enum.GetNames<Dropped>().Select(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName)];

    private readonly long[] _counts = new long[Names.Length];
    private readonly Counter<long> _dropped;

    public SignallingCounts(IMeterFactory meters)
    {
        _dropped = meters.Create("Muse.Rooms").CreateCounter<long>("muse.rooms.signalling.dropped");
    }

    public long this[Dropped reason] => Interlocked.Read(ref _counts[(int)reason]);

    public void Count(Dropped reason)
    {
        Interlocked.Increment(ref _counts[(int)reason]);
        _dropped.Add(1, new KeyValuePair<string, object?>("reason", Names[(int)reason]));
    }

    /// <summary>Reason → count since the start, only those that happened.</summary>
    public IReadOnlyDictionary<string, long> Sums => Enum.GetValues<Dropped>()
        .Where(reason => this[reason] > 0)
        .ToDictionary(reason => Names[(int)reason], reason => this[reason]);
}

namespace Muse.Fragments.Index;

/// <summary>A stretch of the track's time whose media did not come, told by whoever knew why. Nothing is invented for it: of pictures the one before
/// may stand over it (its duration reaches to the next one, up to the limit of the writer); sound that is missing is left
/// out of the parts, and a player or the finaliser decides what stands in.</summary>
/// <param name="Time">Its first tick, on the same line as the parts' times.</param>
/// <param name="Duration">Ticks, at least 0 (a frame that was lost between two that are there covers no time of its own).</param>
/// <param name="Reason">A word of lower-case letters and dashes: <c>lost</c>, <c>silent</c>, <c>paused</c>, <c>clock</c>.</param>
public sealed record GapEntry(long Time, long Duration, string Reason)
{
    /// <summary><c>gap time duration reason</c></summary>
    public const string Kind = "gap";

    /// <summary>The first tick after it.</summary>
    public long End => Time + Duration;

    public IndexLine ToLine() => IndexLine.Of(Kind, Time, Duration, Reason);

    /// <returns>Null for another kind of line and for one that no gap can have.</returns>
    public static GapEntry? From(IndexLine line) =>
        line.Kind == Kind && line.Fields.Count >= 3 && line.TryNumber(0, out var time) && line.TryNumber(1, out var duration)
        && time >= 0 && duration >= 0 && time <= long.MaxValue - duration
            ? new GapEntry(time, duration, line.Fields[2])
            : null;
}

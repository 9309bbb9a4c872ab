using Muse.Fragments.Index;

namespace Muse.Fragments.Clock;

/// <summary>What is missing of a track, put together.</summary>
/// <param name="Entries">In the order of time, none touching another.</param>
public sealed record Gaps(IReadOnlyList<GapEntry> Entries)
{
    /// <summary>The reason of a hole between parts of which no line tells: the process was killed, or parts were.</summary>
    public const string Untold = "untold";

    /// <summary>The reason of an entry that is made of several with different ones.</summary>
    public const string Several = "several";

    /// <summary>Ticks.</summary>
    public long Sum => Entries.Sum(each => each.Duration);

    /// <summary>Joins what overlaps or touches.</summary>
    public static Gaps Merge(IEnumerable<GapEntry> gaps)
    {
        var merged = new List<GapEntry>();
        foreach (var gap in gaps.OrderBy(each => each.Time).ThenBy(each => each.End))
        {
            if (merged.Count == 0 || gap.Time > merged[^1].End)
            {
                merged.Add(gap);
                continue;
            }

            var last = merged[^1];
            merged[^1] = new(
                last.Time, Math.Max(last.End, gap.End) - last.Time, last.Reason == gap.Reason ? gap.Reason : Several);
        }

        return new(merged);
    }

    /// <summary>Told ones, and holes between parts that nobody told of.</summary>
    /// <param name="tolerance">Ticks between two parts that are no hole.</param>
    public static Gaps Of(TrackRecording track, long tolerance = 0)
    {
        var told = Merge(track.Gaps).Entries;
        var untold = new List<GapEntry>();
        for (var i = 1; i < track.Parts.Count; i++)
        {
            var (from, to) = (track.Parts[i - 1].End, track.Parts[i].Time);
            if (to - from <= tolerance)
                continue;
            foreach (var gap in told)
            {
                if (gap.End <= from || gap.Time >= to)
                    continue;
                if (gap.Time - from > tolerance)
                    untold.Add(new(from, gap.Time - from, Untold));
                from = Math.Max(from, gap.End);
            }

            if (to - from > tolerance)
                untold.Add(new(from, to - from, Untold));
        }

        return Merge(told.Concat(untold));
    }
}

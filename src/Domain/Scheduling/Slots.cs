using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>Time that is taken, half-open.</summary>
public readonly record struct BusyTime(Instant Start, Instant End);

/// <summary>A question for free slots, already checked.</summary>
public sealed record SlotQuery
{
    public required OpeningHours Hours { get; init; }
    public required DateTimeZone ViewerZone { get; init; }
    /// <summary>Inclusive, the viewer's calendar.</summary>
    public required LocalDate FromDate { get; init; }
    /// <summary>Inclusive, the viewer's calendar; at most 92 days with <see cref="FromDate"/>.</summary>
    public required LocalDate ToDate { get; init; }
    /// <summary>Elapsed, 1–1440.</summary>
    public required int DurationMinutes { get; init; }
    /// <summary>Elapsed, 1–1440.</summary>
    public required int StepMinutes { get; init; }
    /// <summary>In any order, may overlap.</summary>
    public IReadOnlyList<BusyTime> Busy { get; init; } = [];
    /// <summary>Times that are taken for the viewer; the buffers, which are the tutor's, do not apply to them.</summary>
    public IReadOnlyList<BusyTime> ViewerBusy { get; init; } = [];
    public int BufferBeforeMinutes { get; init; }
    public int BufferAfterMinutes { get; init; }
    /// <summary>No slot starts before; null = no lower bound.</summary>
    public Instant? NotBefore { get; init; }
    /// <summary>No slot starts after; null = no upper bound.</summary>
    public Instant? NotAfter { get; init; }
    /// <summary>The list ends with this many.</summary>
    public int Most { get; init; } = int.MaxValue;
}

/// <summary>One free slot. Whole seconds, so that a long list stays small; the properties give NodaTime's types.</summary>
/// <param name="StartSeconds">Unix seconds.</param>
/// <param name="TutorOffsetSeconds">How far the tutor's clock is ahead of UTC at the start.</param>
/// <param name="ViewerOffsetSeconds">How far the viewer's clock is ahead of UTC at the start.</param>
public readonly record struct Slot(long StartSeconds, int DurationSeconds, int TutorOffsetSeconds, int ViewerOffsetSeconds)
{
    public Instant Start => Instant.FromUnixTimeSeconds(StartSeconds);
    public Instant End => Instant.FromUnixTimeSeconds(StartSeconds + DurationSeconds);
    public OffsetDateTime TutorLocal => Start.WithOffset(Offset.FromSeconds(TutorOffsetSeconds));
    public OffsetDateTime ViewerLocal => Start.WithOffset(Offset.FromSeconds(ViewerOffsetSeconds));
}

/// <summary>Free slots by the rules of docs/scheduling.md: windows merged as instants, stepped in elapsed time, busy time removed.</summary>
public static class Slots
{
    /// <summary>The longest question, in days of the viewer's calendar, both ends counted.</summary>
    public const int MostDays = 92;

    /// <summary>The free slots, earliest first.</summary>
    public static List<Slot> Compute(SlotQuery query)
    {
        var from = LocalTimes.ResolveLenient(query.ViewerZone, query.FromDate.AtMidnight()).Instant.ToUnixTimeSeconds();
        var to = LocalTimes.ResolveLenient(query.ViewerZone, query.ToDate.PlusDays(1).AtMidnight()).Instant.ToUnixTimeSeconds();
        if (query.NotBefore is { } notBefore)
            from = Math.Max(from, Ceiling(notBefore));
        if (query.NotAfter is { } notAfter)
            to = Math.Min(to, notAfter.ToUnixTimeSeconds() + 1);
        if (from >= to)
            return [];

        var slots = new List<Slot>((int)Math.Clamp((to - from) / (query.StepMinutes * 60L) / 3, 0, Math.Min(1024, query.Most)));
        var windows = OpenWindows.Between(query.Hours, from, to);
        var busy = Merged(query);
        long duration = query.DurationMinutes * 60, step = query.StepMinutes * 60;
        var viewer = new ZoneClock(query.ViewerZone);
        var tutor = new ZoneClock(query.Hours.Zone);
        int nextBusy = 0, window = 0;
        while (windows.NextMerged(out var open, out var close))
        {
            if (close <= from)
                continue;
            if (open >= to)
                break;
            var start = open >= from ? open : open + ((from - open + step - 1) / step * step);
            for (; start + duration <= close && start < to; start += step)
            {
                while (nextBusy < busy.Length && busy[nextBusy].End <= start)
                    nextBusy++;
                if (nextBusy < busy.Length && busy[nextBusy].Start < start + duration)
                    continue;
                if (query.Hours.Travels && windows.ZoneAt(start, ref window) is var zone && zone != tutor.Zone)
                    tutor = new ZoneClock(zone);
                slots.Add(new(start, (int)duration, tutor.OffsetAt(start), viewer.OffsetAt(start)));
                if (slots.Count >= query.Most)
                    return slots;
            }
        }
        return slots;
    }

    /// <summary>Whether the whole of [start, end) lies inside the tutor's opening hours (merged windows; busy time is not asked).</summary>
    public static bool IsOpen(OpeningHours hours, Instant start, Instant end)
    {
        long from = start.ToUnixTimeSeconds(), to = Ceiling(end);
        var windows = OpenWindows.Between(hours, from, to);
        while (windows.NextMerged(out var open, out var close))
            if (open <= from && to <= close)
                return true;
        return false;
    }

    /// <summary>The tutor's opening hours between two instants, merged and cut to them.</summary>
    public static List<Interval> OpenBetween(OpeningHours hours, Instant from, Instant to)
    {
        var intervals = new List<Interval>();
        long lower = from.ToUnixTimeSeconds(), upper = to.ToUnixTimeSeconds();
        var windows = OpenWindows.Between(hours, lower, upper);
        while (windows.NextMerged(out var open, out var close))
            if (Math.Max(open, lower) is var start && Math.Min(close, upper) is var end && start < end)
                intervals.Add(new(Instant.FromUnixTimeSeconds(start), Instant.FromUnixTimeSeconds(end)));
        return intervals;
    }

    /// <summary>Whether two half-open stretches share any time; touching ones do not.</summary>
    public static bool Overlap(Instant startA, Instant endA, Instant startB, Instant endB) => startA < endB && startB < endA;

    // A slot widened by its buffers meets a busy time exactly when the bare slot meets the busy time widened the other way round.
    private static ReadOnlySpan<(long Start, long End)> Merged(SlotQuery query)
    {
        IReadOnlyList<BusyTime> busy = query.Busy, theirs = query.ViewerBusy;
        if (busy.Count + theirs.Count == 0)
            return [];
        long before = query.BufferBeforeMinutes * 60, after = query.BufferAfterMinutes * 60;
        long[] starts = new long[busy.Count + theirs.Count], ends = new long[starts.Length];
        for (var i = 0; i < busy.Count; i++)
            (starts[i], ends[i]) = (busy[i].Start.ToUnixTimeSeconds() - after, Ceiling(busy[i].End) + before);
        for (var i = 0; i < theirs.Count; i++)
            (starts[busy.Count + i], ends[busy.Count + i]) = (theirs[i].Start.ToUnixTimeSeconds(), Ceiling(theirs[i].End));
        Array.Sort(starts, ends);
        var merged = new (long Start, long End)[starts.Length];
        var count = 0;
        for (var i = 0; i < starts.Length; i++)
            if (count > 0 && starts[i] <= merged[count - 1].End)
                merged[count - 1].End = Math.Max(merged[count - 1].End, ends[i]);
            else
                merged[count++] = (starts[i], ends[i]);
        return merged.AsSpan(0, count);
    }

    // Slots lie on whole seconds, so a bound within a second is a bound at its end.
    private static long Ceiling(Instant instant)
    {
        var seconds = instant.ToUnixTimeSeconds();
        return Instant.FromUnixTimeSeconds(seconds) < instant ? seconds + 1 : seconds;
    }
}

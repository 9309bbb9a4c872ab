using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>A stretch in which the tutor is open, in Unix seconds, half-open.</summary>
internal readonly record struct OpenWindow(long Start, long End, DateTimeZone Zone);

/// <summary>
/// Opening hours laid out on the time line for a range of instants. Windows are kept apart (each with the zone it was read in), sorted by
/// start; <see cref="NextMerged"/> walks them merged.
/// </summary>
internal sealed class OpenWindows
{
    private const int Day = 86_400;

    // A window starts on its date at up to 23:59, may end late on the next date, may lie 12 h later in UTC and be shifted 24 h by a gap.
    private const int DaysBefore = 4, DaysAfter = 2;

    // A Monday at the tutor's midnight; any would do.
    private static readonly LocalDate Always = new(2020, 1, 6);

    private OpenWindow[] _windows = new OpenWindow[32];
    private int _count, _next;

    private OpenWindows() { }

    /// <summary>
    /// All windows that touch [from, to), and before them as far back as needed so that a merged window that reaches into the range begins at
    /// its true start. Hours without any break for 400 days have no start: there the row of slots is laid as if it had begun on <see cref="Always"/>,
    /// so that two questions get the same row.
    /// </summary>
    public static OpenWindows Between(OpeningHours hours, long from, long to)
    {
        var first = Date(from).PlusDays(-DaysBefore);
        var last = Date(to).PlusDays(DaysAfter);
        var laid = new OpenWindows();
        laid.LayOut(hours, first, last);
        if (!laid.MayBeginBefore(first, from))
            return laid;
        foreach (var back in (ReadOnlySpan<int>)[14, 60, 400])
        {
            first = Date(from).PlusDays(-back);
            laid.LayOut(hours, first, last);
            if (!laid.MayBeginBefore(first, from))
                return laid;
        }
        laid.LayOut(hours, Date(from).PlusDays(-14), last);
        var always = new ZoneClock(hours.Zone).Resolve(DaysSinceEpoch(Always) * Day);
        if (always < laid._windows[0].Start)
            laid._windows[0] = laid._windows[0] with { Start = always };
        return laid;
    }

    /// <summary>The next merged window, or false at the end.</summary>
    public bool NextMerged(out long start, out long end)
    {
        if (_next >= _count)
        {
            start = end = 0;
            return false;
        }
        start = _windows[_next].Start;
        end = _windows[_next].End;
        for (_next++; _next < _count && _windows[_next].Start <= end; _next++)
            end = Math.Max(end, _windows[_next].End);
        return true;
    }

    /// <summary>
    /// The zone of a window that is open at this instant, of several the one that opened last. Ask in rising order, with the same
    /// <paramref name="cursor"/>, for instants inside a merged window only.
    /// </summary>
    public DateTimeZone ZoneAt(long instant, ref int cursor)
    {
        while (cursor + 1 < _count && _windows[cursor + 1].Start <= instant)
            cursor++;
        // The one that opened last may be over while an earlier, longer one goes on.
        var open = cursor;
        while (_windows[open].End <= instant)
            open--;
        return _windows[open].Zone;
    }

    private void LayOut(OpeningHours hours, LocalDate first, LocalDate last)
    {
        _count = _next = 0;
        var sorted = true;
        var previous = long.MinValue;
        var home = new ZoneClock(hours.Zone);
        var away = home;
        var midnight = DaysSinceEpoch(first) * Day;
        var isoDay = (int)first.DayOfWeek;
        for (var date = first; date <= last; date = date.PlusDays(1), midnight += Day, isoDay = (isoDay % 7) + 1)
        {
            var windows = hours.On(date, isoDay);
            if (windows.IsEmpty)
                continue;
            ref var clock = ref home;
            if (hours.Travels && hours.ZoneOn(date) is var there && there != hours.Zone)
            {
                if (away.Zone != there)
                    away = new ZoneClock(there);
                clock = ref away;
            }
            foreach (var window in windows)
            {
                var start = clock.Resolve(midnight + (window.StartMinute * 60));
                var end = clock.Resolve(midnight + (window.EndMinute * 60));
                if (start >= end)
                    continue;
                if (_count == _windows.Length)
                    Array.Resize(ref _windows, _count * 2);
                _windows[_count++] = new(start, end, clock.Zone);
                sorted &= start >= previous;
                previous = start;
            }
        }
        if (!sorted)
            Array.Sort(_windows, 0, _count, Comparer<OpenWindow>.Create((a, b) => a.Start.CompareTo(b.Start)));
    }

    // Could a window of a date before the first one touch the merged window that reaches to `from`?
    private bool MayBeginBefore(LocalDate first, long from)
    {
        var reach = ((DaysSinceEpoch(first) + 1) * Day) + (36 * 3600);
        _next = 0;
        var may = false;
        while (NextMerged(out var start, out var end) && start < from)
            may = end >= from && start <= reach;
        _next = 0;
        return may;
    }

    private static LocalDate Date(long unixSeconds) => Instant.FromUnixTimeSeconds(unixSeconds).InUtc().Date;

    // Not (date - epoch).Days, which is the days component of a period in years, months and days.
    private static long DaysSinceEpoch(LocalDate date) => Period.DaysBetween(new LocalDate(1970, 1, 1), date);
}

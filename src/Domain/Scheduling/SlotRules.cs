using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>Checks what a person or a program asks of the calendar; every bound has its own code.</summary>
public static class SlotRules
{
    /// <summary>Minutes: a lesson, a step or a buffer is at most a day, notice at most a year.</summary>
    public const int LongestMinutes = 1440, LongestNoticeMinutes = 525_600;

    /// <summary>Busy times in one question.</summary>
    public const int MostBusy = 5000;

    /// <summary>Slots in one answer; more is refused, so that a minute's step over a season cannot fill the memory.</summary>
    public const int MostSlots = 30_000;

    /// <summary>
    /// Refusals beside those of <see cref="OpeningHours.Read"/>: <c>invalid_duration</c>, <c>invalid_step</c>, <c>invalid_buffer</c>,
    /// <c>invalid_notice</c>, <c>invalid_date_range</c>, <c>date_range_too_long</c>, <c>invalid_instant</c>, <c>invalid_busy</c>.
    /// </summary>
    public static Answer<SlotQuery> Read(SlotWish wish)
    {
        if (OpeningHours.Read(wish.TutorZone, wish.Weekly, wish.Overrides, wish.Travel, "/tutorZone").Or(out var hours) is { } wrongHours)
            return wrongHours;
        if (Zones.Find(wish.ViewerZone, "/viewerZone").Or(out var viewer) is { } unknown)
            return unknown;
        if (ReadRange(wish.FromDate, wish.ToDate).Or(out var range) is { } wrongRange)
            return wrongRange;
        var step = wish.StepMinutes ?? wish.DurationMinutes;
        if ((Duration(wish.DurationMinutes) ?? Step(step)
            ?? Buffer(wish.BufferBeforeMinutes ?? 0, "/bufferBeforeMinutes") ?? Buffer(wish.BufferAfterMinutes ?? 0, "/bufferAfterMinutes")
            ?? Notice(wish.MinimumNoticeMinutes ?? 0)) is { } outOfBounds)
            return outOfBounds;
        Instant? notBefore = null;
        if (wish.Now is not null)
        {
            if (TimeText.ReadInstant(wish.Now, "/now").Or(out var now) is { } wrongNow)
                return wrongNow;
            notBefore = now + NodaTime.Duration.FromMinutes(wish.MinimumNoticeMinutes ?? 0);
        }
        if (ReadBusy(wish.Busy ?? []).Or(out var busy) is { } wrongBusy)
            return wrongBusy;
        return new SlotQuery
        {
            Hours = hours,
            ViewerZone = viewer,
            FromDate = range.From,
            ToDate = range.To,
            DurationMinutes = wish.DurationMinutes,
            StepMinutes = step,
            Busy = busy,
            BufferBeforeMinutes = wish.BufferBeforeMinutes ?? 0,
            BufferAfterMinutes = wish.BufferAfterMinutes ?? 0,
            NotBefore = notBefore,
        };
    }

    /// <summary>Inclusive calendar dates, at most <see cref="Slots.MostDays"/> of them.</summary>
    public static Answer<(LocalDate From, LocalDate To)> ReadRange(string? fromDate, string? toDate)
    {
        if (TimeText.ReadDate(fromDate, "/fromDate").Or(out var from) is { } wrongFrom)
            return wrongFrom;
        if (TimeText.ReadDate(toDate, "/toDate").Or(out var to) is { } wrongTo)
            return wrongTo;
        if (from > to)
            return Refusal.Invalid("invalid_date_range", "fromDate lies after toDate.", "/toDate");
        return Period.DaysBetween(from, to) + 1 <= Slots.MostDays
            ? (from, to)
            : Refusal.Invalid("date_range_too_long", $"One question spans at most {Slots.MostDays} days.", "/toDate");
    }

    public static Refusal? Duration(int minutes, string pointer = "/durationMinutes") => minutes is >= 1 and <= LongestMinutes
        ? null
        : Refusal.Invalid("invalid_duration", $"A lesson lasts 1 to {LongestMinutes} minutes.", pointer);

    public static Refusal? Step(int minutes, string pointer = "/stepMinutes") => minutes is >= 1 and <= LongestMinutes
        ? null
        : Refusal.Invalid("invalid_step", $"Slots begin every 1 to {LongestMinutes} minutes.", pointer);

    public static Refusal? Buffer(int minutes, string pointer) => minutes is >= 0 and <= LongestMinutes
        ? null
        : Refusal.Invalid("invalid_buffer", $"A buffer is 0 to {LongestMinutes} minutes.", pointer);

    public static Refusal? Notice(int minutes, string pointer = "/minimumNoticeMinutes") => minutes is >= 0 and <= LongestNoticeMinutes
        ? null
        : Refusal.Invalid("invalid_notice", $"Notice is 0 to {LongestNoticeMinutes} minutes.", pointer);

    public static Refusal TooManySlots() =>
        Refusal.Invalid("too_many_slots", $"The answer would hold more than {MostSlots} slots; ask for fewer days or a longer step.", "/stepMinutes");

    private static Answer<BusyTime[]> ReadBusy(IReadOnlyList<BusyText> busy)
    {
        if (busy.Count > MostBusy)
            return Refusal.Invalid("too_many", $"At most {MostBusy} busy times.", "/busy");
        var read = new BusyTime[busy.Count];
        for (var i = 0; i < read.Length; i++)
        {
            if (TimeText.ReadInstant(busy[i]?.Start, $"/busy/{i}/start").Or(out var start) is { } wrongStart)
                return wrongStart;
            if (TimeText.ReadInstant(busy[i].End, $"/busy/{i}/end").Or(out var end) is { } wrongEnd)
                return wrongEnd;
            if (start >= end)
                return Refusal.Invalid("invalid_busy", "A busy time ends after it starts.", $"/busy/{i}/end");
            read[i] = new(start, end);
        }
        return read;
    }
}

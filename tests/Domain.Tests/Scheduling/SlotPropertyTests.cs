using FsCheck;
using FsCheck.Fluent;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Tests.Scheduling;

/// <summary>
/// Random weeks, dates with other hours, journeys, busy times and viewers, against a simulation that knows no intervals: it paints every minute
/// of the time line and walks over it.
/// </summary>
public class SlotPropertyTests
{
    // Gaps of 30 minutes, 1, 2 and 24 hours, midnight gaps, :45 offsets, ±14 hours, Ramadan.
    private static readonly string[] Zones =
    [
        "Asia/Seoul", "Asia/Dubai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Apia", "Africa/Cairo",
        "Pacific/Chatham", "Asia/Kathmandu", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Africa/Casablanca", "America/St_Johns", "Asia/Beirut",
    ];

    private static readonly string[] Around =
        ["2011-12-28", "2026-02-13", "2026-03-20", "2026-12-07", "2027-03-12", "2027-03-26", "2027-04-02", "2027-04-28", "2027-10-01", "2027-10-29"];

    private static readonly Gen<Hours> Window =
        from start in Gen.Choose(0, 95)
        from length in Gen.Frequency((4, Gen.Choose(1, 16)), (1, Gen.Choose(1, 95)))
        select new Hours(TimeText.WallMinute(start * 15), TimeText.WallMinute((start + length) % 96 * 15)) is var window && window.End == "00:00"
            ? window with { End = "24:00" }
            : window;

    private static readonly Gen<SlotWish> Wishes =
        from tutor in Gen.Elements(Zones)
        from viewer in Gen.Elements(Zones)
        from travel in Gen.Elements(Zones)
        from travels in Gen.Choose(0, 3)
        from away in Gen.Choose(0, 4)
        from date in Gen.Elements(Around)
        from days in Gen.Choose(0, 6)
        from weekly in (from day in Gen.Choose(1, 7) from window in Window select new WeeklyHours(day, window.Start, window.End)).ListOf()
        from other in (from day in Gen.Choose(-1, 5) from windows in Window.ListOf() select (day, windows)).ListOf()
        from busy in (from at in Gen.Choose(-300, 9000) from length in Gen.Choose(1, 600) select (at, length)).ListOf()
        from duration in Gen.Elements(15, 25, 50, 60, 90)
        from step in Gen.Elements<int?>(null, 15, 30, 45, 60)
        from before in Gen.Elements(0, 0, 5, 30)
        from after in Gen.Elements(0, 0, 10, 60)
        from now in Gen.Elements<int?>(null, null, 100, 2000)
        select Make(tutor, viewer, travels == 0 ? travel : null, away, TimeText.ReadDate(date).Value, days, [.. weekly.Take(6)], [.. other.Take(3)],
            [.. busy.Take(8)], duration, step, before, after, now);

    private static SlotWish Make(string tutor, string viewer, string? travel, int away, LocalDate from, int days, IReadOnlyList<WeeklyHours> weekly,
        IReadOnlyList<(int Day, IList<Hours> Windows)> other, IReadOnlyList<(int At, int Length)> busy, int duration, int? step, int before, int after, int? now)
    {
        string Date(int day) => TimeText.Of(from.PlusDays(day));
        string At(int minute) => TimeText.Of(from.AtMidnight().InUtc().ToInstant() + Duration.FromMinutes(minute));
        return new()
        {
            TutorZone = tutor,
            ViewerZone = viewer,
            Weekly = weekly,
            FromDate = Date(0),
            ToDate = Date(days),
            DurationMinutes = duration,
            StepMinutes = step,
            Overrides = [.. other.DistinctBy(one => one.Day).Select(one => new HoursOnDate(Date(one.Day), [.. one.Windows.Take(3)]))],
            Travel = travel is null ? null : [new(travel, Date(away - 1), Date(away))],
            Busy = [.. busy.Select(one => new BusyText(At(one.At), At(one.At + one.Length)))],
            BufferBeforeMinutes = before,
            BufferAfterMinutes = after,
            MinimumNoticeMinutes = 60,
            Now = now is { } minute ? At(minute) : null,
        };
    }

    [Fact]
    public void Slots_are_those_of_a_walk_over_every_minute() =>
        Prop.ForAll(Wishes.ToArbitrary(), wish =>
        {
            var query = SlotRules.Read(wish);
            if (query.IsRefused)
                throw new InvalidOperationException($"{query.Refusal.Code} {query.Refusal.Pointer}");
            var fast = Slots.Compute(query.Value).Select(slot => slot.Start).ToArray();
            var slow = Walk(wish).ToArray();
            return fast.SequenceEqual(slow)
                ? true
                : throw new InvalidOperationException($"{wish}\nweekly {string.Join(';', wish.Weekly)}\nfast {string.Join(' ', fast)}\nslow {string.Join(' ', slow)}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_500));

    [Fact]
    public void A_slot_says_what_both_clocks_show_and_never_touches_busy_time() =>
        Prop.ForAll(Wishes.ToArbitrary(), wish =>
        {
            var query = SlotRules.Read(wish).Value;
            var windows = Windows(wish).ToArray();
            return Slots.Compute(query).All(slot =>
                slot.ViewerLocal == slot.Start.InZone(query.ViewerZone).ToOffsetDateTime()
                && OpenedLast(windows, slot.Start).Any(zone => slot.TutorLocal == slot.Start.InZone(zone).ToOffsetDateTime())
                && Slots.IsOpen(query.Hours, slot.Start, slot.End)
                && query.Busy.All(busy => !Slots.Overlap(slot.Start, slot.End, busy.Start, busy.End)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_500));

    // Zones of the windows that are open then, of several those that opened last.
    private static IEnumerable<DateTimeZone> OpenedLast(IEnumerable<(Instant Start, Instant End, DateTimeZone Zone)> windows, Instant then) =>
        windows.Where(window => window.Start <= then && then < window.End).GroupBy(window => window.Start).MaxBy(opened => opened.Key)!
            .Select(window => window.Zone);

    private static IEnumerable<(Instant Start, Instant End, DateTimeZone Zone)> Windows(SlotWish wish)
    {
        var to = TimeText.ReadDate(wish.ToDate).Value;
        for (var date = TimeText.ReadDate(wish.FromDate).Value.PlusDays(-10); date <= to.PlusDays(3); date = date.PlusDays(1))
        {
            var text = TimeText.Of(date);
            var journey = wish.Travel?.FirstOrDefault(one => string.CompareOrdinal(one.FromDate, text) <= 0 && string.CompareOrdinal(text, one.ToDate) <= 0);
            var zone = DateTimeZoneProviders.Tzdb[journey?.Zone ?? wish.TutorZone];
            var windows = wish.Overrides!.FirstOrDefault(one => one.Date == text) is { } other
                ? other.Windows!
                : [.. wish.Weekly.Where(one => one.Day == (int)date.DayOfWeek).Select(one => new Hours(one.Start, one.End))];
            foreach (var window in windows)
            {
                var start = zone.ResolveLocal(At(date, window.Start), Resolvers);
                var end = zone.ResolveLocal(string.CompareOrdinal(window.End, window.Start) <= 0 ? At(date, window.End).PlusDays(1) : At(date, window.End), Resolvers);
                yield return (start.ToInstant(), end.ToInstant(), zone);
            }
        }
    }

    private static IEnumerable<Instant> Walk(SlotWish wish)
    {
        var viewer = DateTimeZoneProviders.Tzdb[wish.ViewerZone];
        var from = TimeText.ReadDate(wish.FromDate).Value;
        var to = TimeText.ReadDate(wish.ToDate).Value;
        // Windows of the ten days before may reach or merge into the dates asked for.
        var zero = from.PlusDays(-12).AtMidnight().InUtc().ToInstant();
        var open = new bool[(Period.DaysBetween(from, to) + 18) * 1440];
        // Where two windows meet exactly the paint does not show it, and it need not: they merge.
        foreach (var (start, end, _) in Windows(wish))
            for (var minute = start; minute < end; minute += Duration.FromMinutes(1))
                if ((int)(minute - zero).TotalMinutes is >= 0 and var index && index < open.Length)
                    open[index] = true;
        var first = viewer.ResolveLocal(from.AtMidnight(), Resolvers).ToInstant();
        var last = viewer.ResolveLocal(to.PlusDays(1).AtMidnight(), Resolvers).ToInstant();
        var sinceOpen = -1;
        var step = wish.StepMinutes ?? wish.DurationMinutes;
        for (var minute = 0; minute < open.Length; minute++)
        {
            sinceOpen = open[minute] ? sinceOpen + 1 : -1;
            var start = zero + Duration.FromMinutes(minute);
            if (sinceOpen < 0 || sinceOpen % step != 0 || start < first || start >= last || minute + wish.DurationMinutes > open.Length)
                continue;
            if (!open.AsSpan(minute, wish.DurationMinutes).Contains(false) && IsFree(wish, start) && IsSoonEnough(wish, start))
                yield return start;
        }
    }

    private static readonly NodaTime.TimeZones.ZoneLocalMappingResolver Resolvers = NodaTime.TimeZones.Resolvers.LenientResolver;

    private static LocalDateTime At(LocalDate date, string clock) => clock == "24:00"
        ? date.PlusDays(1).AtMidnight()
        : date.At(new LocalTime(int.Parse(clock[..2], null), int.Parse(clock[3..], null)));

    private static bool IsFree(SlotWish wish, Instant start)
    {
        var busy = wish.Busy!.Select(one => (TimeText.ReadInstant(one.Start).Value, TimeText.ReadInstant(one.End).Value)).ToArray();
        for (var minute = -wish.BufferBeforeMinutes!.Value; minute < wish.DurationMinutes + wish.BufferAfterMinutes!.Value; minute++)
            if (busy.Any(one => one.Item1 <= start + Duration.FromMinutes(minute) && start + Duration.FromMinutes(minute) < one.Item2))
                return false;
        return true;
    }

    private static bool IsSoonEnough(SlotWish wish, Instant start) =>
        wish.Now is null || start >= TimeText.ReadInstant(wish.Now).Value + Duration.FromMinutes(wish.MinimumNoticeMinutes!.Value);
}

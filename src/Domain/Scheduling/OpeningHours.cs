using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>Hours that come every week. As said by the tutor, unchecked: see <see cref="OpeningHours.Read"/>.</summary>
/// <param name="Day">ISO weekday 1 = Monday … 7 = Sunday of the local date on which the window starts.</param>
/// <param name="Start"><c>HH:mm</c>.</param>
/// <param name="End"><c>HH:mm</c> or <c>24:00</c>; before the start it means the next date.</param>
public sealed record WeeklyHours(int Day, string Start, string End);

/// <summary>Hours on one date; spelled as in <see cref="WeeklyHours"/>.</summary>
public sealed record Hours(string Start, string End);

/// <summary>A date on which other hours hold than those of the week; none = closed.</summary>
public sealed record HoursOnDate(string Date, IReadOnlyList<Hours>? Windows = null);

/// <summary>Local dates (inclusive) on which the tutor's hours are read in another zone, because the tutor is there.</summary>
public sealed record Travel(string Zone, string FromDate, string ToDate);

/// <summary>One window of a date: minutes since midnight; an end above 1440 lies on the next date.</summary>
public readonly record struct WallWindow(int StartMinute, int EndMinute);

/// <summary>A tutor's checked hours: weekly rules, dates with other hours, journeys.</summary>
public sealed class OpeningHours
{
    /// <summary>Bounds on what one tutor may store: weekly windows, dates with other hours, windows on one date, journeys.</summary>
    public const int MostWeekly = 200, MostOverrides = 800, MostWindowsADay = 48, MostTravels = 100;

    private readonly WallWindow[][] _weekly = new WallWindow[8][];
    private readonly Dictionary<LocalDate, WallWindow[]>? _overrides;
    private readonly (LocalDate From, LocalDate To, DateTimeZone Zone)[] _travels;

    private OpeningHours(DateTimeZone zone, List<WallWindow>?[] weekly, Dictionary<LocalDate, WallWindow[]>? overrides,
        (LocalDate From, LocalDate To, DateTimeZone Zone)[] travels)
    {
        Zone = zone;
        for (var day = 1; day <= 7; day++)
            _weekly[day] = weekly[day]?.Order(Comparer<WallWindow>.Create((a, b) => a.StartMinute.CompareTo(b.StartMinute))).ToArray() ?? [];
        _overrides = overrides;
        _travels = travels;
    }

    public DateTimeZone Zone { get; }

    /// <summary>Whether some dates are read in another zone than <see cref="Zone"/>.</summary>
    public bool Travels => _travels.Length > 0;

    /// <summary>The windows that start on this local date.</summary>
    public ReadOnlySpan<WallWindow> On(LocalDate date, int isoDay) =>
        _overrides is not null && _overrides.TryGetValue(date, out var other) ? other : _weekly[isoDay];

    /// <summary>The zone in which the windows of this local date are read.</summary>
    public DateTimeZone ZoneOn(LocalDate date)
    {
        foreach (var (from, to, zone) in _travels)
            if (date >= from && date <= to)
                return zone;
        return Zone;
    }

    /// <summary>
    /// Checks and reads. Refusals (each with the pointer of the member): <c>unknown_time_zone</c>, <c>invalid_day</c>, <c>invalid_time</c>,
    /// <c>empty_window</c>, <c>invalid_date</c>, <c>invalid_date_range</c>, <c>duplicate_override</c>, <c>overlapping_travel</c>, <c>too_many</c>,
    /// <c>missing_member</c>.
    /// </summary>
    public static Answer<OpeningHours> Read(string? zone, IReadOnlyList<WeeklyHours>? weekly, IReadOnlyList<HoursOnDate>? overrides = null,
        IReadOnlyList<Travel>? travel = null, string zonePointer = "/timeZone")
    {
        if (Zones.Find(zone, zonePointer).Or(out var home) is { } unknown)
            return unknown;
        if (weekly is null)
            return Refusal.Invalid("missing_member", "The weekly hours are required; an empty list means none.", "/weekly");
        if (weekly.Count > MostWeekly)
            return TooMany("weekly windows", MostWeekly, "/weekly");

        var ofWeek = new List<WallWindow>?[8];
        for (var i = 0; i < weekly.Count; i++)
        {
            if (weekly[i] is not { } said)
                return Refusal.Invalid("missing_member", "A weekly window is missing.", $"/weekly/{i}");
            if (said.Day is < 1 or > 7)
                return Refusal.Invalid("invalid_day", "Days are ISO weekdays, 1 = Monday to 7 = Sunday.", $"/weekly/{i}/day");
            if (ReadWindow(said.Start, said.End, $"/weekly/{i}").Or(out var window) is { } refused)
                return refused;
            (ofWeek[said.Day] ??= []).Add(window);
        }

        if (ReadOverrides(overrides ?? []).Or(out var dates) is { } wrongDate)
            return wrongDate;
        if (ReadTravels(travel ?? []).Or(out var travels) is { } wrongTravel)
            return wrongTravel;
        return new OpeningHours(home, ofWeek, dates.Count == 0 ? null : dates, travels);
    }

    private static Answer<Dictionary<LocalDate, WallWindow[]>> ReadOverrides(IReadOnlyList<HoursOnDate> overrides)
    {
        if (overrides.Count > MostOverrides)
            return TooMany("dates with other hours", MostOverrides, "/overrides");
        var dates = new Dictionary<LocalDate, WallWindow[]>(overrides.Count);
        for (var i = 0; i < overrides.Count; i++)
        {
            var at = $"/overrides/{i}";
            if (TimeText.ReadDate(overrides[i]?.Date, at + "/date").Or(out var date) is { } wrongDate)
                return wrongDate;
            var windows = overrides[i].Windows ?? [];
            if (windows.Count > MostWindowsADay)
                return TooMany("windows on one date", MostWindowsADay, at + "/windows");
            var read = new WallWindow[windows.Count];
            for (var j = 0; j < windows.Count; j++)
                if (ReadWindow(windows[j]?.Start, windows[j]?.End, $"{at}/windows/{j}").Or(out read[j]) is { } refused)
                    return refused;
            Array.Sort(read, (a, b) => a.StartMinute.CompareTo(b.StartMinute));
            if (!dates.TryAdd(date, read))
                return Refusal.Invalid("duplicate_override", $"{TimeText.Of(date)} is given twice; put all its windows into one.", at + "/date");
        }
        return dates;
    }

    private static Answer<(LocalDate From, LocalDate To, DateTimeZone Zone)[]> ReadTravels(IReadOnlyList<Travel> travels)
    {
        if (travels.Count > MostTravels)
            return TooMany("journeys", MostTravels, "/travel");
        var read = new (LocalDate From, LocalDate To, DateTimeZone Zone)[travels.Count];
        for (var i = 0; i < travels.Count; i++)
        {
            var at = $"/travel/{i}";
            if (Zones.Find(travels[i]?.Zone, at + "/zone").Or(out var zone) is { } unknown)
                return unknown;
            if (TimeText.ReadDate(travels[i].FromDate, at + "/fromDate").Or(out var from) is { } wrongFrom)
                return wrongFrom;
            if (TimeText.ReadDate(travels[i].ToDate, at + "/toDate").Or(out var to) is { } wrongTo)
                return wrongTo;
            if (from > to)
                return Refusal.Invalid("invalid_date_range", "A journey ends on or after the day it begins.", at + "/toDate");
            for (var j = 0; j < i; j++)
                if (read[j].From <= to && from <= read[j].To)
                    return Refusal.Invalid("overlapping_travel", "Two journeys share a date; nobody is in two zones at once.", at);
            read[i] = (from, to, zone);
        }
        return read;
    }

    /// <summary>One window of wall times; refusals <c>invalid_time</c> and <c>empty_window</c>.</summary>
    public static Answer<WallWindow> ReadWindow(string? start, string? end, string pointer)
    {
        if (TimeText.ReadWallMinute(start) is not { } from)
            return Refusal.Invalid("invalid_time", "A window starts at HH:mm, 00:00 to 23:59.", pointer + "/start");
        if (TimeText.ReadWallMinute(end, asEnd: true) is not { } to)
            return Refusal.Invalid("invalid_time", "A window ends at HH:mm, 00:00 to 24:00.", pointer + "/end");
        if (from == to)
            return Refusal.Invalid("empty_window", "A window has a length; a whole day is 00:00 to 24:00.", pointer);
        return new WallWindow(from, to > from ? to : to + 1440);
    }

    private static Refusal TooMany(string what, int most, string pointer) =>
        Refusal.Invalid("too_many", $"At most {most} {what}.", pointer);
}

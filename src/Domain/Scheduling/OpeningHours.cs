using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>Hours that come every week. As said by the tutor, unchecked: see <see cref="OpeningHours.Read"/>.</summary>
/// <param name="Day">ISO weekday 1 = Monday … 7 = Sunday of the local date on which the window starts.</param>
/// <param name="Start"><c>HH:mm</c>.</param>
/// <param name="End"><c>HH:mm</c> or <c>24:00</c>; at or before the start it means the next date.</param>
public sealed record WeeklyHours(int Day, string Start, string End);

/// <summary>Hours on one date; spelled as in <see cref="WeeklyHours"/>.</summary>
public sealed record Hours(string Start, string End);

/// <summary>A date on which other hours hold than those of the week; none = closed.</summary>
public sealed record HoursOnDate(string Date, IReadOnlyList<Hours> Windows);

/// <summary>Local dates (inclusive) on which the tutor's hours are read in another zone, because the tutor is there.</summary>
public sealed record Travel(string Zone, string FromDate, string ToDate);

/// <summary>One window of a date: minutes since midnight; an end above 1440 lies on the next date.</summary>
public readonly record struct WallWindow(int StartMinute, int EndMinute);

/// <summary>A tutor's checked hours: weekly rules, dates with other hours, journeys.</summary>
public sealed class OpeningHours
{
    private OpeningHours(DateTimeZone zone) => Zone = zone;

    public DateTimeZone Zone { get; }

    /// <summary>
    /// Checks and reads. Refusals (each with the pointer of the member): <c>unknown_time_zone</c>, <c>invalid_day</c>, <c>invalid_time</c>,
    /// <c>empty_window</c>, <c>invalid_date</c>, <c>invalid_date_range</c>, <c>duplicate_override</c>, <c>overlapping_travel</c>, <c>too_many</c>.
    /// </summary>
    public static Answer<OpeningHours> Read(string? zone, IReadOnlyList<WeeklyHours>? weekly, IReadOnlyList<HoursOnDate>? overrides = null,
        IReadOnlyList<Travel>? travel = null, string zonePointer = "/timeZone") => throw new NotImplementedException();
}

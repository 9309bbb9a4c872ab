using NodaTime;

namespace Muse.Domain.Lessons;

/// <summary>
/// When a lesson is planned: what was agreed on (<paramref name="Local"/> on the clocks of <paramref name="Zone"/>), the time zone database
/// that read it, and the instant that came out. The agreement is the local time: when the rules of the zone change, the instant follows.
/// </summary>
/// <param name="Local">Wall-clock time in <paramref name="Zone"/>.</param>
/// <param name="Zone">Exact IANA id, such as <c>Asia/Seoul</c>.</param>
/// <param name="TimeZoneDatabase">Version of the tz database that resolved it, such as <c>2026f</c>.</param>
/// <param name="Start">The resolved instant.</param>
/// <param name="DurationMinutes">Elapsed minutes, <see cref="ShortestMinutes"/> to <see cref="LongestMinutes"/>.</param>
public sealed record PlannedTime(LocalDateTime Local, string Zone, string TimeZoneDatabase, Instant Start, int DurationMinutes)
{
    public const int ShortestMinutes = 10;
    public const int LongestMinutes = 240;

    public Instant End() => Start + Duration.FromMinutes(DurationMinutes);

    public Interval During() => new(Start, End());

    public bool HasStarted(Instant now) => now >= Start;

    public bool IsOver(Instant now) => now >= End();

    /// <summary>Same moment and length; the zone it was said in does not matter to the two people's calendars.</summary>
    public bool IsSameTimeAs(PlannedTime other) => Start == other.Start && DurationMinutes == other.DurationMinutes;

    /// <summary>The guard of everything that puts a lesson somewhere.</summary>
    public Refusal? Unplannable(Instant now)
    {
        if (DurationMinutes is < ShortestMinutes or > LongestMinutes)
            return Refusal.Invalid("duration_out_of_range", $"A lesson takes {ShortestMinutes} to {LongestMinutes} minutes.", "/durationMinutes");
        if (HasStarted(now))
            return Refusal.Invalid("start_in_past", "The start is in the past.", "/startLocal");
        return null;
    }
}

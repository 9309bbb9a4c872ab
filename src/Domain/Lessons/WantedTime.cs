using Muse.Domain.Scheduling;

namespace Muse.Domain.Lessons;

/// <summary>A time as a person says it, strictly read: a single lesson at a time that does not exist or comes twice is asked back.</summary>
public static class WantedTime
{
    /// <summary>
    /// Either a local time and its zone beside it, or both in one RFC 9557 text (<c>2026-12-07T17:00:00+09:00[Asia/Seoul]</c>), whose offset
    /// also says which of two readings is meant; a zone beside it must be the same. Refusals: <c>invalid_local_time</c>,
    /// <c>unknown_time_zone</c>, <c>local_time_skipped</c>, <c>local_time_ambiguous</c> (both with alternatives), and those of
    /// <see cref="ZonedText.Parse"/>.
    /// </summary>
    public static Answer<PlannedTime> Read(string startLocal, string? timeZone, int durationMinutes)
    {
        if (startLocal.Contains('['))
            return ReadZoned(startLocal, timeZone, durationMinutes);
        if (Zones.Find(timeZone, "/timeZone").Or(out var zone) is { } unknown)
            return unknown;
        if (TimeText.ReadLocal(startLocal, "/startLocal").Or(out var local) is { } malformed)
            return malformed;
        if (LocalTimes.ResolveStrict(zone, local).Or(out var start) is { } unresolved)
            return unresolved;
        return new PlannedTime(local, zone.Id, Zones.DatabaseVersion, start, durationMinutes);
    }

    private static Answer<PlannedTime> ReadZoned(string text, string? timeZone, int durationMinutes)
    {
        if (ZonedText.Parse(text, "/startLocal").Or(out var zoned) is { } refusal)
            return refusal;
        if (timeZone is not null)
        {
            if (Zones.Find(timeZone, "/timeZone").Or(out var zone) is { } unknown)
                return unknown;
            if (zone.Id != zoned.Zone.Id)
                return Refusal.Invalid("offset_zone_mismatch", $"The start is said in {zoned.Zone.Id}, the booking in {zone.Id}.", "/timeZone");
        }
        var local = zoned.Instant.InZone(zoned.Zone).LocalDateTime;
        return new PlannedTime(local, zoned.Zone.Id, Zones.DatabaseVersion, zoned.Instant, durationMinutes);
    }
}

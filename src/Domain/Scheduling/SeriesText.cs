using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>A series as sent to the preview, unchecked.</summary>
public sealed record SeriesText
{
    public required string Zone { get; init; }
    public required string StartLocal { get; init; }
    public required int Count { get; init; }
    /// <summary>1 when left out.</summary>
    public int? IntervalWeeks { get; init; }
    public required int DurationMinutes { get; init; }
    public string? ViewerZone { get; init; }

    /// <summary>
    /// Refusals: <c>unknown_time_zone</c>, <c>invalid_local_time</c>, <c>invalid_count</c>, <c>series_too_long</c>, <c>invalid_interval</c>,
    /// <c>invalid_duration</c>.
    /// </summary>
    public static Answer<SeriesWish> Read(SeriesText text)
    {
        if (Zones.Find(text.Zone, "/zone").Or(out var zone) is { } unknown)
            return unknown;
        DateTimeZone? viewer = null;
        if (text.ViewerZone is not null && Zones.Find(text.ViewerZone, "/viewerZone").Or(out viewer) is { } unknownViewer)
            return unknownViewer;
        if (TimeText.ReadLocal(text.StartLocal, "/startLocal").Or(out var start) is { } wrongStart)
            return wrongStart;
        if (text.Count < 1)
            return Refusal.Invalid("invalid_count", "A series has at least one lesson.", "/count");
        if (text.Count > SeriesPreview.LongestSeries)
            return Refusal.Invalid("series_too_long", $"A series has at most {SeriesPreview.LongestSeries} lessons.", "/count");
        var weeks = text.IntervalWeeks ?? 1;
        if (weeks is < 1 or > 52)
            return Refusal.Invalid("invalid_interval", "A series comes every 1 to 52 weeks.", "/intervalWeeks");
        return SlotRules.Duration(text.DurationMinutes) is { } wrongDuration
            ? wrongDuration
            : new SeriesWish(zone, start, text.Count, weeks, text.DurationMinutes, viewer);
    }
}

using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>A weekly lesson as wished: local time and zone are the truth, instants follow from them.</summary>
public sealed record SeriesWish(DateTimeZone Zone, LocalDateTime StartLocal, int Count, int IntervalWeeks, int DurationMinutes, DateTimeZone? ViewerZone);

/// <summary>One lesson of a series.</summary>
public sealed record Occurrence(int Index, LocalDateTime WantedLocal, LocalTimeKind Kind, Instant Start, Instant End,
    OffsetDateTime ActualLocal, OffsetDateTime? ViewerLocal);

/// <summary>Every lesson of a series, with the clock changes that move it for someone.</summary>
public static class SeriesPreview
{
    public const int LongestSeries = 520;

    public static IReadOnlyList<Occurrence> Compute(SeriesWish wish) => throw new NotImplementedException();
}

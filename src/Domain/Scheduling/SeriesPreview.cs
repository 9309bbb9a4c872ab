using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>A weekly lesson as wished: local time and zone are the truth, instants follow from them.</summary>
/// <param name="Count">1–520.</param>
/// <param name="IntervalWeeks">1–52.</param>
/// <param name="DurationMinutes">Elapsed, 1–1440.</param>
public sealed record SeriesWish(DateTimeZone Zone, LocalDateTime StartLocal, int Count, int IntervalWeeks, int DurationMinutes, DateTimeZone? ViewerZone);

/// <summary>One lesson of a series.</summary>
public sealed record Occurrence(int Index, LocalDateTime WantedLocal, LocalTimeKind Kind, Instant Start, Instant End,
    OffsetDateTime ActualLocal, OffsetDateTime? ViewerLocal);

/// <summary>What a clock change does to a series, in plain words.</summary>
/// <param name="Index">The occurrence from which on, or for which alone, it holds.</param>
/// <param name="Kind"><c>viewer_moves</c>, <c>skipped</c> or <c>repeated</c>.</param>
public sealed record SeriesNote(int Index, string Kind, string Text);

/// <summary>Every lesson of a series, with the clock changes that move it for someone.</summary>
public static class SeriesPreview
{
    public const int LongestSeries = 520;

    /// <summary>Each occurrence is resolved from its own date, so that a gap or an overlap changes that one only.</summary>
    public static IReadOnlyList<Occurrence> Compute(SeriesWish wish)
    {
        var occurrences = new Occurrence[wish.Count];
        for (var k = 0; k < occurrences.Length; k++)
        {
            var resolved = LocalTimes.ResolveLenient(wish.Zone, wish.StartLocal.PlusDays(7 * wish.IntervalWeeks * k));
            occurrences[k] = new(k, resolved.Wanted, resolved.Kind, resolved.Instant,
                resolved.Instant + Duration.FromMinutes(wish.DurationMinutes), resolved.Actual,
                wish.ViewerZone is null ? null : resolved.Instant.InZone(wish.ViewerZone).ToOffsetDateTime());
        }
        return occurrences;
    }

    /// <summary>A note for each clock change that moves the lesson for the viewer, and for each local time that is skipped or comes twice.</summary>
    public static IReadOnlyList<SeriesNote> Notes(SeriesWish wish, IReadOnlyList<Occurrence> occurrences)
    {
        var notes = new List<SeriesNote>();
        for (var k = 0; k < occurrences.Count; k++)
        {
            var now = occurrences[k];
            if (now.Kind == LocalTimeKind.Gap)
                notes.Add(new(k, "skipped",
                    $"On {TimeText.Of(now.WantedLocal.Date)} the clocks in {wish.Zone.Id} go forward over {Clock(now.WantedLocal)}: this one lesson " +
                    $"is at {Clock(now.ActualLocal.LocalDateTime)}{OnAnotherDate(now.WantedLocal, now.ActualLocal.LocalDateTime)}."));
            if (now.Kind == LocalTimeKind.Overlap)
                notes.Add(new(k, "repeated",
                    $"On {TimeText.Of(now.WantedLocal.Date)} the clocks in {wish.Zone.Id} go back, so {Clock(now.WantedLocal)} comes twice: the lesson " +
                    "is at the first."));
            if (k > 0 && wish.ViewerZone is { } viewer && now.ViewerLocal is { } theirs && ViewerMoves(occurrences[k - 1], now))
                notes.Add(new(k, "viewer_moves",
                    $"From {TimeText.Of(theirs.Date)} the lesson is at {Clock(theirs.LocalDateTime)} in {viewer.Id}, not at " +
                    $"{Clock(occurrences[k - 1].ViewerLocal!.Value.LocalDateTime)}; {wish.Zone.Id} keeps {Clock(now.WantedLocal)}."));
        }
        return notes;
    }

    // The distance between the two clock faces changed; a weekday that changes with it is caught too.
    private static bool ViewerMoves(Occurrence before, Occurrence now) =>
        Period.Between(before.WantedLocal, before.ViewerLocal!.Value.LocalDateTime, PeriodUnits.Minutes).Minutes
        != Period.Between(now.WantedLocal, now.ViewerLocal!.Value.LocalDateTime, PeriodUnits.Minutes).Minutes;

    private static string Clock(LocalDateTime local) => TimeText.WallMinute((local.Hour * 60) + local.Minute);

    private static string OnAnotherDate(LocalDateTime wanted, LocalDateTime actual) =>
        wanted.Date == actual.Date ? "" : $" on {TimeText.Of(actual.Date)}";
}

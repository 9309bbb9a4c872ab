using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>How often a local time happens in its zone.</summary>
public enum LocalTimeKind
{
    /// <summary>Once, as nearly always.</summary>
    Unique,
    /// <summary>Never: the clocks went forward over it.</summary>
    Gap,
    /// <summary>Twice: the clocks went back over it.</summary>
    Overlap,
}

/// <summary>A local time and the instant it stands for.</summary>
/// <param name="Wanted">As asked for.</param>
/// <param name="Kind">Whether it exists once, never or twice.</param>
/// <param name="Instant">The instant chosen by the lenient rule.</param>
/// <param name="Actual">What the clock shows at that instant; differs from <paramref name="Wanted"/> in a gap only.</param>
public readonly record struct ResolvedLocal(LocalDateTime Wanted, LocalTimeKind Kind, Instant Instant, OffsetDateTime Actual);

/// <summary>Local times to instants, by the two rules of docs/scheduling.md.</summary>
public static class LocalTimes
{
    /// <summary>
    /// Overlap: the earlier instant. Gap: forward by the gap's length, which is the local time minus the offset in force before the change
    /// (NodaTime ≥ 2 lenient, Temporal "compatible", RFC 5545 §3.3.5). Never refuses.
    /// </summary>
    public static ResolvedLocal ResolveLenient(DateTimeZone zone, LocalDateTime local)
    {
        var mapping = zone.MapLocal(local);
        var (kind, instant) = mapping.Count switch
        {
            1 => (LocalTimeKind.Unique, mapping.Single().ToInstant()),
            0 => (LocalTimeKind.Gap, local.WithOffset(mapping.EarlyInterval.WallOffset).ToInstant()),
            _ => (LocalTimeKind.Overlap, mapping.First().ToInstant()),
        };
        return new(local, kind, instant, instant.InZone(zone).ToOffsetDateTime());
    }

    /// <summary>
    /// For a single booking: a time that does not exist is refused with <c>local_time_skipped</c> (alternative: the lenient instant), one that
    /// exists twice with <c>local_time_ambiguous</c> (alternatives: both instants, earlier first).
    /// </summary>
    public static Answer<Instant> ResolveStrict(DateTimeZone zone, LocalDateTime local, string? pointer = "/startLocal")
    {
        var mapping = zone.MapLocal(local);
        return mapping.Count switch
        {
            1 => mapping.Single().ToInstant(),
            0 => Refusal.Invalid("local_time_skipped",
                $"The clocks in {zone.Id} go forward over {TimeText.Of(local)}; that time does not exist there.", pointer) with
            {
                Alternatives = [local.WithOffset(mapping.EarlyInterval.WallOffset).ToInstant()],
            },
            _ => Refusal.Invalid("local_time_ambiguous",
                $"The clocks in {zone.Id} go back over {TimeText.Of(local)}; that time comes twice there. Choose one of the two instants.", pointer) with
            {
                Alternatives = [mapping.First().ToInstant(), mapping.Last().ToInstant()],
            },
        };
    }
}

using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>Time that is taken: half-open, whole seconds matter.</summary>
public readonly record struct BusyTime(Instant Start, Instant End);

/// <summary>A question for free slots, already checked.</summary>
public sealed record SlotQuery
{
    public required OpeningHours Hours { get; init; }
    public required DateTimeZone ViewerZone { get; init; }
    /// <summary>Inclusive, the viewer's calendar.</summary>
    public required LocalDate FromDate { get; init; }
    /// <summary>Inclusive, the viewer's calendar; at most 92 days with <see cref="FromDate"/>.</summary>
    public required LocalDate ToDate { get; init; }
    /// <summary>Elapsed, 1–1440.</summary>
    public required int DurationMinutes { get; init; }
    /// <summary>Elapsed, 1–1440.</summary>
    public required int StepMinutes { get; init; }
    public IReadOnlyList<BusyTime> Busy { get; init; } = [];
    public int BufferBeforeMinutes { get; init; }
    public int BufferAfterMinutes { get; init; }
    /// <summary>No slot starts before; null = no lower bound.</summary>
    public Instant? NotBefore { get; init; }
    /// <summary>No slot starts at or after; null = no upper bound.</summary>
    public Instant? NotAfter { get; init; }
}

/// <summary>One free slot, with what both clocks show at its start.</summary>
public readonly record struct Slot(Instant Start, Instant End, OffsetDateTime TutorLocal, OffsetDateTime ViewerLocal);

/// <summary>Free slots by the rules of docs/scheduling.md: windows merged as instants, stepped in elapsed time, busy time removed.</summary>
public static class Slots
{
    /// <summary>The free slots, earliest first.</summary>
    public static IReadOnlyList<Slot> Compute(SlotQuery query) => throw new NotImplementedException();

    /// <summary>Whether the whole of [start, end) lies inside the tutor's opening hours (merged windows; busy time is not asked).</summary>
    public static bool IsOpen(OpeningHours hours, Instant start, Instant end) => throw new NotImplementedException();
}

namespace Muse.Domain.Scheduling;

/// <summary>A stretch of time as sent: instants in RFC 3339.</summary>
public sealed record BusyText(string Start, string End);

/// <summary>A question for slots as sent to the preview, unchecked; members as in docs/scheduling.md.</summary>
public sealed record SlotWish
{
    public required string TutorZone { get; init; }
    public required string ViewerZone { get; init; }
    public required IReadOnlyList<WeeklyHours> Weekly { get; init; }
    public required string FromDate { get; init; }
    public required string ToDate { get; init; }
    public required int DurationMinutes { get; init; }
    /// <summary>The duration when left out.</summary>
    public int? StepMinutes { get; init; }
    public IReadOnlyList<HoursOnDate>? Overrides { get; init; }
    public IReadOnlyList<Travel>? Travel { get; init; }
    public IReadOnlyList<BusyText>? Busy { get; init; }
    public int? BufferBeforeMinutes { get; init; }
    public int? BufferAfterMinutes { get; init; }
    public int? MinimumNoticeMinutes { get; init; }
    /// <summary>Notice counts only when this is given.</summary>
    public string? Now { get; init; }
}

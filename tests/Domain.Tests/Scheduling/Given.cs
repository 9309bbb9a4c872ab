using Muse.Domain.Scheduling;

namespace Muse.Domain.Tests.Scheduling;

/// <summary>A question that is right in every member; tests change one.</summary>
internal static class Given
{
    public static readonly SlotWish Wish = new()
    {
        TutorZone = "Asia/Seoul",
        ViewerZone = "Asia/Dubai",
        Weekly = [new(1, "17:00", "20:00")],
        FromDate = "2026-12-07",
        ToDate = "2026-12-07",
        DurationMinutes = 60,
    };

    public static readonly SeriesText Series = new()
    {
        Zone = "Asia/Seoul",
        StartLocal = "2026-12-07T17:00:00",
        Count = 8,
        IntervalWeeks = 1,
        DurationMinutes = 50,
        ViewerZone = "Asia/Dubai",
    };

    /// <summary>The slots of a wish, as <c>start viewerLocal</c>-free instants, to compare with a line of text.</summary>
    public static string Starts(SlotWish wish)
    {
        var query = SlotRules.Read(wish);
        Assert.Null(query.Refusal);
        return string.Join(' ', Slots.Compute(query.Value).Select(slot => TimeText.Of(slot.Start)));
    }
}

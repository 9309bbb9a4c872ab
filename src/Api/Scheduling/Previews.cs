using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Muse.Api.Http;
using Muse.Api.OpenApi;
using Muse.Domain.Scheduling;

namespace Muse.Api.Scheduling;

/// <summary>The two pure previews: no account, no storage, no clock. Rules in docs/scheduling.md.</summary>
public static class Previews
{
    /// <summary>A question with the most rules and busy times that are allowed still fits.</summary>
    private const int MostBytes = 1024 * 1024;

    public static IEndpointRouteBuilder MapScheduling(this IEndpointRouteBuilder app)
    {
        var scheduling = app.MapGroup("/v1/scheduling").AllowAnonymous().WithMetadata(new RequestSizeLimitAttribute(MostBytes));
        scheduling.MapPost("/slots", PreviewSlots).Described("previewSlots", "Scheduling", "Free slots of given opening hours, seen on both clocks",
            ["unknown_time_zone", "invalid_day", "invalid_time", "empty_window", "invalid_date", "invalid_date_range", "date_range_too_long",
                "invalid_duration", "invalid_step", "invalid_buffer", "invalid_notice", "invalid_instant", "invalid_busy", "duplicate_override",
                "overlapping_travel", "too_many", "too_many_slots"],
            new SlotWish
            {
                TutorZone = "Asia/Seoul",
                ViewerZone = "Asia/Dubai",
                Weekly = [new(1, "17:00", "20:00"), new(6, "22:30", "02:00")],
                FromDate = "2026-12-07",
                ToDate = "2026-12-20",
                DurationMinutes = 50,
                StepMinutes = 30,
                Overrides = [new("2026-12-14", [new("09:00", "12:00")])],
                Travel = [new("Europe/Berlin", "2026-12-19", "2026-12-20")],
                Busy = [new("2026-12-07T08:00:00Z", "2026-12-07T08:50:00Z")],
                BufferAfterMinutes = 10,
                MinimumNoticeMinutes = 720,
                Now = "2026-12-01T08:00:00Z",
            });
        scheduling.MapPost("/series", PreviewSeries).Described("previewSeries", "Scheduling",
            "Every lesson of a weekly series, and in plain words what clock changes do to it",
            ["unknown_time_zone", "invalid_local_time", "invalid_count", "series_too_long", "invalid_interval", "invalid_duration"],
            new SeriesText
            {
                Zone = "Asia/Seoul",
                StartLocal = "2027-03-02T09:00:00",
                Count = 10,
                IntervalWeeks = 1,
                DurationMinutes = 50,
                ViewerZone = "America/New_York",
            });
        return app;
    }

    private static Results<Ok<SlotsAnswer>, ProblemHttpResult> PreviewSlots(SlotWish wish)
    {
        if (SlotRules.Read(wish).Or(out var query) is { } refusal)
            return Problems.From(refusal);
        var slots = Slots.Compute(query with { Most = SlotRules.MostSlots + 1 });
        return slots.Count <= SlotRules.MostSlots ? TypedResults.Ok(SlotsAnswer.Of(slots)) : Problems.From(SlotRules.TooManySlots());
    }

    private static Results<Ok<SeriesAnswer>, ProblemHttpResult> PreviewSeries(SeriesText text) =>
        SeriesText.Read(text).Or(out var wish) is { } refusal ? Problems.From(refusal) : TypedResults.Ok(SeriesAnswer.Of(wish));
}

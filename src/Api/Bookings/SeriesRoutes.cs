using Muse.Adapters.Postgres;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Bookings;

public static class SeriesRoutes
{
    private const string Tag = "Series";

    private static readonly string[] OfASeries = ["invalid_count", "series_too_long", "invalid_interval", "series_clashes"];

    private static readonly string[] OfAWish =
    [
        .. BookingRoutes.OfATime, "slot_not_offered", "duration_not_offered", "too_short_notice", "beyond_horizon", "not_found", "guardian_needed", "own_lesson",
        "unknown_provider", "invalid_count", "series_too_long", "invalid_interval",
    ];

    public static IServiceCollection AddSeries(this IServiceCollection services) => services
        .AddSingleton<IProjection, SeriesRows>()
        .AddSingleton<SeriesReader>()
        .AddSingleton<SeriesPlans>()
        .AddSingleton<SeriesDesk>();

    public static IEndpointRouteBuilder MapSeries(this IEndpointRouteBuilder app)
    {
        var series = app.MapGroup("/v1/series").RequireAuthorization();
        series.MapPost("/preview", RequestSeries.Preview).ForKeys(ApiScope.BookingsWrite)
            .Described("outlineSeries", Tag, "Every lesson of a weekly lesson on both clocks, what clock changes do to it, and what stands in its way", OfAWish,
                RequestSeries.Example)
            .Produces<SeriesOutlook>();
        series.MapPost("", RequestSeries.Handle).Idempotent().ForKeys(ApiScope.BookingsWrite)
            .Described("requestSeries", Tag, "Asks a tutor for a weekly lesson; all of its slots are held until the tutor answers",
                [.. OfAWish, "series_clashes", "tutor_not_free", "student_not_free", "too_many_requests_waiting"], RequestSeries.Example)
            .Produces<SeriesView>(StatusCodes.Status201Created);
        series.MapGet("", List).ForKeys(ApiScope.BookingsRead)
            .Described("listSeries", Tag, "The caller's own series, of a key everybody's, newest first", ["unknown_state", "malformed_cursor", "out_of_range"])
            .Produces<Page<SeriesView>>();
        series.MapGet("/{id:guid}", Read).ForKeys(ApiScope.BookingsRead)
            .Described("getSeries", Tag, "One series with its lessons, and its ETag").Produces<SeriesView>();
        series.MapPost("/{id:guid}/confirm", AnswerSeries.Confirm).ForKeys(ApiScope.BookingsWrite)
            .Described("confirmSeries", Tag, "The tutor says yes to all of its lessons that wait", [.. BookingRoutes.OfAChange, "not_allowed"])
            .Produces<SeriesView>();
        series.MapPost("/{id:guid}/decline", AnswerSeries.Decline).ForKeys(ApiScope.BookingsWrite)
            .Described("declineSeries", Tag, "The tutor says no",
                [.. BookingRoutes.OfAChange, "not_allowed", "already_confirmed", "text_too_long"], new WithReason("My Mondays are full this year."))
            .Produces<SeriesView>();
        series.MapPost("/{id:guid}/cancel", CancelSeries.Handle).ForKeys(ApiScope.BookingsWrite)
            .Described("cancelSeries", Tag, "Either side calls off one of its lessons and the following, or all that are to come",
                [.. BookingRoutes.OfAChange, "guardian_needed", "no_such_lesson", "lesson_started", "lesson_over", "text_too_long"], CancelSeries.Example)
            .Produces<SeriesView>();
        series.MapPost("/{id:guid}/reschedule", RescheduleSeries.Handle).ForKeys(ApiScope.BookingsWrite)
            .Described("rescheduleSeries", Tag, "Either side gives one of its lessons and the following, or all that are to come, another time of the week",
                [
                    .. BookingRoutes.OfATime, .. BookingRoutes.OfASlot, .. BookingRoutes.OfAChange, .. OfASeries, "guardian_needed", "no_such_lesson",
                    "lesson_started", "lesson_over", "text_too_long",
                ], RescheduleSeries.Example)
            .Produces<SeriesView>();
        return app;
    }

    private static async Task<IResult> List(
        Caller caller, SeriesReader reader, CancellationToken ct, string? state = null, string? after = null, int? limit = null)
    {
        var page = await reader.List(caller, state, after, limit, ct);
        return page.IsRefused ? Problems.From(page.Refusal) : TypedResults.Ok(page.Value);
    }

    private static async Task<IResult> Read(Guid id, Caller caller, HttpContext http, SeriesReader reader, CancellationToken ct)
    {
        if (await reader.Find(id, ct) is not { } view || BookingDesk.WhoIs(caller, view.TutorId, view.StudentId) is null)
            return Problems.NotFound();
        ETags.Put(http, view.Version);
        return TypedResults.Ok(view);
    }
}

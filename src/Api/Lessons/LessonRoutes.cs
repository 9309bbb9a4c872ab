using Muse.Adapters.Postgres;
using Muse.Api.ApiKeys;
using Muse.Api.Bookings;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.ApiKeys;

namespace Muse.Api.Lessons;

public static class LessonRoutes
{
    private const string Tag = "Lessons";

    public static IServiceCollection AddLessons(this IServiceCollection services) => services
        .AddSingleton<IProjection, LessonRows>()
        .AddSingleton<IProjection, TimelineRows>()
        .AddSingleton<LessonReader>()
        .AddSingleton<Timeline>()
        .AddSingleton<EndLessons>()
        .AddSingleton<RezoneLessons>()
        .AddHostedService(provider => provider.GetRequiredService<EndLessons>())
        .AddHostedService(provider => provider.GetRequiredService<RezoneLessons>());

    public static IEndpointRouteBuilder MapLessons(this IEndpointRouteBuilder app)
    {
        var lessons = app.MapGroup("/v1/lessons").RequireAuthorization();
        lessons.MapGet("", List).ForKeys(ApiScope.LessonsRead)
            .Described("listLessons", Tag, "The caller's own lessons, of a key everybody's, soonest first", ["invalid_instant", "malformed_cursor", "out_of_range"])
            .Produces<Page<LessonView>>();
        lessons.MapGet("/{id:guid}", Read).ForKeys(ApiScope.LessonsRead)
            .Described("getLesson", Tag, "One lesson, with its ETag").Produces<LessonView>();
        lessons.MapGet("/{id:guid}/timeline", ReadTimeline)
            .Described("getTimeline", Tag, "Every change of a lesson: who, why, old and new time").Produces<TimelineView>();
        return app;
    }

    private static async Task<IResult> List(
        Caller caller, LessonReader reader, CancellationToken ct, string? from = null, string? to = null, string? after = null,
        int? limit = null)
    {
        var page = await reader.List(caller, from, to, after, limit, ct);
        return page.IsRefused ? Problems.From(page.Refusal) : TypedResults.Ok(page.Value);
    }

    private static async Task<IResult> Read(Guid id, Caller caller, HttpContext http, LessonReader reader, CancellationToken ct)
    {
        if (await Visible(id, caller, reader, ct) is not { } lesson)
            return Problems.NotFound();
        ETags.Put(http, lesson.Version);
        return TypedResults.Ok(lesson);
    }

    private static async Task<IResult> ReadTimeline(
        Guid id, Caller caller, LessonReader reader, Timeline timeline, CancellationToken ct) =>
        await Visible(id, caller, reader, ct) is { } lesson ? TypedResults.Ok(await timeline.Of(lesson, ct)) : Problems.NotFound();

    private static async Task<LessonView?> Visible(Guid id, Caller caller, LessonReader reader, CancellationToken ct) =>
        await reader.Find(id, ct) is { } lesson && BookingDesk.WhoIs(caller, lesson.TutorId, lesson.StudentId) is not null ? lesson : null;
}

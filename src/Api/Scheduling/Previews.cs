using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Muse.Api.Http;
using Muse.Domain.Scheduling;

namespace Muse.Api.Scheduling;

/// <summary>The two pure previews: no account, no storage, no clock. Rules in docs/scheduling.md.</summary>
public static class Previews
{
    /// <summary>A question with the most rules and busy times that are allowed still fits.</summary>
    private const int MostBytes = 1024 * 1024;

    public static IEndpointRouteBuilder MapScheduling(this IEndpointRouteBuilder app)
    {
        var scheduling = app.MapGroup("/v1/scheduling").WithTags("Scheduling").AllowAnonymous().WithMetadata(new RequestSizeLimitAttribute(MostBytes));
        scheduling.MapPost("/slots", PreviewSlots).WithName("previewSlots")
            .WithSummary("Free slots of given opening hours, seen in both zones")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        scheduling.MapPost("/series", PreviewSeries).WithName("previewSeries")
            .WithSummary("Every lesson of a weekly series, with what clock changes do to it")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
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

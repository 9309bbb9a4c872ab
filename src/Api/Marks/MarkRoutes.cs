using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain.Lessons;
using Muse.Domain.Marks;

namespace Muse.Api.Marks;

/// <summary>A moment of a lesson to which somebody wants to come back.</summary>
/// <param name="Place">ms since the lesson's planned start; negative in the minutes before it.</param>
/// <param name="Note">Null when nothing is noted, or the student was forgotten.</param>
/// <param name="Shared">The tutor sees it, too; the tutor's own are always shared.</param>
/// <param name="Part">What its maker is to the lesson.</param>
/// <param name="Name">Empty when the person is not known any more.</param>
/// <param name="MayChange">The caller may.</param>
/// <param name="Version">For <c>If-Match</c>.</param>
public sealed record MarkView(Guid Id, long Place, string? Note, bool Shared, Part Part, string Name, bool MayChange, long Version);

/// <summary>Earliest moment first.</summary>
public sealed record MarkList(IReadOnlyList<MarkView> Items);

/// <summary><c>/v1/lessons/{id}/marks</c>: for the tutor, the student and the guardians of a lesson, whether or not it was recorded.</summary>
internal static class MarkRoutes
{
    private const string Path = "/v1/lessons/{id:guid}/marks";
    private const string Tag = "Marks";

    private static readonly string[] OfANote = ["text_too_long", "control_character", "unstorable_text"];

    public static IServiceCollection AddMarks(this IServiceCollection services) => services
        .AddSingleton<MarkDesk>()
        .AddSingleton<IValidator<WantedMark>, WantedMarkRules>()
        .AddSingleton<IValidator<ChangedMark>, ChangedMarkRules>();

    public static void MapMarks(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, List).RequireAuthorization().Described("listMarks", Tag, "The marks of a lesson that the caller may see");
        // Repeatable without a key: the id is the caller's, and the same press sent again is the same mark, a month later, too.
        app.MapPost(Path, MakeMark.Handle).RequireAuthorization().Validated<WantedMark>()
            .Described("makeMark", Tag, "Mark a moment of the lesson: now, by a press in it, or afterwards",
                ["invalid_mark", "out_of_range", .. OfANote, LessonMarks.Outside, LessonMarks.Exists, LessonMarks.TooMany, "lesson_cancelled", "room_not_open"],
                new WantedMark(Guid.Parse("019aa7c0-4b1e-7c3a-9f0e-5d2f7a1b3c4d"), Ago: 0));
        app.MapPut(Path + "/{markId:guid}", ChangeMark.Handle).RequireAuthorization().Validated<ChangedMark>()
            .Described("changeMark", Tag, "Write, change or take away a mark's note; share it with the tutor or not",
                [.. DescribedRoutes.Preconditions, "not_allowed", .. OfANote, LessonMarks.AlwaysShared, LessonMarks.TooOften],
                new ChangedMark("Bar 12: the bow stays on the string", true));
        app.MapDelete(Path + "/{markId:guid}", RemoveMark.Handle).RequireAuthorization()
            .Described("removeMark", Tag, "Remove a mark", [.. DescribedRoutes.Preconditions, "not_allowed"]);
    }

    private static async Task<Results<Ok<MarkList>, ProblemHttpResult>> List(Guid id, Caller caller, MarkDesk desk, CancellationToken ct)
    {
        if (await desk.LayOut(id, caller, ct) is not { } found)
            return Problems.NotFound();
        await using (found)
            return TypedResults.Ok(new MarkList(await desk.Show(found.Marks.VisibleTo(found.Who), found, ct)));
    }
}

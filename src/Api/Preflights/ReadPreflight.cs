using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;

namespace Muse.Api.Preflights;

/// <summary>The latest test of a student, or one's own.</summary>
internal static class ReadPreflight
{
    public static void MapReadPreflight(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/students/{studentId:guid}/preflight", OfStudent)
            .Described("getStudentPreflight", "Preflights", "The student's latest connection test and which providers will work");
        app.MapGet("/v1/me/preflight", Mine)
            .Described("getMyPreflight", "Preflights", "One's own latest connection test and which providers will work");
    }

    private static async Task<Results<Ok<PreflightAnswer>, ProblemHttpResult>> OfStudent(
        Guid studentId, Caller caller, People people, LatestPreflights latest, ExplainPreflight explain, CancellationToken ct) =>
        (caller.MayActForStudent(studentId) || caller.IsAdmin) && await people.ByRole(studentId, ct) is { } person
            ? TypedResults.Ok(await explain.Of(await latest.LastEverOf(studentId, ct), studentId, null, person.Country, ct))
            : Problems.NotFound();

    private static async Task<Results<Ok<PreflightAnswer>, ProblemHttpResult>> Mine(
        Caller caller, People people, LatestPreflights latest, ExplainPreflight explain, CancellationToken ct) =>
        await people.Of(caller.PersonId, ct) is { } person
            ? TypedResults.Ok(await explain.Of(await latest.LastEverOfPerson(caller.PersonId, ct), caller.StudentId, caller.TutorId, person.Country, ct))
            : Problems.NotFound();
}

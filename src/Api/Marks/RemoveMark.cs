using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;

namespace Muse.Api.Marks;

/// <summary><c>DELETE /v1/lessons/{id}/marks/{markId}</c>, repeatable.</summary>
internal static class RemoveMark
{
    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid id, Guid markId, Caller caller, MarkDesk desk, HttpContext http, CancellationToken ct)
    {
        var refusal = await desk.Decide(id, caller, found => Task.FromResult(
            found.Marks.Remove(markId, IfMatch.Required(http), found.Who, found.StudentIsOfAge, desk.Now)), ct);
        return refusal is null ? TypedResults.NoContent() : Problems.From(refusal);
    }
}

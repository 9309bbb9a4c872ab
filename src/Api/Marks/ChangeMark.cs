using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain;

namespace Muse.Api.Marks;

/// <param name="Note">Null takes it away.</param>
/// <param name="Shared">With the tutor.</param>
public sealed record ChangedMark(string? Note, bool Shared);

internal sealed class ChangedMarkRules : AbstractValidator<ChangedMark>
{
    public ChangedMarkRules() => RuleFor(mark => mark.Note).MarkNote();
}

/// <summary><c>PUT /v1/lessons/{id}/marks/{markId}</c>.</summary>
internal static class ChangeMark
{
    public static async Task<Results<Ok<MarkView>, ProblemHttpResult>> Handle(
        Guid id, Guid markId, ChangedMark wanted, Caller caller, MarkDesk desk, HttpContext http, CancellationToken ct)
    {
        var refusal = await desk.Decide(id, caller, async found =>
        {
            if (found.Marks.Find(markId, found.Who) is not { } mark)
                return Refusal.NotFound();
            var seen = IfMatch.Required(http);
            // A box is another one each time: the same words keep the one they have.
            var words = string.IsNullOrWhiteSpace(wanted.Note) ? null : wanted.Note.Trim();
            var note = words == await desk.Open(mark.Note, ct) ? mark.Note : await desk.Seal(words, found.Student, ct);
            return found.Marks.Change(markId, note, wanted.Shared, seen, found.Who, found.StudentIsOfAge, desk.Now);
        }, ct);
        if (refusal is not null)
            return Problems.From(refusal);
        return await desk.Show(id, markId, caller, http, ct) is { } shown ? TypedResults.Ok(shown) : Problems.NotFound();
    }
}

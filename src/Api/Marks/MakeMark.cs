using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain.Marks;
using NodaTime;

namespace Muse.Api.Marks;

/// <summary>Either <paramref name="Ago"/> or <paramref name="Place"/>.</summary>
/// <param name="Id">Of the caller's choice, for this mark alone: sent again, it is the same mark.</param>
/// <param name="Ago">ms since the press: it does not matter what the caller's clock shows, nor when the line was there again. What is marked lies four
/// seconds before the press.</param>
/// <param name="Place">ms since the lesson's planned start, of a moment that was looked for, such as one of a recording.</param>
public sealed record WantedMark(Guid Id, long? Ago = null, long? Place = null, string? Note = null);

internal sealed class WantedMarkRules : AbstractValidator<WantedMark>
{
    /// <summary>Longer than any lesson's room is open.</summary>
    private const long Longest = 24 * 60 * 60 * 1_000;

    public WantedMarkRules()
    {
        RuleFor(mark => mark.Id).NotEmpty();
        RuleFor(mark => mark.Ago).InclusiveBetween(0, Longest);
        RuleFor(mark => mark.Place).InclusiveBetween(-Longest, Longest);
        RuleFor(mark => mark.Place).Must((mark, place) => mark.Ago is null != place is null).WithErrorCode("invalid_mark").WithMessage("Say either how long ago or at which place.");
        RuleFor(mark => mark.Note).MarkNote();
    }
}

internal static class MarkNoteRules
{
    /// <summary>Lines are welcome, other control characters are not.</summary>
    public static void MarkNote<T>(this IRuleBuilderInitial<T, string?> rule) => rule
        .Cascade(CascadeMode.Stop)
        .Must(note => note is null || note.Length <= LessonMarks.LongestNote).WithErrorCode("text_too_long")
        .WithMessage($"At most {LessonMarks.LongestNote} characters.")
        .Must(note => note is null || !note.Any(c => char.IsControl(c) && c is not '\n')).WithErrorCode("control_character")
        .WithMessage("A note has no control characters but line feeds.")
        .Must(note => note is null || UserText.IsStorable(note)).WithErrorCode("unstorable_text").WithMessage("The text holds half of a surrogate pair.");
}

/// <summary><c>POST /v1/lessons/{id}/marks</c>, repeatable.</summary>
internal static class MakeMark
{
    public static async Task<Results<Created<MarkView>, Ok<MarkView>, ProblemHttpResult>> Handle(
        Guid id, WantedMark wanted, Caller caller, MarkDesk desk, HttpContext http, CancellationToken ct)
    {
        var now = desk.Now;
        var isNew = true;
        var refusal = await desk.Decide(id, caller, async found =>
        {
            // Sealing makes a key and costs a question: only for what will be kept.
            var moment = wanted.Place is { } place ? found.Lesson.Time.Start + Duration.FromMilliseconds(place) : now - Duration.FromMilliseconds(wanted.Ago!.Value);
            var decision = found.Marks.Make(wanted.Id, found.Lesson, moment, wanted.Ago is not null, null, found.Who, now);
            isNew = !decision.ChangesNothing;
            return decision.Events is [MarkMade made] ? new[] { made with { Note = await desk.Seal(wanted.Note, found.Student, ct) } } : decision;
        }, ct);
        if (refusal is not null)
            return Problems.From(refusal);
        if (await desk.Show(id, wanted.Id, caller, http, ct) is not { } mark)
            return Problems.NotFound();
        return isNew ? TypedResults.Created($"/v1/lessons/{id}/marks/{mark.Id}", mark) : TypedResults.Ok(mark);
    }
}

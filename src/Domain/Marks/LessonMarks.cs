using System.Collections.Immutable;
using Muse.Domain.Lessons;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Domain.Marks;

/// <summary>Somebody marked a moment of the lesson.</summary>
/// <param name="MarksId">The stream: all marks of one lesson.</param>
/// <param name="Moment">What is marked. Of a press in the lesson it lies <see cref="LessonMarks.Lead"/> before the press.</param>
/// <param name="Pressed">While the moment was there, and not afterwards at a place that was looked for.</param>
/// <param name="Shared">The tutor sees it, too; a tutor's own is always shared.</param>
public sealed record MarkMade(
    Guid MarksId, Guid MarkId, Guid LessonId, Instant Moment, bool Pressed, bool Shared, SealedText? Note, Who By, Instant At);

/// <param name="Note">Null: there is none any more.</param>
public sealed record MarkNoted(Guid MarksId, Guid MarkId, SealedText? Note, Who By, Instant At);

public sealed record MarkShared(Guid MarksId, Guid MarkId, Who By, Instant At);

public sealed record MarkUnshared(Guid MarksId, Guid MarkId, Who By, Instant At);

public sealed record MarkRemoved(Guid MarksId, Guid MarkId, Who By, Instant At);

/// <summary>One marked moment.</summary>
/// <param name="Version">Of this mark: its own events, whatever happens to the others of the lesson.</param>
public sealed record Mark(Guid Id, Instant Moment, bool IsShared, SealedText? Note, Who By, bool IsRemoved, long Version)
{
    /// <summary>The tutor's are everybody's of the lesson, those of the student's side are that side's until they are shared.</summary>
    public bool IsVisibleTo(Who who) => !IsRemoved && WasVisibleTo(who);

    /// <summary>Whoever made it; for a child a guardian, too.</summary>
    public bool MayBeChangedBy(Who who, bool studentIsOfAge) =>
        By == who || (who.Part is Part.Guardian && By.Part is Part.Student && !studentIsOfAge);

    internal bool WasVisibleTo(Who who) => who.IsStudentSide() || (who.IsTutor() && IsShared);
}

/// <summary>
/// The moments of one lesson to which somebody wants to come back. They are the lesson's, whether or not it was recorded, and stay when a recording goes.
/// </summary>
/// <param name="Marks">Removed ones, too: an id is used once, and what was ever made counts.</param>
public sealed record LessonMarks(Guid Id, Guid LessonId, ImmutableDictionary<Guid, Mark> Marks)
{
    /// <summary>Of one person in one lesson, removed ones included.</summary>
    public const int MostOfAPerson = 300;

    /// <summary>Changes of one mark; removing it is always possible.</summary>
    public const int MostChanges = 50;

    public const int LongestNote = 500;

    /// <summary>Who presses has heard it already: four beats at 60.</summary>
    public static readonly Duration Lead = Duration.FromSeconds(4);

    /// <summary>Codes of refusals.</summary>
    public const string Outside = "mark_outside_lesson", TooMany = "too_many_marks", TooOften = "too_many_changes", Exists = "mark_exists",
        AlwaysShared = "tutor_marks_are_shared";

    public static LessonMarks None(Guid id, Guid lessonId) => new(id, lessonId, ImmutableDictionary<Guid, Mark>.Empty);

    public static LessonMarks Create(MarkMade e) => None(e.MarksId, e.LessonId).Apply(e);

    public LessonMarks Apply(MarkMade e) => With(new Mark(e.MarkId, e.Moment, e.Shared, e.Note, e.By, false, 1));

    public LessonMarks Apply(MarkNoted e) => Changed(e.MarkId, mark => mark with { Note = e.Note });

    public LessonMarks Apply(MarkShared e) => Changed(e.MarkId, mark => mark with { IsShared = true });

    public LessonMarks Apply(MarkUnshared e) => Changed(e.MarkId, mark => mark with { IsShared = false });

    public LessonMarks Apply(MarkRemoved e) => Changed(e.MarkId, mark => mark with { IsRemoved = true, Note = null });

    /// <summary>Earliest moment first.</summary>
    public IReadOnlyList<Mark> VisibleTo(Who who) =>
        [.. Marks.Values.Where(mark => mark.IsVisibleTo(who)).OrderBy(mark => mark.Moment).ThenBy(mark => mark.Id)];

    /// <summary>Null when there is none, none any more, or it is not theirs to see.</summary>
    public Mark? Find(Guid markId, Who who) => Marks.TryGetValue(markId, out var mark) && mark.IsVisibleTo(who) ? mark : null;

    /// <summary>Repeatable: the id is the maker's choice, and the same press sent twice is one mark.</summary>
    /// <param name="moment">Of the press, or the place that was looked for.</param>
    public Decision Make(Guid markId, Lesson lesson, Instant moment, bool pressed, SealedText? note, Who by, Instant now)
    {
        if (!by.IsOfTheLesson())
            return Refusal.NotFound();
        if (Marks.TryGetValue(markId, out var known))
            return known.By == by && !known.IsRemoved ? Decision.Nothing : new Refusal(Exists, "There is or was another mark of this id.");
        if (lesson.IsCancelled())
            return new Refusal("lesson_cancelled", "The lesson is cancelled.");
        if (now < lesson.JoinOpensAt())
            return lesson.MayNotJoin(by, now)!;
        if (moment < lesson.JoinOpensAt() || moment > lesson.Time.End() + Lesson.ClosesAfter || moment > now)
            return Refusal.Invalid(Outside, "Only what has been of the lesson, while its room was open, can be marked.", pressed ? "/ago" : "/place");
        if (Marks.Values.Count(mark => mark.By.PersonId == by.PersonId) >= MostOfAPerson)
            return new Refusal(TooMany, $"At most {MostOfAPerson} marks of one person in a lesson.");
        return Decision.Of(new MarkMade(
            Id, markId, LessonId, (pressed ? moment - Lead : moment).Cut(), pressed, by.IsTutor(), note, by, now.Cut()));
    }

    /// <summary>What is the same already changes nothing.</summary>
    /// <param name="note">The mark's own value when the words are the same.</param>
    /// <param name="seen">The version on which it was decided.</param>
    public Decision Change(Guid markId, SealedText? note, bool shared, long seen, Who by, bool studentIsOfAge, Instant now)
    {
        if (Find(markId, by) is not { } mark)
            return Refusal.NotFound();
        if (MayNotChange(mark, seen, by, studentIsOfAge) is { } refusal)
            return refusal;
        if (mark.By.IsTutor() && !shared)
            return Refusal.Invalid(AlwaysShared, "What the tutor marks is for everybody of the lesson.", "/shared");
        object[] events =
        [
            .. mark.Note == note ? Array.Empty<object>() : [new MarkNoted(Id, markId, note, by, now.Cut())],
            .. mark.IsShared == shared ? Array.Empty<object>() : [shared ? new MarkShared(Id, markId, by, now.Cut()) : new MarkUnshared(Id, markId, by, now.Cut())],
        ];
        return mark.Version + events.Length > MostChanges + 1
            ? new Refusal(TooOften, $"A mark is changed at most {MostChanges} times; make another one.")
            : events;
    }

    /// <summary>Repeatable.</summary>
    public Decision Remove(Guid markId, long seen, Who by, bool studentIsOfAge, Instant now)
    {
        if (!Marks.TryGetValue(markId, out var mark) || !mark.WasVisibleTo(by))
            return Refusal.NotFound();
        if (mark.IsRemoved)
            return mark.MayBeChangedBy(by, studentIsOfAge) ? Decision.Nothing : Refusal.NotFound();
        return MayNotChange(mark, seen, by, studentIsOfAge) is { } refusal ? refusal : Decision.Of(new MarkRemoved(Id, markId, by, now.Cut()));
    }

    private static Refusal? MayNotChange(Mark mark, long seen, Who by, bool studentIsOfAge)
    {
        if (!mark.MayBeChangedBy(by, studentIsOfAge))
            return Refusal.Forbidden("Whoever made it can change it; for a child a guardian can.");
        return mark.Version == seen
            ? null
            : new Refusal("version_mismatch", "This was changed since you read it; read it again.") { Kind = RefusalKind.Stale };
    }

    private LessonMarks With(Mark mark) => this with { Marks = Marks.SetItem(mark.Id, mark) };

    private LessonMarks Changed(Guid markId, Func<Mark, Mark> change) => With(change(Marks[markId]) with { Version = Marks[markId].Version + 1 });
}

using System.Collections.Immutable;
using Muse.Domain.Lessons;
using Muse.Domain.Marks;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Domain.Tests.Marks;

public class LessonMarksTests
{
    private static readonly Guid LessonId = Guid.Parse("00000000-0000-7000-8000-00000000000d");
    private static readonly Guid MarksId = Guid.Parse("00000000-0000-5000-8000-000000000051");
    private static readonly Guid First = Guid.Parse("00000000-0000-7000-8000-000000000052");
    private static readonly Who Tutor = new(Guid.Parse("00000000-0000-7000-8000-000000000001"), Part.Tutor);
    private static readonly Who Student = new(Guid.Parse("00000000-0000-7000-8000-000000000002"), Part.Student);
    private static readonly Who Guardian = new(Guid.Parse("00000000-0000-7000-8000-000000000003"), Part.Guardian);
    private static readonly SealedText Words = new(Student.PersonId!.Value, "AQ=="), Other = new(Student.PersonId!.Value, "Ag==");
    private static readonly Instant Start = Instant.FromUtc(2026, 12, 7, 8, 0);
    private static readonly Instant Now = Start + Duration.FromMinutes(20);
    private static readonly LessonMarks None = LessonMarks.None(MarksId, LessonId);

    private static readonly PlannedTime Monday =
        new(Start.InZone(DateTimeZoneProviders.Tzdb["Asia/Seoul"]).LocalDateTime, "Asia/Seoul", "2026f", Start, 50);

    private static Lesson Lesson(LessonState state = LessonState.Started) => new(
        LessonId, Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid(), Monday, "https://muse.example/lessons/1", null, state, ImmutableDictionary<Guid, Who>.Empty);

    private static LessonMarks After(LessonMarks marks, Decision decision) => decision.Events.Aggregate(marks, (all, e) => e switch
    {
        MarkMade made => all.Apply(made),
        MarkNoted noted => all.Apply(noted),
        MarkShared shared => all.Apply(shared),
        MarkUnshared unshared => all.Apply(unshared),
        MarkRemoved removed => all.Apply(removed),
        _ => throw new InvalidOperationException($"{e}"),
    });

    private static LessonMarks With(Who by, SealedText? note = null) => After(None, None.Make(First, Lesson(), Now, false, note, by, Now));

    private static string Outcome(Decision decision) => decision.Refusal is { } refusal
        ? refusal.Code
        : decision.ChangesNothing ? "nothing" : string.Join(' ', decision.Events.Select(e => e.GetType().Name));

    [Fact]
    public void A_press_marks_what_was_heard_a_moment_before_it()
    {
        var pressed = Now - Duration.FromSeconds(30);
        var made = Assert.IsType<MarkMade>(Assert.Single(None.Make(First, Lesson(), pressed, true, Words, Tutor, Now).Events));
        Assert.Equal(new MarkMade(MarksId, First, LessonId, pressed - LessonMarks.Lead, true, true, Words, Tutor, Now), made);
    }

    [Fact]
    public void A_place_that_was_looked_for_is_marked_as_it_is()
    {
        var made = Assert.IsType<MarkMade>(Assert.Single(None.Make(First, Lesson(LessonState.Ended), Start, false, null, Student, Now).Events));
        Assert.Equal((Start, false, false), (made.Moment, made.Pressed, made.Shared));
    }

    [Fact]
    public void The_same_press_sent_twice_is_one_mark_and_an_id_is_used_once()
    {
        var marks = With(Student);
        Assert.True(marks.Make(First, Lesson(), Now, false, Words, Student, Now).ChangesNothing);
        Assert.Equal(LessonMarks.Exists, Outcome(marks.Make(First, Lesson(), Now, false, null, Tutor, Now)));
        var removed = After(marks, marks.Remove(First, 1, Student, true, Now));
        Assert.Equal(LessonMarks.Exists, Outcome(removed.Make(First, Lesson(), Now, false, null, Student, Now)));
    }

    [Theory]
    [InlineData(-10, true)]
    [InlineData(-10.1, false)]
    [InlineData(20, true)]
    [InlineData(20.1, false)]
    public void Only_what_has_been_of_the_lesson_can_be_marked(double minutes, bool may)
    {
        var outcome = Outcome(None.Make(First, Lesson(), Start + Duration.FromMinutes(minutes), false, null, Tutor, Now));
        Assert.Equal(may ? "MarkMade" : LessonMarks.Outside, outcome);
    }

    [Theory]
    [InlineData(65, true)]
    [InlineData(65.1, false)]
    public void The_lesson_ends_with_its_room(double minutes, bool may)
    {
        var outcome = Outcome(None.Make(First, Lesson(LessonState.Ended), Start + Duration.FromMinutes(minutes), false, null, Tutor, Start + Duration.FromDays(1)));
        Assert.Equal(may ? "MarkMade" : LessonMarks.Outside, outcome);
    }

    [Fact]
    public void Before_the_room_opens_and_of_a_cancelled_lesson_nothing_is_marked()
    {
        var early = Start - Duration.FromMinutes(11);
        Assert.Equal("room_not_open", Outcome(None.Make(First, Lesson(LessonState.Scheduled), early, true, null, Tutor, early)));
        Assert.Equal("lesson_cancelled", Outcome(None.Make(First, Lesson(LessonState.Cancelled), Now, true, null, Tutor, Now)));
    }

    [Theory]
    [InlineData(Part.Guest)]
    [InlineData(Part.Admin)]
    [InlineData(Part.Clock)]
    public void Nobody_else_makes_sees_changes_or_removes_one(Part part)
    {
        var who = new Who(Guid.NewGuid(), part);
        var marks = With(Tutor);
        Assert.Equal("not_found", Outcome(None.Make(First, Lesson(), Now, true, null, who, Now)));
        Assert.Empty(marks.VisibleTo(who));
        Assert.Equal("not_found", Outcome(marks.Change(First, Words, true, 1, who, false, Now)));
        Assert.Equal("not_found", Outcome(marks.Remove(First, 1, who, false, Now)));
    }

    public static TheoryData<string, string, bool, string, string, string> Matrix()
    {
        var rows = new TheoryData<string, string, bool, string, string, string>();
        // state of the mark, who asks, is the student of age → sees, writes a note, removes
        foreach (var age in new[] { false, true })
        {
            rows.Add("tutor's", "tutor", age, "sees", "MarkNoted", "MarkRemoved");
            rows.Add("tutor's", "student", age, "sees", "not_allowed", "not_allowed");
            rows.Add("tutor's", "guardian", age, "sees", "not_allowed", "not_allowed");
            rows.Add("student's", "tutor", age, "nothing", "not_found", "not_found");
            rows.Add("student's", "student", age, "sees", "MarkNoted", "MarkRemoved");
            rows.Add("student's, shared", "tutor", age, "sees", "not_allowed", "not_allowed");
            rows.Add("student's, shared", "student", age, "sees", "MarkNoted", "MarkRemoved");
            rows.Add("student's, unshared", "tutor", age, "nothing", "not_found", "not_found");
            rows.Add("guardian's", "tutor", age, "nothing", "not_found", "not_found");
            rows.Add("guardian's", "student", age, "sees", "not_allowed", "not_allowed");
            rows.Add("guardian's", "guardian", age, "sees", "MarkNoted", "MarkRemoved");
            rows.Add("tutor's, removed", "tutor", age, "nothing", "not_found", "nothing");
            rows.Add("tutor's, removed", "student", age, "nothing", "not_found", "not_found");
            rows.Add("student's, removed", "tutor", age, "nothing", "not_found", "not_found");
            rows.Add("student's, removed", "student", age, "nothing", "not_found", "nothing");
        }
        foreach (var state in new[] { "student's", "student's, shared" })
        {
            rows.Add(state, "guardian", false, "sees", "MarkNoted", "MarkRemoved");
            rows.Add(state, "guardian", true, "sees", "not_allowed", "not_allowed");
        }
        rows.Add("student's, removed", "guardian", false, "nothing", "not_found", "nothing");
        rows.Add("student's, removed", "guardian", true, "nothing", "not_found", "not_found");
        return rows;
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Whose_it_is_decides_who_sees_and_changes_it(string state, string who, bool isOfAge, string sees, string notes, string removes)
    {
        var (whose, then) = state.Split(", ") is [var one, var two] ? (one, two) : (state, "");
        var by = whose switch { "tutor's" => Tutor, "student's" => Student, _ => Guardian };
        var marks = With(by);
        if (then is "shared" or "unshared") marks = After(marks, marks.Change(First, null, true, 1, by, isOfAge, Now));
        if (then is "unshared") marks = After(marks, marks.Change(First, null, false, 2, by, isOfAge, Now));
        if (then is "removed") marks = After(marks, marks.Remove(First, 1, by, isOfAge, Now));
        var asks = who switch { "tutor" => Tutor, "student" => Student, _ => Guardian };
        var mark = marks.Marks[First];

        Assert.Equal(sees == "sees" ? [First] : [], marks.VisibleTo(asks).Select(seen => seen.Id));
        Assert.Equal(notes, Outcome(marks.Change(First, Words, mark.IsShared, mark.Version, asks, isOfAge, Now)));
        Assert.Equal(removes, Outcome(marks.Remove(First, mark.Version, asks, isOfAge, Now)));
    }

    [Fact]
    public void Another_guardian_changes_the_childs_mark_and_not_the_first_guardians()
    {
        var second = Guardian with { PersonId = Guid.NewGuid() };
        Assert.Equal("MarkNoted", Outcome(With(Student).Change(First, Words, false, 1, second, false, Now)));
        Assert.Equal("not_allowed", Outcome(With(Guardian).Change(First, Words, false, 1, second, false, Now)));
    }

    [Fact]
    public void What_is_the_same_already_changes_nothing_and_two_changes_are_two_events()
    {
        var marks = With(Student, Words);
        Assert.True(marks.Change(First, Words, false, 1, Student, true, Now).ChangesNothing);
        var both = marks.Change(First, Other, true, 1, Student, true, Now);
        Assert.Equal("MarkNoted MarkShared", Outcome(both));
        var changed = After(marks, both).Marks[First];
        Assert.Equal((Other, true, 3L), (changed.Note, changed.IsShared, changed.Version));
    }

    [Fact]
    public void A_change_of_what_was_not_seen_is_refused()
    {
        var marks = With(Student);
        Assert.Equal("version_mismatch", Outcome(marks.Change(First, Words, false, 2, Student, true, Now)));
        var stale = marks.Remove(First, 2, Student, true, Now);
        Assert.Equal(("version_mismatch", RefusalKind.Stale), (stale.Refusal?.Code, stale.Refusal?.Kind));
        Assert.Empty(stale.Events);
    }

    [Fact]
    public void What_the_tutor_marks_stays_shared() =>
        Assert.Equal(LessonMarks.AlwaysShared, Outcome(With(Tutor).Change(First, null, false, 1, Tutor, true, Now)));

    [Fact]
    public void One_person_makes_so_many_in_a_lesson_removed_ones_included_and_keeps_nobody_else_from_it()
    {
        var marks = None;
        for (var i = 0; i < LessonMarks.MostOfAPerson; i++)
        {
            var id = Guid.NewGuid();
            marks = After(marks, marks.Make(id, Lesson(), Now, false, null, Student, Now));
            if (i == 0) marks = After(marks, marks.Remove(id, 1, Student, true, Now));
        }
        Assert.Equal(LessonMarks.TooMany, Outcome(marks.Make(First, Lesson(), Now, false, null, Student, Now)));
        Assert.Equal("MarkMade", Outcome(marks.Make(First, Lesson(), Now, false, null, Tutor, Now)));
    }

    [Fact]
    public void A_mark_is_changed_so_often_and_can_be_removed_all_the_same()
    {
        var marks = With(Student);
        for (var i = 1; i <= LessonMarks.MostChanges; i++)
            marks = After(marks, marks.Change(First, i % 2 == 0 ? Words : Other, false, i, Student, true, Now));
        var version = marks.Marks[First].Version;
        Assert.Equal(LessonMarks.MostChanges + 1, version);
        Assert.Equal(LessonMarks.TooOften, Outcome(marks.Change(First, null, false, version, Student, true, Now)));
        Assert.Equal("MarkRemoved", Outcome(marks.Remove(First, version, Student, true, Now)));
    }

    [Fact]
    public void They_are_told_in_the_order_of_the_lesson()
    {
        var (early, late) = (Guid.NewGuid(), Guid.NewGuid());
        var marks = After(None, None.Make(late, Lesson(), Now, false, null, Tutor, Now));
        marks = After(marks, marks.Make(early, Lesson(), Start, false, null, Student, Now));
        Assert.Equal([early, late], marks.VisibleTo(Student).Select(mark => mark.Id));
    }
}

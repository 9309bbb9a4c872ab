using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Marks;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Api.Marks;

/// <summary>A lesson's marks on the desk, and what the caller is to the lesson.</summary>
internal sealed record MarksOnDesk(EventSession Session, IEventStream<LessonMarks> Stream, Lesson Lesson, Who Who, Person Student, bool StudentIsOfAge)
    : IAsyncDisposable
{
    public LessonMarks Marks => Stream.Aggregate ?? LessonMarks.None(Stream.Id, Lesson.Id);

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}

/// <summary>What listing, making, changing and removing share: whose lesson it is, who asks, and the sealed words.</summary>
internal sealed class MarkDesk(EventStore store, People people, IPersonKeys keys, TimeProvider time)
{
    private const int MostTries = 5;

    public Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    /// <summary>One stream for each lesson.</summary>
    public static Guid StreamOf(Guid lessonId) => NameBasedId.From(lessonId, "marks");

    /// <summary>Null for whoever is not of the lesson.</summary>
    public async Task<MarksOnDesk?> LayOut(Guid lessonId, Caller caller, CancellationToken ct)
    {
        var session = store.OpenSession(new Actor(caller.PersonId));
        if (await session.AggregateStreamAsync<Lesson>(lessonId, ct) is not { } lesson
            || lesson.PartOf(caller.TutorId, caller.StudentId, caller.Children.Contains(lesson.StudentId)) is not { } part
            || await people.ByRole(lesson.StudentId, ct) is not { } student)
        {
            await session.DisposeAsync();
            return null;
        }
        var stream = await session.FetchForWriting<LessonMarks>(StreamOf(lessonId), ct);
        return new MarksOnDesk(session, stream, lesson, new Who(caller.PersonId, part), student, student.IsOfAge(Now));
    }

    /// <summary>Lays out, decides, saves. All marks of a lesson are one stream: when another mark came first, it is decided again.</summary>
    /// <returns>Null when it is done, also when there was nothing to do.</returns>
    public async Task<Refusal?> Decide(Guid lessonId, Caller caller, Func<MarksOnDesk, Task<Decision>> decide, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            if (await LayOut(lessonId, caller, ct) is not { } found)
                return Refusal.NotFound();
            await using (found)
            {
                var decision = await decide(found);
                if (decision.IsRefused)
                    return decision.Refusal;
                if (decision.ChangesNothing)
                    return null;
                found.Stream.AppendMany(decision.Events);
                try
                {
                    await found.Session.SaveChangesAsync(ct);
                    return null;
                }
                catch (Exception moved) when (moved is StaleVersion or StreamExists && tries < MostTries)
                {
                }
            }
        }
    }

    /// <summary>With the student's key, whoever wrote it: what is noted in a lesson is about the student.</summary>
    public async Task<SealedText?> Seal(string? note, Person student, CancellationToken ct) =>
        string.IsNullOrWhiteSpace(note) ? null : await keys.Seal(student.PersonId, note.Trim(), ct);

    /// <summary>The words, or null where nothing is noted or the student was forgotten.</summary>
    public async Task<string?> Open(SealedText? note, CancellationToken ct) => note is null ? null : (await keys.Open([note], ct))[0];

    public async Task<IReadOnlyList<MarkView>> Show(IReadOnlyList<Mark> marks, MarksOnDesk found, CancellationToken ct)
    {
        var makers = await people.Of([.. marks.Select(mark => mark.By.PersonId).OfType<Guid>().Distinct()], ct);
        SealedText[] notes = [.. marks.Select(mark => mark.Note).OfType<SealedText>().Distinct()];
        var words = notes.Zip(await keys.Open(notes, ct)).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. marks.Select(mark => new MarkView(
            mark.Id, (long)(mark.Moment - found.Lesson.Time.Start).TotalMilliseconds, mark.Note is { } note ? words[note] : null, mark.IsShared, mark.By.Part,
            mark.By.PersonId is { } maker && makers.TryGetValue(maker, out var person) ? person.DisplayName : "",
            mark.MayBeChangedBy(found.Who, found.StudentIsOfAge), mark.Version))];
    }

    /// <summary>One mark as the database has it now, with its ETag.</summary>
    public async Task<MarkView?> Show(Guid lessonId, Guid markId, Caller caller, HttpContext http, CancellationToken ct)
    {
        if (await LayOut(lessonId, caller, ct) is not { } found)
            return null;
        await using (found)
        {
            if (found.Marks.Find(markId, found.Who) is not { } mark)
                return null;
            ETags.Put(http, mark.Version);
            return (await Show([mark], found, ct))[0];
        }
    }
}

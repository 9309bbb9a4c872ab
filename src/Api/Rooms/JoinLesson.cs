using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.Rooms;

/// <summary><c>POST /v1/lessons/{id}/join</c>: may this person come in now, and how?</summary>
internal static class JoinLesson
{
    public static async Task<Results<Ok<LessonDoor>, ProblemHttpResult>> Handle(
        Guid id, Caller caller, EventStore store, LessonDoors doors, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        if (await session.AggregateStreamAsync<Lesson>(id, ct) is not { } lesson
            || lesson.PartOf(caller.TutorId, caller.StudentId, caller.Children.Contains(lesson.StudentId)) is not { } part)
            return Problems.NotFound();
        var refusal = lesson.MayNotJoin(new Who(caller.PersonId, part), Instant.FromDateTimeOffset(time.GetUtcNow()));
        var early = refusal is { OpensAt: not null };
        if (refusal is not null && !early) return Problems.From(refusal);
        var meeting = await doors.Find(id, ct);
        var notJoinable = meeting.NotJoinable();
        // Who may not use a room at all is told so at once, instead of being asked to wait for it to open.
        if (early && notJoinable is not { Code: "no_provider_allowed" }) return Problems.From(refusal!);
        if (notJoinable is not null) return Problems.From(notJoinable);
        return await doors.Open(lesson, meeting, caller.PersonId, part, http, ct);
    }
}

using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Bookings;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Meetings;

/// <summary>
/// <c>POST /v1/lessons/{id}/meeting/try-again</c>: every provider had failed, and somebody who may book or move the lesson does not want to wait
/// for the clock. The errand asks the providers; who stands before the door has <see cref="FallBack"/>, which answers with a door.
/// </summary>
internal static class TryMeetingAgain
{
    public static void MapTryMeetingAgain(this IEndpointRouteBuilder app) => app.MapPost("/v1/lessons/{id:guid}/meeting/try-again", Handle)
        .RequireAuthorization()
        .Described("tryMeetingAgain", "Lessons", "No provider could arrange the meeting: ask them all again now",
            ["meeting_not_failed", "tried_just_now", "lesson_cancelled", "lesson_over", "guardian_needed"])
        .Produces<MeetingStoryView>();

    private static async Task<IResult> Handle(
        Guid id, Caller caller, EventStore store, SettleMeeting meetings, MeetingLock meetingLock, HttpContext http, TimeProvider time, CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        await using var session = store.OpenSession(new Actor(caller.PersonId));
        if (await session.AggregateStreamAsync<Lesson>(id, ct) is not { } lesson
            || BookingDesk.WhoIs(caller, lesson.TutorId, lesson.StudentId) is not { } who)
            return Problems.NotFound();
        if (caller.NeedsGuardianFor(lesson.StudentId) is { } needsGuardian)
            return Problems.From(needsGuardian);
        if (lesson.MayNotHaveMeeting(now) is { } closed)
            return Problems.From(closed);
        await using (await meetingLock.Hold(id, ct))
        {
            var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(id), ct);
            var meeting = stream.Aggregate ?? Meeting.None(stream.Id, id);
            var decision = meeting.AskAgain(who, now);
            if (decision.IsRefused)
                return Refused(decision.Refusal, meeting.FailedAt, http, now);
            if (!decision.ChangesNothing)
            {
                session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(id), Guid.CreateVersion7(time.GetUtcNow()));
                await meetings.Save(session, stream, decision, meeting, [], ct);
            }
        }
        return TypedResults.Ok(await MeetingStory.Of(store, id, lesson.Time.Start, now, who.Part, ct));
    }

    /// <summary>Says when the providers have rested, where they have not.</summary>
    internal static ProblemHttpResult Refused(Refusal refusal, Instant? failedAt, HttpContext http, Instant now)
    {
        if (failedAt + Meeting.Rest - now is { } wait && wait > Duration.Zero)
            http.Response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return Problems.From(refusal);
    }
}

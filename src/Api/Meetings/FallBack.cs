using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Rooms;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Meetings;

/// <summary>
/// <c>POST /v1/lessons/{id}/fallback</c>: the built-in room does not connect, so the lesson goes on at the next provider, at once. Everybody of
/// the lesson may ask; asking again answers the same door. What fails is remembered, so that no number of requests asks a provider more often
/// than there are providers.
/// </summary>
internal sealed class FallBack(
    EventStore store, SettleMeeting meetings, ChooseProvider chooser, MeetingLock meetingLock, LiveRooms rooms, LessonDoors doors,
    TimeProvider time)
{
    /// <summary>Two people look at a dead room: they are told something soon.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public static Task<Results<Ok<LessonDoor>, ProblemHttpResult>> Handle(
        Guid id, Caller caller, FallBack fallBack, HttpContext http, CancellationToken ct) => fallBack.Run(id, caller, http, ct);

    private async Task<Results<Ok<LessonDoor>, ProblemHttpResult>> Run(Guid id, Caller caller, HttpContext http, CancellationToken ct)
    {
        if (await Load(id, ct) is not { } lesson
            || lesson.PartOf(caller.TutorId, caller.StudentId, caller.Children.Contains(lesson.StudentId)) is not { } part)
            return Problems.NotFound();
        if (lesson.MayNotJoin(new Who(caller.PersonId, part), Now) is { } refusal)
            return Problems.From(refusal);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        try
        {
            if (await Settle(lesson, new Actor(caller.PersonId, part.ToString().ToLowerInvariant()), patience.Token) is { } refused)
                return Problems.From(refused);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // An errand goes on with what was begun.
            return Unavailable();
        }
        var meeting = await doors.Find(id, ct);
        if (meeting.NotJoinable() is not null || meeting.Provider == ProviderPolicy.BuiltIn)
            return Unavailable();
        if (rooms.Find(id) is { } room)
            await room.FallBack(meeting.Provider!);
        return await doors.Open(lesson, meeting, caller.PersonId, part, http, ct);
    }

    /// <summary>Null when the meeting is elsewhere now, or as good as it gets.</summary>
    private async Task<Refusal?> Settle(Lesson lesson, Actor who, CancellationToken ct)
    {
        await using var held = await meetingLock.Hold(lesson.Id, ct);
        await using (var session = store.OpenSession(who))
        {
            var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lesson.Id), ct);
            if (stream.Aggregate is not { } meeting)
                return NoFallback;
            if (meeting.IsReadyAt(ProviderPolicy.BuiltIn))
            {
                var (choice, _) = await chooser.For(lesson, [.. meeting.FailedProviders, ProviderPolicy.BuiltIn], ct);
                if (choice.ToTry.Count == 0)
                    return NoFallback;
                var lost = meeting.Lost(
                    ProviderPolicy.BuiltIn, meeting.Reference!, LostCodes.DidNotConnect, $"Said by the {who.Role}.", Now);
                // If this process dies in the next seconds, the errand finishes what was begun.
                stream.AppendMany(lost.Events);
                session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(lesson.Id));
                await session.SaveChangesAsync(ct);
            }
            else if (!meeting.FailedProviders.Contains(ProviderPolicy.BuiltIn))
            {
                return NoFallback;
            }
        }
        await meetings.RunHeld(lesson.Id, ct);
        await BackWhenNothingElseWorks(lesson, ct);
        return null;
    }

    /// <summary>A room that does not connect for one of them may do so the next time; no meeting at all never does.</summary>
    private async Task BackWhenNothingElseWorks(Lesson lesson, CancellationToken ct)
    {
        await using var session = store.OpenSession(Actor.Server("meetings"));
        var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lesson.Id), ct);
        if (stream.Aggregate is not { State: MeetingState.Failed } meeting)
            return;
        await meetings.Save(session, stream, meeting.TryAgain(ProviderPolicy.BuiltIn, Now), meeting, [], ct);
        await meetings.RunHeld(lesson.Id, ct);
    }

    private async Task<Lesson?> Load(Guid id, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        return await session.AggregateStreamAsync<Lesson>(id, ct);
    }

    private static Refusal NoFallback =>
        new("no_fallback", "There is no other meeting provider for this lesson.");

    private static ProblemHttpResult Unavailable() => Problems.Of(
        StatusCodes.Status503ServiceUnavailable, "fallback_failed",
        "No other meeting provider could take the lesson now. Join again: the room may connect this time.");

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}

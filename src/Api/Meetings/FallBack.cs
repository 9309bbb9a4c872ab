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
/// <c>POST /v1/lessons/{id}/fallback</c>: the built-in room does not connect, or another provider does not answer, so the lesson goes on at the
/// next one, at once. Everybody of the lesson may ask; asking again answers the same door. That a room of ours does not connect only its people
/// can see; a provider outside is looked at first. What fails is remembered, so that no number of requests asks a provider more often than
/// there are providers.
/// </summary>
internal sealed class FallBack(
    EventStore store, SettleMeeting meetings, ChooseProvider chooser, MeetingLock meetingLock, MeetingSights sights, LiveRooms rooms,
    LessonDoors doors, TimeProvider time)
{
    /// <summary>People look at a dead room: they are told something soon.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Sooner nobody can know that a room does not connect: the request is about the provider before it.</summary>
    private static readonly Duration SoonestStuck = Duration.FromSeconds(15);

    /// <param name="from">The provider that does not work for the caller: when the lesson is elsewhere by now, its door there is the answer.</param>
    public static Task<Results<Ok<LessonDoor>, ProblemHttpResult>> Handle(
        Guid id, Caller caller, FallBack fallBack, HttpContext http, CancellationToken ct, string? from = null) =>
        fallBack.Run(id, from, caller, http, ct);

    private async Task<Results<Ok<LessonDoor>, ProblemHttpResult>> Run(Guid id, string? from, Caller caller, HttpContext http, CancellationToken ct)
    {
        if (await Load(id, ct) is not { } lesson
            || lesson.PartOf(caller.TutorId, caller.StudentId, caller.Children.Contains(lesson.StudentId)) is not { } part)
            return Problems.NotFound();
        if (lesson.MayNotJoin(new Who(caller.PersonId, part), Now) is { } refusal)
            return Problems.From(refusal);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        string? left;
        try
        {
            (left, var refused) = await Settle(lesson, from, new Actor(caller.PersonId, part.ToString().ToLowerInvariant()), patience.Token);
            if (refused is not null)
                return Problems.From(refused);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // An errand goes on with what was begun.
            return Unavailable();
        }
        var meeting = await doors.Find(id, ct);
        // Back in the room that did not connect.
        if (meeting.NotJoinable() is not null || (left == ProviderPolicy.BuiltIn && meeting.Provider == left))
            return Unavailable();
        if (meeting.Provider != ProviderPolicy.BuiltIn && rooms.Find(id) is { } room)
            await room.FallBack(meeting.Provider!);
        return await doors.Open(lesson, meeting, caller.PersonId, part, http, ct);
    }

    /// <returns>The provider that does not work, if one was left; and why there is no fallback.</returns>
    private async Task<(string? Left, Refusal? Refused)> Settle(Lesson lesson, string? from, Actor who, CancellationToken ct)
    {
        await using var held = await meetingLock.Hold(lesson.Id, ct);
        string? left;
        await using (var session = store.OpenSession(who))
        {
            var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lesson.Id), ct);
            if (stream.Aggregate is not { } meeting)
                return (null, NoFallback);
            var told = await session.FetchStreamAsync(stream.Id, ct);
            var lost = told.Select(e => e.Data).OfType<MeetingLost>().LastOrDefault();
            left = meeting.Provider ?? lost?.Provider;
            Decision decision;
            if (!meeting.IsReady())
            {
                if (meeting.State is not (MeetingState.Failed or MeetingState.Arranging))
                    return (null, NoFallback);
                decision = meeting.HasRested(Now) ? meeting.TryAgain(null, Now) : Decision.Nothing;
            }
            else
            {
                // Somebody else was faster, and this one has still the old door before them.
                if (from is not null && from != meeting.Provider)
                    return (null, null);
                (decision, var refused) = meeting.Provider == ProviderPolicy.BuiltIn
                    ? await Stuck(lesson, meeting, from is null ? lost : null, ct)
                    : await Unanswered(lesson, meeting, lost, ct);
                if (refused is not null || decision.ChangesNothing)
                    return (lost?.Provider, refused);
            }
            if (!decision.ChangesNothing)
            {
                // If this process dies in the next seconds, the errand finishes what was begun.
                session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(lesson.Id), Guid.CreateVersion7(time.GetUtcNow()));
                await meetings.Save(session, stream, decision, meeting, [], ct);
            }
        }
        await meetings.RunHeld(lesson.Id, ct);
        await BackWhenNothingElseWorks(lesson, left, ct);
        return (left, null);
    }

    /// <summary>Our own room does not connect for one of them.</summary>
    private async Task<(Decision, Refusal?)> Stuck(Lesson lesson, Meeting meeting, MeetingLost? lost, CancellationToken ct)
    {
        if (lost is not null && lost.Provider != ProviderPolicy.BuiltIn && meeting.SeenAt + SoonestStuck > Now)
            return (Decision.Nothing, null);
        return await ElsewhereThan(lesson, meeting, "The room does not connect for somebody.", ct);
    }

    /// <summary>Somebody says of a provider outside that it does not work: what does it say itself?</summary>
    private async Task<(Decision, Refusal?)> Unanswered(Lesson lesson, Meeting meeting, MeetingLost? lost, CancellationToken ct) =>
        await sights.Of(lesson, meeting.Provider!, meeting.Reference!, null, MeetingSights.Fresh, ct) switch
        {
            // The one before it did not work, this one does.
            DoorSight.There when lost?.At >= lesson.JoinOpensAt() => (Decision.Nothing, null),
            DoorSight.There => (Decision.Nothing, Answers),
            DoorSight.Trouble => await ElsewhereThan(lesson, meeting, "The provider does not answer.", ct),
            var gone => (MeetingSights.Lost(meeting, meeting.Provider!, meeting.Reference!, gone, Now), null),
        };

    private async Task<(Decision, Refusal?)> ElsewhereThan(Lesson lesson, Meeting meeting, string why, CancellationToken ct)
    {
        var (choice, _) = await chooser.For(lesson, [.. meeting.FailedProviders, meeting.Provider!], ct);
        return choice.ToTry.Count == 0
            ? (Decision.Nothing, NoFallback)
            : (meeting.Lost(meeting.Provider!, meeting.Reference!, LostCodes.DidNotConnect, why, Now), null);
    }

    /// <summary>What does not connect for one of them may do so the next time; no meeting at all never does.</summary>
    private async Task BackWhenNothingElseWorks(Lesson lesson, string? left, CancellationToken ct)
    {
        await using var session = store.OpenSession(Actor.Server("meetings"));
        var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lesson.Id), ct);
        if (left is null || stream.Aggregate is not { State: MeetingState.Failed } meeting || !meeting.FailedProviders.Contains(left))
            return;
        // One outside that just failed to arrange it anew is not asked a second time in the same breath.
        if (left != ProviderPolicy.BuiltIn && (await session.FetchStreamAsync(stream.Id, ct)).Select(e => e.Data).LastOrDefault()
            is MeetingArrangementFailed { Code: not Meeting.NoOtherCode } failed && failed.Provider == left)
            return;
        await meetings.Save(session, stream, meeting.TryAgain(left, Now), meeting, [], ct);
        await meetings.RunHeld(lesson.Id, ct);
    }

    private async Task<Lesson?> Load(Guid id, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        return await session.AggregateStreamAsync<Lesson>(id, ct);
    }

    private static Refusal NoFallback =>
        new("no_fallback", "There is no other meeting provider for this lesson.");

    private static Refusal Answers =>
        new("provider_answers", "The provider answers and has the meeting: join again.");

    private static ProblemHttpResult Unavailable() => Problems.Of(
        StatusCodes.Status503ServiceUnavailable, "fallback_failed",
        "No other meeting provider could take the lesson now. Join again: it may work this time.");

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}

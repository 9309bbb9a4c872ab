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
        MeetingLost? left;
        try
        {
            (left, var refused, var failedAt) =
                await Settle(lesson, from, new Actor(caller.PersonId, part.ToString().ToLowerInvariant()), patience.Token);
            if (refused is not null)
                return TryMeetingAgain.Refused(refused, failedAt, http, Now);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            // An errand goes on with what was begun.
            return Unavailable();
        }
        var meeting = await doors.Find(id, ct);
        if (meeting.NotJoinable() is not null)
            return Unavailable();
        // Given back, for no other took the lesson.
        if (left?.Code == LostCodes.DidNotConnect && meeting.Provider == left.Provider && meeting.Place!.Reference == left.Reference)
        {
            if (left.Provider != ProviderPolicy.BuiltIn)
                sights.NoteTrouble(id, left.Reference);
            return Unavailable();
        }
        if (meeting.Provider != ProviderPolicy.BuiltIn && rooms.Find(id) is { } room)
            await room.FallBack(meeting.Provider!);
        return await doors.Open(lesson, meeting, caller.PersonId, part, http, ct);
    }

    /// <param name="Left">What does not work, when it was left.</param>
    /// <param name="Refused">Why there is no fallback.</param>
    /// <param name="FailedAt">As in the meeting.</param>
    private readonly record struct Outcome(MeetingLost? Left, Refusal? Refused = null, Instant? FailedAt = null);

    private async Task<Outcome> Settle(Lesson lesson, string? from, Actor who, CancellationToken ct)
    {
        await using var held = await meetingLock.Hold(lesson.Id, ct);
        MeetingLost? left;
        await using (var session = store.OpenSession(who))
        {
            var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lesson.Id), ct);
            if (stream.Aggregate is not { } meeting)
                return new Outcome(null, NoFallback);
            var told = await session.FetchStreamAsync(stream.Id, ct);
            var lost = told.Select(e => e.Data).OfType<MeetingLost>().LastOrDefault();
            Decision decision;
            if (!meeting.IsReady())
            {
                if (meeting.State is not (MeetingState.Failed or MeetingState.Arranging))
                    return new Outcome(null, NoFallback);
                var allFailed = meeting.Shown() is MeetingState.Failed;
                if (allFailed && !meeting.HasRested(Now))
                    return new Outcome(null, Meeting.TriedJustNow, meeting.FailedAt);
                decision = allFailed ? meeting.TryAgain(null, Now) : Decision.Nothing;
                left = lost;
            }
            else
            {
                // Somebody else was faster, and this one has still the old door before them.
                if (from is not null && from != meeting.Provider)
                    return default;
                (decision, var refused) = meeting.Provider == ProviderPolicy.BuiltIn
                    ? await Stuck(lesson, meeting, from is null ? lost : null, ct)
                    : await Unanswered(lesson, meeting, lost, ct);
                if (refused is not null || decision.ChangesNothing)
                    return new Outcome(null, refused, meeting.FailedAt);
                left = decision.Events.OfType<MeetingLost>().Single();
            }
            if (!decision.ChangesNothing)
            {
                // If this process dies in the next seconds, the errand finishes what was begun.
                session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(lesson.Id), Guid.CreateVersion7(time.GetUtcNow()));
                await meetings.Save(session, stream, decision, meeting, [], ct);
            }
        }
        await meetings.RunHeld(lesson.Id, ct);
        return new Outcome(left);
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

    /// <summary>Those that failed before are asked again only when nobody else is left, and when they have rested.</summary>
    private async Task<(Decision, Refusal?)> ElsewhereThan(Lesson lesson, Meeting meeting, string why, CancellationToken ct)
    {
        var askAll = (await chooser.For(lesson, [.. meeting.FailedProviders, meeting.Provider!], ct)).Choice.ToTry.Count == 0;
        if (askAll)
        {
            if ((await chooser.For(lesson, [meeting.Provider!], ct)).Choice.ToTry.Count == 0)
                return (Decision.Nothing, NoFallback);
            if (!meeting.HasRested(Now))
                return (Decision.Nothing, Meeting.TriedJustNow);
        }
        return (meeting.DidNotConnect(why, askAll, Now), null);
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
        "No other meeting provider could take the lesson now, so it stays where it was. Join again: it may work this time.");

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}

using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Meetings;

/// <param name="Suspicion">Why it may be gone, of <see cref="LostCodes"/>; null when there is no suspicion.</param>
public sealed record LookErrand(Guid LessonId, string? Suspicion = null);

/// <summary>
/// Looks whether a meeting is still allowed where it is, and at the provider as it should be; puts back what was moved there, and arranges anew what is gone.
/// </summary>
public sealed class LookAtMeeting(
    EventStore store, MeetingProviders providers, MeetingOrders orders, MeetingLock meetingLock, SettleMeeting meetings, ChooseProvider chooser,
    TimeProvider time)
    : IErrandHandler
{
    public const string ErrandKind = "look_at_meeting";

    public string Kind => ErrandKind;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var body = errand.BodyAs<LookErrand>();
        try
        {
            if (await Look(body.LessonId, body.Suspicion, ct) is { } again)
                throw new ErrandLater("A meeting provider has trouble.", again - Now);
        }
        catch (ProviderTrouble trouble) when (trouble.NotBefore is { } notBefore)
        {
            throw new ErrandLater(trouble.Code, notBefore - Now, trouble);
        }
    }

    /// <summary>As <see cref="SettleMeeting.Run"/>.</summary>
    /// <exception cref="ProviderTrouble">It could not be looked at now.</exception>
    public async Task<Instant?> Look(Guid lessonId, string? suspicion, CancellationToken ct)
    {
        await using var held = await meetingLock.Hold(lessonId, ct);
        await using var session = store.OpenSession(Actor.Server("meetings"));
        if (await session.AggregateStreamAsync<Lesson>(lessonId, ct) is not { } lesson || lesson.IsClosed())
            return null;
        var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lessonId), ct);
        var order = await orders.Of(lesson, ct);
        // One at another time than the lesson's waits for its move, which looks at the provider, too.
        if (stream.Aggregate is { } meeting && meeting.IsReady() && meeting.IsAt(order.Start, order.DurationMinutes))
            await Save(meeting, await Seen(meeting, lesson, order, suspicion, ct));
        else if (stream.Aggregate is { State: MeetingState.Failed } failed)
            await Save(failed, failed.TryAgain(null, Now));
        return await meetings.RunHeld(lessonId, ct);

        async Task Save(Meeting before, Decision seen)
        {
            // Whoever looks may not come back: when a provider has trouble now, or this process dies, the errand arranges it.
            if (seen.Events.Any(happened => happened is MeetingLost or MeetingTriedAgain))
                session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(lessonId), Guid.CreateVersion7(time.GetUtcNow()));
            await meetings.Save(session, stream, seen, before, [], ct);
        }
    }

    private async Task<Decision> Seen(Meeting meeting, Lesson lesson, MeetingOrder order, string? suspicion, CancellationToken ct)
    {
        var (name, reference) = (meeting.Provider!, meeting.Reference!);
        if (!await chooser.IsAllowed(lesson, name, ct))
            return meeting.Lost(name, reference, LostCodes.NotAllowedInCountry, SettleMeeting.NotAllowed, Now);
        if (providers.Find(name) is not { } provider)
            return meeting.Lost(name, reference, LostCodes.NoLongerConfigured, "It is no longer set up on this server.", Now);
        if (!await provider.Serves(order.TutorId, ct))
            return meeting.Lost(name, reference, LostCodes.AccountDisconnected, "There is no account for this tutor any more.", Now);
        var sighting = await provider.Look(order, reference, ct);
        return sighting.Presence switch
        {
            MeetingPresence.There => meeting.Verified(Now),
            // What the provider says of its own goes before what somebody suspected.
            MeetingPresence.Gone => meeting.Lost(
                name, reference, SettleMeeting.LostAt(sighting.Detail) ?? suspicion ?? LostCodes.DeletedAtProvider, sighting.Detail, Now),
            _ => await PutBack(meeting, provider, order, ct),
        };
    }

    private async Task<Decision> PutBack(Meeting meeting, IMeetingProvider provider, MeetingOrder order, CancellationToken ct)
    {
        var answer = await provider.Move(order, meeting.Reference!, ct);
        return answer.Place is not null
            ? meeting.PutBack(Now)
            : meeting.Lost(meeting.Provider!, meeting.Reference!, SettleMeeting.LostAt(answer.FailureCode) ?? LostCodes.MovedAtProvider,
                $"{answer.FailureCode}: {answer.FailureDetail}", Now);
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}

using Muse.Adapters.Postgres;
using Muse.Api.Meetings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Connections;

/// <summary>
/// Takes the meetings of coming lessons out of an account that its tutor disconnected, with tokens that nobody else has any more. Repeatable:
/// a lesson whose meeting was taken away is none of those that are asked for.
/// </summary>
internal sealed class LeaveAccount(
    EventStore store, MeetingProviders providers, MeetingOrders orders, MeetingLock meetingLock, ResettleMeetings resettling, TutorAccounts accounts, TimeProvider time)
{
    /// <summary>For all lessons of one attempt; an errand may not run much longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);

    /// <param name="mayWait">Another attempt follows; without, what cannot be taken away is noted as left behind.</param>
    /// <returns>False when the provider had trouble with one of them.</returns>
    public async Task<bool> Run(Guid tutorId, string provider, KeptTokens tokens, bool mayWait, CancellationToken ct)
    {
        if (providers.Find(provider) is not { } its)
            return true;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        var all = true;
        foreach (var lesson in await resettling.Coming(tutorId, provider, ct))
            all &= await Leave(lesson, its, tokens, mayWait, patience.Token, ct);
        return all;
    }

    private async Task<bool> Leave(Guid lessonId, IMeetingProvider its, KeptTokens tokens, bool mayWait, CancellationToken patience, CancellationToken ct)
    {
        var name = its.Abilities.Name;
        await using var held = await meetingLock.Hold(lessonId, ct);
        await using var session = store.OpenSession(Actor.Server("connections"));
        var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lessonId), ct);
        if (await session.AggregateStreamAsync<Lesson>(lessonId, ct) is not { } lesson || stream.Aggregate is not { } meeting || !meeting.IsReadyAt(name))
            return true;
        var (order, reference) = (await orders.Of(lesson, ct), meeting.Reference!);
        string? left;
        try
        {
            // The tutor's connection is gone: what can still be seen is in the school's account.
            if ((await its.Look(order, reference, patience)).Presence is not MeetingPresence.Gone)
                return true;
            left = (await accounts.Lending(lesson.TutorId, name, tokens, () => its.Withdraw(order, reference, patience))).FailureCode;
            left = left is MeetingAnswer.GoneCode ? null : left;
        }
        catch (Exception trouble) when (!ct.IsCancellationRequested && trouble is ProviderTrouble or OperationCanceledException)
        {
            if (mayWait)
                return false;
            left = "unreachable";
        }
        var lost = meeting.Lost(name, reference, LostCodes.AccountDisconnected, "The tutor disconnected the account.", Now);
        stream.AppendMany(lost.Events);
        if (left is not null)
            stream.AppendMany(meeting.LeftBehind(name, reference, left, Now).Events);
        session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(lessonId));
        await session.SaveChangesAsync(ct);
        return true;
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}

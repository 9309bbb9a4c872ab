using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Meetings;

/// <param name="Reference">Null when nobody knows whether there is one, and which.</param>
public sealed record SweepErrand(Guid LessonId, string Provider, string? Reference = null);

/// <summary>
/// Takes away what an attempt of unknown end may have left at a provider. Repeated until the provider says that there is nothing; it never
/// touches the meeting in use.
/// </summary>
public sealed class SweepMeeting(
    EventStore store, MeetingProviders providers, MeetingOrders orders, MeetingAttempts attempts, MeetingLock meetingLock, TimeProvider time)
    : IErrandHandler
{
    public const string ErrandKind = "sweep_meeting";

    public string Kind => ErrandKind;

    /// <summary>Two weeks and more with the usual pauses of up to an hour; then a person has to look.</summary>
    public int Attempts => 400;

    /// <summary>About four hours: providers refuse everybody for a while, too, and then honour the same tokens again.</summary>
    public const int AttemptsNotPermitted = 10;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var (lessonId, name, reference) = errand.BodyAs<SweepErrand>();
        await using var held = await meetingLock.Hold(lessonId, ct);
        await using var session = store.OpenSession();
        if (await session.AggregateStreamAsync<Lesson>(lessonId, ct) is not { } lesson)
            throw new ErrandIsHopeless($"There is no lesson {lessonId}.");
        var meeting = await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lessonId), ct);
        var isArranging = (await attempts.Open(lessonId, ct)).Contains(name);
        // The provider would find the new meeting by the lesson's name, so nothing is asked of it: the old one is in an account that is gone.
        if (reference is not null && meeting?.Reference != reference && (isArranging || meeting?.IsReadyAt(name) is true)
            && await WentWithItsAccount(session, lessonId, name, reference, ct))
        {
            if (isArranging && !lesson.IsClosed())
                throw new ErrandLater($"{name} is being asked.", Duration.FromSeconds(15));
            await Leave(lessonId, name, reference, MeetingAnswer.DisconnectedCode, ct);
            return;
        }
        // In use, or about to be: whoever arranges there finds what was left, and sees to it.
        if (meeting?.IsReadyAt(name) is true || isArranging)
            return;
        // Others are being asked, and when none of them takes the lesson, this is where it goes on.
        if (meeting?.Left?.Provider == name && !lesson.IsClosed())
            throw new ErrandLater($"{name} may be gone back to.", Duration.FromSeconds(15));
        if (providers.Find(name) is not { } provider)
        {
            await Leave(lessonId, name, reference, LostCodes.NoLongerConfigured, ct);
            return;
        }
        try
        {
            var answer = await provider.Withdraw(await orders.Of(lesson, ct), reference, ct);
            if (answer.FailureCode is MeetingAnswer.DisconnectedCode
                || (answer.FailureCode is MeetingAnswer.NotPermittedCode && errand.Attempt >= AttemptsNotPermitted))
                await Leave(lessonId, name, reference, answer.FailureCode, ct);
            else if (answer.FailureCode is not (null or MeetingAnswer.GoneCode))
                throw new InvalidOperationException($"{name} does not let the stray meeting be withdrawn: {answer.FailureCode}.");
        }
        catch (ProviderTrouble trouble) when (trouble.NotBefore is { } notBefore)
        {
            throw new ErrandLater($"{name}: {trouble.Code}", notBefore - Instant.FromDateTimeOffset(time.GetUtcNow()), trouble);
        }
    }

    public async Task GiveUp(Errand errand, string lastError, CancellationToken ct)
    {
        var (lessonId, name, reference) = errand.BodyAs<SweepErrand>();
        await using var held = await meetingLock.Hold(lessonId, ct);
        await Leave(lessonId, name, reference, "unreachable", ct);
    }

    private static async Task<bool> WentWithItsAccount(EventSession session, Guid lessonId, string name, string reference, CancellationToken ct) =>
        (await session.FetchStreamAsync(SettleMeeting.StreamOf(lessonId), ct)).Select(e => e.Data).OfType<MeetingLost>()
            .LastOrDefault(lost => lost.Provider == name && lost.Reference == reference) is { Code: LostCodes.AccountDisconnected };

    /// <summary>Asking again is of no use: the lesson's timeline says what may still be there, and where.</summary>
    private async Task Leave(Guid lessonId, string name, string? reference, string code, CancellationToken ct)
    {
        await using var session = store.OpenSession(Actor.Server("meetings"));
        var stream = await session.FetchForWriting<Meeting>(SettleMeeting.StreamOf(lessonId), ct);
        if (stream.Aggregate?.LeftBehind(name, reference, code, Instant.FromDateTimeOffset(time.GetUtcNow())) is not { ChangesNothing: false } left)
            return;
        stream.AppendMany(left.Events);
        await session.SaveChangesAsync(ct);
    }
}

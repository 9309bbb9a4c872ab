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

    /// <summary>Several days with the usual pauses of up to an hour; then a person has to look.</summary>
    public int Attempts => 100;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var (lessonId, name, reference) = errand.BodyAs<SweepErrand>();
        await using var held = await meetingLock.Hold(lessonId, ct);
        await using var session = store.OpenSession();
        if (await session.AggregateStreamAsync<Lesson>(lessonId, ct) is not { } lesson)
            throw new ErrandIsHopeless($"There is no lesson {lessonId}.");
        var meeting = await session.AggregateStreamAsync<Meeting>(SettleMeeting.StreamOf(lessonId), ct);
        // In use, or about to be: whoever arranges there finds what was left, and sees to it.
        if (meeting?.IsReadyAt(name) is true || (await attempts.Open(lessonId, ct)).Contains(name))
            return;
        if (providers.Find(name) is not { } provider)
            throw new ErrandIsHopeless($"{name} is no longer configured.");
        try
        {
            var answer = await provider.Withdraw(await orders.Of(lesson, ct), reference, ct);
            if (answer.FailureCode is not (null or MeetingAnswer.GoneCode))
                throw new InvalidOperationException($"{name} does not let the stray meeting be withdrawn: {answer.FailureCode}.");
        }
        catch (ProviderTrouble trouble) when (trouble.NotBefore is { } notBefore)
        {
            throw new ErrandLater($"{name}: {trouble.Code}", notBefore - Instant.FromDateTimeOffset(time.GetUtcNow()), trouble);
        }
    }
}

using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Meetings;

/// <summary>
/// Brings a lesson's meeting to what the lesson needs now. Arranging, moving and withdrawing all come here, so their errands may run in any
/// order, twice, or at once: each looks at the lesson and the meeting as they are, makes one step at the provider, and writes it to the
/// meeting's own stream at the version it saw. Whoever is late sees a stale version and looks again.
/// </summary>
public sealed class SettleMeeting(EventStore store, MeetingProviders providers, People people, TimeProvider time)
{
    /// <summary>Steps and stale versions of one run; a provider that keeps failing takes one step each.</summary>
    private const int MostRounds = 20;

    public static Guid StreamOf(Guid lessonId) => NameBasedId.From(lessonId, "meeting");

    public async Task Run(Guid lessonId, CancellationToken ct)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            try
            {
                if (await Step(lessonId, ct))
                    return;
            }
            catch (Exception late) when (late is StaleVersion or StreamExists)
            {
            }
        }
        throw new InvalidOperationException($"The meeting of lesson {lessonId} does not settle.");
    }

    /// <summary>True when there is nothing left to do.</summary>
    private async Task<bool> Step(Guid lessonId, CancellationToken ct)
    {
        await using var session = store.OpenSession(Actor.Server("meetings"));
        if (await session.AggregateStreamAsync<Lesson>(lessonId, ct) is not { } lesson)
            throw new ErrandIsHopeless($"There is no lesson {lessonId}.");
        var stream = await session.FetchForWriting<Meeting>(StreamOf(lessonId), ct);
        var meeting = stream.Aggregate ?? Meeting.None(StreamOf(lessonId), lessonId);
        var order = new MeetingOrder(lessonId, lesson.TutorId, "", "Muse lesson", lesson.Time.Start, lesson.Time.DurationMinutes, lesson.Time.Zone, lesson.Link);
        var step = meeting.Next(lesson.IsCancelled(), order.Start, order.DurationMinutes);
        var decision = step switch
        {
            MeetingStep.Arrange when lesson.IsClosed() => Decision.Nothing,
            MeetingStep.Arrange => await Arrange(meeting, lesson, order, ct),
            MeetingStep.Move => await Move(meeting, order, ct),
            MeetingStep.Withdraw => await Withdraw(meeting, order, ct),
            _ => Decision.Nothing,
        };
        if (decision.IsRefused)
            throw new InvalidOperationException($"The meeting of lesson {lessonId} refuses its own next step: {decision.Refusal.Code}.");
        if (decision.ChangesNothing)
            return true;
        stream.AppendMany(decision.Events);
        await session.SaveChangesAsync(ct);
        return false;
    }

    private async Task<Decision> Arrange(Meeting meeting, Lesson lesson, MeetingOrder order, CancellationToken ct)
    {
        var country = (await people.ByRole(lesson.StudentId, ct))?.Country ?? "";
        var choice = ProviderPolicy.Choose(new ProviderQuestion(
            lesson.Provider, [], [country], await providers.Standings(lesson.TutorId, ct), meeting.FailedProviders, PreflightFindings.None,
            LessonNeeds.Two, Now));
        if (choice.ToTry.Count == 0)
            return meeting.NoneAllowed(country, choice.Reasons, Now);
        var name = choice.ToTry[0];
        var answer = await providers.Find(name)!.Arrange(order, ct);
        return answer.Place is { } place
            ? meeting.Arranged(name, place, order.Start, order.DurationMinutes, choice.Reasons, Now)
            : meeting.ArrangementFailed(name, answer.FailureCode ?? "failed", answer.FailureDetail ?? "", Now);
    }

    private async Task<Decision> Move(Meeting meeting, MeetingOrder order, CancellationToken ct)
    {
        if (providers.Find(meeting.Provider!) is not { } provider)
            throw new ErrandIsHopeless($"{meeting.Provider} is no longer configured.");
        var answer = await provider.Move(order, meeting.Reference!, ct);
        return answer.Place is not null
            ? meeting.Moved(order.Start, order.DurationMinutes, Now)
            : throw new ErrandIsHopeless($"{meeting.Provider} does not move the meeting: {answer.FailureCode}.");
    }

    private async Task<Decision> Withdraw(Meeting meeting, MeetingOrder order, CancellationToken ct)
    {
        if (meeting.IsReady() && providers.Find(meeting.Provider!) is { } provider)
            await provider.Withdraw(order, meeting.Reference!, ct);
        return meeting.Withdrawn(Now);
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}

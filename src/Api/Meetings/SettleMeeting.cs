using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Meetings;

/// <summary>
/// Brings a lesson's meeting to what the lesson needs now. Arranging, moving and withdrawing all come here, so their errands may run in any
/// order, twice, or at once: each takes the meeting's lock, looks at the lesson and the meeting as they are, makes one step at the provider, and
/// writes it to the meeting's own stream at the version it saw. A provider that may hold a meeting which is not the one in use is swept.
/// </summary>
public sealed partial class SettleMeeting(
    EventStore store, MeetingProviders providers, ChooseProvider chooser, MeetingOrders orders, MeetingAttempts attempts, MeetingLock meetingLock,
    TimeProvider time, ILogger<SettleMeeting> log)
{
    /// <summary>Steps and stale versions of one run; a provider that keeps failing takes one step each.</summary>
    private const int MostRounds = 20;

    internal const string NotAllowed = "It may not be used for calls where one of the two people is now.";

    public static Guid StreamOf(Guid lessonId) => NameBasedId.From(lessonId, "meeting");

    /// <summary>Null when nothing is left to do; else it is to be looked at again then: a provider had trouble, or the lesson is far ahead.</summary>
    public async Task<Instant?> Run(Guid lessonId, CancellationToken ct)
    {
        await using var held = await meetingLock.Hold(lessonId, ct);
        return await RunHeld(lessonId, ct);
    }

    /// <summary>As <see cref="Run"/>, for a caller that holds the meeting's lock.</summary>
    internal async Task<Instant?> RunHeld(Guid lessonId, CancellationToken ct)
    {
        for (var round = 0; round < MostRounds; round++)
        {
            try
            {
                var (done, again) = await Step(lessonId, ct);
                if (done)
                    return again;
            }
            catch (Exception late) when (late is StaleVersion or StreamExists)
            {
            }
        }
        throw new InvalidOperationException($"The meeting of lesson {lessonId} does not settle.");
    }

    /// <summary>The last attempt to withdraw has failed: the lesson is off all the same, and the event says what stays behind.</summary>
    internal async Task GiveUpWithdrawing(Guid lessonId, CancellationToken ct)
    {
        await using var held = await meetingLock.Hold(lessonId, ct);
        await using var session = store.OpenSession(Actor.Server("meetings"));
        var lesson = await session.AggregateStreamAsync<Lesson>(lessonId, ct);
        var stream = await session.FetchForWriting<Meeting>(StreamOf(lessonId), ct);
        if (lesson?.IsCancelled() is true && stream.Aggregate is { } meeting)
            await Save(session, stream, meeting.Withdrawn(Now, "unreachable"), meeting, suspects: [], ct);
    }

    /// <param name="Suspect">This provider may hold a meeting that is not in use.</param>
    private readonly record struct Outcome(Decision Decision, string? Suspect = null, Instant? Again = null);

    private async Task<(bool Done, Instant? Again)> Step(Guid lessonId, CancellationToken ct)
    {
        await using var session = store.OpenSession(Actor.Server("meetings"));
        if (await session.AggregateStreamAsync<Lesson>(lessonId, ct) is not { } lesson)
            throw new ErrandIsHopeless($"There is no lesson {lessonId}.");
        var stream = await session.FetchForWriting<Meeting>(StreamOf(lessonId), ct);
        var meeting = stream.Aggregate ?? Meeting.None(StreamOf(lessonId), lessonId);
        var order = await orders.Of(lesson, ct);
        var outcome = meeting.Next(lesson.IsCancelled(), order.Start, order.DurationMinutes) switch
        {
            MeetingStep.Arrange when lesson.IsClosed() => default,
            MeetingStep.Arrange when Meeting.DueFor(order.Start, Now) is { } due => new Outcome(Decision.Nothing, Again: due),
            MeetingStep.Arrange => await Arrange(meeting, lesson, order, ct),
            MeetingStep.Move => await Move(meeting, lesson, order, ct),
            MeetingStep.Withdraw => await Withdraw(meeting, order, ct),
            _ => default,
        };
        if (outcome.Decision.IsRefused)
            throw new InvalidOperationException($"The meeting of lesson {lessonId} refuses its own next step: {outcome.Decision.Refusal.Code}.");
        if (outcome.Decision.ChangesNothing)
            return (true, outcome.Again);
        await Save(session, stream, outcome.Decision, meeting, outcome.Suspect is { } suspect ? [suspect] : [], ct);
        return (false, null);
    }

    private async Task<Outcome> Arrange(Meeting meeting, Lesson lesson, MeetingOrder order, CancellationToken ct)
    {
        var (choice, country) = await chooser.For(lesson, meeting.FailedProviders, ct);
        if (choice.ToTry.Count == 0)
            return new Outcome(meeting.NoneAllowed(country, choice.Reasons, Now));
        var (name, next) = (choice.ToTry[0], choice.ToTry.ElementAtOrDefault(1));
        if (meeting.Troubles.GetValueOrDefault(name) is { } troubles && troubles.NotBefore > Now)
            return new Outcome(Decision.Nothing, Again: troubles.NotBefore);
        // Our own rooms are made by nobody before somebody comes, so nothing can be left of them.
        var triedBefore = name != ProviderPolicy.BuiltIn && await attempts.Begin(order.LessonId, name, ct);
        try
        {
            var answer = await providers.Find(name)!.Arrange(order, ct);
            return answer.Place is { } place
                ? new Outcome(meeting.Arranged(name, place, order.Start, order.DurationMinutes, choice.Reasons, Now))
                : new Outcome(
                    meeting.ArrangementFailed(name, answer.FailureCode ?? "failed", answer.FailureDetail ?? "", Now, next), triedBefore ? name : null);
        }
        catch (Exception broken) when (!ct.IsCancellationRequested)
        {
            var trouble = TroubleOf(broken, name);
            return new Outcome(
                meeting.Troubled(name, MeetingStep.Arrange, trouble.Code, trouble.Message, trouble.NotBefore, order.Start, Now, next), Suspect: name);
        }
    }

    private async Task<Outcome> Move(Meeting meeting, Lesson lesson, MeetingOrder order, CancellationToken ct)
    {
        var (name, reference) = (meeting.Provider!, meeting.Reference!);
        if (meeting.Troubles.GetValueOrDefault(name) is { } troubles && troubles.NotBefore > Now)
            return new Outcome(Decision.Nothing, Again: troubles.NotBefore);
        if (!await chooser.IsAllowed(lesson, name, ct))
            return new Outcome(meeting.Lost(name, reference, LostCodes.NotAllowedInCountry, NotAllowed, Now));
        if (providers.Find(name) is not { } provider)
            return new Outcome(meeting.Lost(name, reference, LostCodes.NoLongerConfigured, "It is no longer set up on this server.", Now));
        try
        {
            var answer = await provider.Move(order, reference, ct);
            if (answer.Place is not null)
                return new Outcome(meeting.Moved(order.Start, order.DurationMinutes, Now));
            var code = LostAt(answer.FailureCode) ?? LostCodes.MoveFailed;
            return new Outcome(meeting.Lost(name, reference, code, $"{answer.FailureCode}: {answer.FailureDetail}", Now));
        }
        catch (Exception broken) when (!ct.IsCancellationRequested)
        {
            var trouble = TroubleOf(broken, name);
            return new Outcome(meeting.Troubled(name, MeetingStep.Move, trouble.Code, trouble.Message, trouble.NotBefore, order.Start, Now));
        }
    }

    private async Task<Outcome> Withdraw(Meeting meeting, MeetingOrder order, CancellationToken ct)
    {
        if (!meeting.IsReady())
            return new Outcome(meeting.Withdrawn(Now));
        if (providers.Find(meeting.Provider!) is not { } provider)
            return new Outcome(meeting.Withdrawn(Now, LostCodes.NoLongerConfigured));
        try
        {
            var answer = await provider.Withdraw(order, meeting.Reference!, ct);
            var isGone = answer.FailureCode is null or MeetingAnswer.GoneCode;
            return new Outcome(meeting.Withdrawn(Now, isGone ? null : answer.FailureCode));
        }
        catch (ProviderTrouble trouble) when (trouble.NotBefore > Now)
        {
            return new Outcome(Decision.Nothing, Again: trouble.NotBefore);
        }
    }

    /// <summary>
    /// Writes the step, and with it the errands that sweep providers which may hold a meeting that is not the one in use: those of open
    /// attempts, and the one whose meeting was lost but may still be there.
    /// </summary>
    internal async Task Save(
        EventSession session, IEventStream<Meeting> stream, Decision decision, Meeting before, IReadOnlyCollection<string> suspects,
        CancellationToken ct)
    {
        var open = await attempts.Open(before.LessonId, ct);
        foreach (var happened in decision.Events)
        {
            var cause = stream.AppendOne(happened);
            switch (happened)
            {
                case MeetingArranged arranged:
                    Sweep(cause, open.Where(name => name != arranged.Provider));
                    MeetingAttempts.Close(session, before.LessonId, open);
                    break;
                case MeetingArrangementFailed failed:
                    Sweep(cause, suspects.Where(name => name == failed.Provider));
                    MeetingAttempts.Close(session, before.LessonId, [failed.Provider]);
                    open = [.. open.Where(name => name != failed.Provider)];
                    break;
                // A refused account may be honoured again a moment later: what it holds is looked for once more.
                case MeetingLost lost when LostCodes.MayBeThere(lost.Code) && lost.Provider != ProviderPolicy.BuiltIn:
                    Sweep(cause, [lost.Provider], lost.Reference);
                    break;
                case MeetingWithdrawn { LeftBehind: not null, Provider: { } left } when providers.Find(left) is not null:
                    Sweep(cause, open.Where(name => name != left));
                    Sweep(cause, [left], before.Reference);
                    MeetingAttempts.Close(session, before.LessonId, open);
                    break;
                case MeetingWithdrawn or NoProviderAllowed:
                    Sweep(cause, open);
                    MeetingAttempts.Close(session, before.LessonId, open);
                    break;
            }
        }
        await session.SaveChangesAsync(ct);
        // A person has to look, and the timeline tells tutors and students the code only.
        foreach (var failed in decision.Events.OfType<MeetingArrangementFailed>().Where(failed => failed.Code == MeetingAnswer.NotPermittedCode))
            LogNotPermitted(log, failed.Provider, before.LessonId, failed.Detail);

        void Sweep(Guid cause, IEnumerable<string> names, string? reference = null)
        {
            foreach (var name in names)
                session.Schedule(SweepMeeting.ErrandKind, new SweepErrand(before.LessonId, name, reference), NameBasedId.From(cause, name));
        }
    }

    /// <summary>The meeting went with what held it; null for any other failure.</summary>
    internal static string? LostAt(string? failureCode) => failureCode switch
    {
        MeetingAnswer.GoneCode => LostCodes.DeletedAtProvider,
        MeetingAnswer.DisconnectedCode => LostCodes.AccountDisconnected,
        _ => null,
    };

    /// <summary>What a provider's code did not foresee counts as trouble, too: the lesson needs a meeting, and the log says what broke.</summary>
    private ProviderTrouble TroubleOf(Exception broken, string provider)
    {
        if (broken is ProviderTrouble trouble)
            return trouble;
        LogUnforeseen(log, broken, provider);
        return broken is OperationCanceledException or TimeoutException
            ? new ProviderTrouble("timed_out", "The provider did not answer in time.", broken)
            : new ProviderTrouble("provider_error", "The provider could not be asked.", broken);
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} does not permit the meeting of lesson {Lesson} (not_permitted): {Reason}")]
    private static partial void LogNotPermitted(ILogger log, string provider, Guid lesson, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Provider} broke in a way that its code does not foresee")]
    private static partial void LogUnforeseen(ILogger log, Exception broken, string provider);
}

using Muse.Adapters.Postgres;
using NodaTime;

namespace Muse.Api.Meetings;

/// <summary>The body of the three errands: whose meeting.</summary>
public sealed record MeetingErrand(Guid LessonId);

/// <summary>One run of <see cref="SettleMeeting"/>, and when to come again.</summary>
public abstract class SettlingErrand(SettleMeeting meetings, TimeProvider time) : IErrandHandler
{
    protected SettleMeeting Meetings => meetings;

    public abstract string Kind { get; }

    /// <summary>A few for each provider (<see cref="Domain.Meetings.Meeting.MostTroubles"/>), and some for trouble of our own.</summary>
    public int Attempts => 30;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        if (await meetings.Run(errand.BodyAs<MeetingErrand>().LessonId, ct) is { } again)
            throw new ErrandLater("A meeting provider has trouble, or the lesson is far ahead.", again - Instant.FromDateTimeOffset(time.GetUtcNow()));
    }

    public virtual Task GiveUp(Errand errand, string lastError, CancellationToken ct) => Task.CompletedTask;
}

/// <summary>A booking was confirmed, or a meeting was lost.</summary>
public sealed class ArrangeMeeting(SettleMeeting meetings, TimeProvider time) : SettlingErrand(meetings, time)
{
    public const string ErrandKind = "arrange_meeting";

    public override string Kind => ErrandKind;
}

/// <summary>A lesson has another time.</summary>
public sealed class MoveMeeting(SettleMeeting meetings, TimeProvider time) : SettlingErrand(meetings, time)
{
    public const string ErrandKind = "move_meeting";

    public override string Kind => ErrandKind;
}

/// <summary>A lesson is off.</summary>
public sealed class WithdrawMeeting(SettleMeeting meetings, TimeProvider time) : SettlingErrand(meetings, time)
{
    public const string ErrandKind = "withdraw_meeting";

    public override string Kind => ErrandKind;

    public override Task GiveUp(Errand errand, string lastError, CancellationToken ct) =>
        Meetings.GiveUpWithdrawing(errand.BodyAs<MeetingErrand>().LessonId, ct);
}

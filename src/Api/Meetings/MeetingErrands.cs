using Muse.Adapters.Postgres;

namespace Muse.Api.Meetings;

/// <summary>The body of the three errands: whose meeting.</summary>
public sealed record MeetingErrand(Guid LessonId);

/// <summary>A booking was confirmed.</summary>
public sealed class ArrangeMeeting(SettleMeeting meetings) : IErrandHandler
{
    public const string ErrandKind = "arrange_meeting";

    public string Kind => ErrandKind;

    public Task Run(Errand errand, CancellationToken ct) => meetings.Run(errand.BodyAs<MeetingErrand>().LessonId, ct);
}

/// <summary>A lesson has another time.</summary>
public sealed class MoveMeeting(SettleMeeting meetings) : IErrandHandler
{
    public const string ErrandKind = "move_meeting";

    public string Kind => ErrandKind;

    public Task Run(Errand errand, CancellationToken ct) => meetings.Run(errand.BodyAs<MeetingErrand>().LessonId, ct);
}

/// <summary>A lesson is off.</summary>
public sealed class WithdrawMeeting(SettleMeeting meetings) : IErrandHandler
{
    public const string ErrandKind = "withdraw_meeting";

    public string Kind => ErrandKind;

    public Task Run(Errand errand, CancellationToken ct) => meetings.Run(errand.BodyAs<MeetingErrand>().LessonId, ct);
}

using Muse.Adapters.Postgres;

namespace Muse.Api.Meetings;

/// <summary>Whose connection to which provider died or was taken away.</summary>
public sealed record ResettleErrand(Guid TutorId, string Provider);

/// <summary>
/// A tutor's account at a provider is gone: the coming lessons held with it are arranged anew, with the school's account or elsewhere. Schedule
/// it in the transaction that notes the death: <c>session.Schedule(ResettleMeetings.ErrandKind, new ResettleErrand(tutorId, provider))</c>.
/// </summary>
public sealed class ResettleMeetings : IErrandHandler
{
    public const string ErrandKind = "resettle_meetings";

    public string Kind => ErrandKind;

    public Task Run(Errand errand, CancellationToken ct) => throw new NotImplementedException();
}

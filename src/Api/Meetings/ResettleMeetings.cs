using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

/// <summary>Whose connection to which provider died or was taken away.</summary>
public sealed record ResettleErrand(Guid TutorId, string Provider);

/// <summary>
/// A tutor's account at a provider is gone: the coming lessons held with it are arranged anew, with the school's account or elsewhere, and
/// their timelines say why. Schedule it in the transaction that notes the death:
/// <c>session.Schedule(ResettleMeetings.ErrandKind, new ResettleErrand(tutorId, provider))</c>.
/// </summary>
public sealed class ResettleMeetings(EventStore store, ComingLessons lessons) : IErrandHandler
{
    public const string ErrandKind = "resettle_meetings";

    public string Kind => ErrandKind;

    public async Task Run(Errand errand, CancellationToken ct)
    {
        var (tutorId, provider) = errand.BodyAs<ResettleErrand>();
        await using var session = store.OpenSession(Actor.Server("meetings"));
        foreach (var lesson in await Coming(tutorId, provider, ct))
        {
            // An errand each: a lesson whose provider has trouble does not hold up the others.
            session.Schedule(
                LookAtMeeting.ErrandKind, new LookErrand(lesson, LostCodes.AccountDisconnected), NameBasedId.From(errand.Id, lesson.ToString()));
        }
        await session.SaveChangesAsync(ct);
    }

    internal Task<List<Guid>> Coming(Guid tutorId, string provider, CancellationToken ct) => lessons.Of([tutorId], ["ready"], provider, ct);
}

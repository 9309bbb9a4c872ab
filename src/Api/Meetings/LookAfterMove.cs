using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;

namespace Muse.Api.Meetings;

/// <summary>Somebody is in another country: their coming lessons are looked at, since another law may say where they can be held.</summary>
public sealed class LookAfterMove(ComingLessons lessons, TimeProvider time)
{
    /// <summary>Adds the looks to the session that keeps the move, so that one is not kept without the other.</summary>
    /// <param name="roles">Of the person, as tutor and as student.</param>
    public async Task Schedule(EventSession session, Guid?[] roles, string from, string to, CancellationToken ct)
    {
        if (CountryRules.Of(from) is null && CountryRules.Of(to) is null)
            return;
        foreach (var lesson in await lessons.Of([.. roles.OfType<Guid>()], ["ready", "no_provider_allowed"], null, ct))
            session.Schedule(LookAtMeeting.ErrandKind, new LookErrand(lesson), Guid.CreateVersion7(time.GetUtcNow()));
    }
}

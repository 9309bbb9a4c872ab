using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Recordings;
using Muse.Domain.Consents;

namespace Muse.Api.Consents;

/// <summary>
/// <c>DELETE /v1/people/{personId}/consents/{purpose}</c>, repeatable. It asks for no version: a "no" counts whatever was said in between. The answer comes
/// when nothing of this person is being recorded any more; what is there already is out of view, and deleted after a while.
/// </summary>
internal static class RevokeConsent
{
    private const int MostTries = 5;

    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid personId, string purpose, Caller caller, ConsentDesk desk, RoomRecordings recordings, RecordingsOptions options, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            if (ReadConsent.Find(purpose) is not { } wanted || await desk.LayOut(personId, caller, ct) is not { } found)
                return Problems.NotFound();
            await using (found)
            {
                if (found.MayNotSpeak is { } refusal)
                    return Problems.From(refusal);
                var decision = found.Consents.Revoke(wanted, found.Speaker, found.IsOfAge, ConsentMethod.InApp, desk.Now);
                if (decision.IsRefused)
                    return Problems.From(decision.Refusal);
                found.Stream.AppendMany(decision.Events);
                if (decision.Events.Count > 0)
                    found.Session.Schedule(DeleteRevoked.ErrandKind, new DeleteRevokedErrand(personId, desk.Now), dueAt: desk.Now + options.KeptRevoked);
                try
                {
                    await found.Session.SaveChangesAsync(ct);
                    await recordings.Revoked(personId);
                    return TypedResults.NoContent();
                }
                catch (StaleVersion) when (tries < MostTries)
                {
                }
            }
        }
    }
}

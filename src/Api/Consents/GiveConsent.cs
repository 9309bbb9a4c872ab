using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Recordings;
using Muse.Domain.Consents;

namespace Muse.Api.Consents;

/// <summary>
/// <c>PUT /v1/people/{personId}/consents/{purpose}</c>. On the version that was seen: whoever reads an old page does not give again what somebody
/// revoked meanwhile.
/// </summary>
internal static class GiveConsent
{
    public static async Task<Results<Ok<ConsentView>, ProblemHttpResult>> Handle(
        Guid personId, string purpose, Caller caller, ConsentDesk desk, People people, RoomRecordings recordings, RecordingsOptions options, HttpContext http, CancellationToken ct)
    {
        if (ReadConsent.Find(purpose) is not { } wanted || await desk.LayOut(personId, caller, ct) is not { } found)
            return Problems.NotFound();
        await using (found)
        {
            if (found.MayNotSpeak is { } refusal)
                return Problems.From(refusal);
            if (found.Stream.StartingVersion != IfMatch.RequiredOrNone(http))
                return IfMatch.Stale();
            var decision = found.Consents.Give(wanted, found.Speaker, found.IsOfAge, ConsentMethod.InApp, desk.Now);
            if (decision.IsRefused)
                return Problems.From(decision.Refusal);
            found.Stream.AppendMany(decision.Events);
            try
            {
                await found.Session.SaveChangesAsync(ct);
            }
            catch (StreamExists)
            {
                // Two first words at once: the other one was not seen.
                return IfMatch.Stale();
            }
        }
        recordings.Given();
        if (await desk.LayOut(personId, caller, ct) is not { } now)
            return Problems.NotFound();
        await using (now)
            return await ReadConsent.Show(now, wanted, people, options, http, ct);
    }
}

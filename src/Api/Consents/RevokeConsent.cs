using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain.Consents;

namespace Muse.Api.Consents;

/// <summary>
/// <c>DELETE /v1/people/{personId}/consents/{purpose}</c>, repeatable. It asks for no version: a "no" counts whatever was said in between.
/// </summary>
internal static class RevokeConsent
{
    private const int MostTries = 5;

    public static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid personId, string purpose, Caller caller, ConsentDesk desk, CancellationToken ct)
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
                try
                {
                    await found.Session.SaveChangesAsync(ct);
                    return TypedResults.NoContent();
                }
                catch (StaleVersion) when (tries < MostTries)
                {
                }
            }
        }
    }
}

using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain.Meetings;

namespace Muse.Api.Connections;

/// <summary><c>DELETE /v1/tutors/{id}/connections/{provider}</c>: by the tutor, or by an administrator when a tutor cannot. What is not connected stays so.</summary>
internal static class Disconnecting
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid tutorId, string provider, Caller caller, ConnectionDesk desk, TutorAccounts accounts, CancellationToken ct)
    {
        if (!(caller.IsTutor(tutorId) || caller.IsAdmin) || !Connecting.Knows(provider))
            return Problems.NotFound();
        await Freshen(accounts, tutorId, provider, ct);
        await desk.Disconnect(tutorId, provider, caller, ct);
        return TypedResults.NoContent();
    }

    /// <summary>What is still to be taken away there needs a token that lives some minutes; without one it stays, and the timeline says so.</summary>
    private static async Task Freshen(TutorAccounts accounts, Guid tutorId, string provider, CancellationToken ct)
    {
        try
        {
            await accounts.Access(tutorId, provider, null, ct).WaitAsync(Patience, ct);
        }
        catch (Exception late) when (late is ProviderTrouble or TimeoutException)
        {
        }
    }
}

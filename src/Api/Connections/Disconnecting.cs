using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Api.Identity;

namespace Muse.Api.Connections;

/// <summary><c>DELETE /v1/tutors/{id}/connections/{provider}</c>: by the tutor, or by an administrator when a tutor cannot. What is not connected stays so.</summary>
internal static class Disconnecting
{
    internal static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid tutorId, string provider, Caller caller, ConnectionDesk desk, CancellationToken ct)
    {
        if (!(caller.IsTutor(tutorId) || caller.IsAdmin) || !Connecting.Knows(provider))
            return Problems.NotFound();
        await desk.Disconnect(tutorId, provider, caller, ct);
        return TypedResults.NoContent();
    }
}

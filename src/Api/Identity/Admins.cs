using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.Http;
using Muse.Domain;

namespace Muse.Api.Identity;

public static class Admins
{
    /// <summary>401 for nobody, 403 for anybody but an administrator, null for one.</summary>
    public static ProblemHttpResult? Refuse(Caller? caller) => caller switch
    {
        null => Problems.Of(StatusCodes.Status401Unauthorized, "not_signed_in", "Sign in first."),
        { IsAdmin: false } => Problems.From(Refusal.Forbidden("This is for administrators.")),
        _ => null,
    };
}

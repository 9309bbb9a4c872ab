using System.Security.Claims;

namespace Muse.Api.Identity;

/// <summary>
/// The signed-in person of a request. Endpoints take it as a parameter (<c>Caller caller</c>, or <c>Caller?</c> where nobody needs to
/// be signed in); the ids come from the access token, the children from the database, so that a child added a moment ago counts.
/// </summary>
public sealed record Caller(
    Guid PersonId,
    IReadOnlySet<string> Roles,
    Guid? TutorId,
    Guid? StudentId,
    Guid? GuardianId,
    IReadOnlySet<Guid> Children)
{
    public bool IsAdmin => Roles.Contains(Role.Admin);

    public bool IsIntegrator => Roles.Contains(Role.Integrator);

    public bool IsTutor(Guid tutorId) => TutorId == tutorId;

    /// <summary>The student themself, or a guardian of theirs.</summary>
    public bool MayActForStudent(Guid studentId) => StudentId == studentId || Children.Contains(studentId);

    /// <summary>Every student whose bookings and lessons are this caller's to see as a student or a guardian.</summary>
    public IEnumerable<Guid> Students => StudentId is { } own ? Children.Append(own) : Children;

    /// <summary>The role in which the caller stands to this student: <c>student</c>, <c>guardian</c> or null.</summary>
    public string? RoleTowards(Guid studentId) =>
        StudentId == studentId ? Role.Student : Children.Contains(studentId) ? Role.Guardian : null;

    public static async ValueTask<Caller?> BindAsync(HttpContext http)
    {
        var user = http.User;
        if (user.Identity?.IsAuthenticated is not true || !Guid.TryParse(user.FindFirstValue(TokenClaims.Subject), out var personId))
            return null;
        var guardianId = Id(user, TokenClaims.GuardianId);
        IReadOnlySet<Guid> children = guardianId is { } guardian
            ? await http.RequestServices.GetRequiredService<People>().ChildrenOf(guardian, http.RequestAborted)
            : new HashSet<Guid>();
        return new Caller(
            personId,
            user.FindAll(TokenClaims.Roles).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal),
            Id(user, TokenClaims.TutorId),
            Id(user, TokenClaims.StudentId),
            guardianId,
            children);
    }

    private static Guid? Id(ClaimsPrincipal user, string claim) => Guid.TryParse(user.FindFirstValue(claim), out var id) ? id : null;
}

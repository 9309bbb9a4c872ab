using System.Security.Claims;
using Muse.Domain;

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

    /// <summary>A child's tablet, signed in by the link a guardian made: it reads and joins; what binds other people is the guardian's.</summary>
    public bool IsChildsDevice { get; init; }

    public bool IsTutor(Guid tutorId) => TutorId == tutorId;

    /// <summary>The student themself, or a guardian of theirs.</summary>
    public bool MayActForStudent(Guid studentId) => StudentId == studentId || Children.Contains(studentId);

    /// <summary>Every student whose bookings and lessons are this caller's to see as a student or a guardian.</summary>
    public IEnumerable<Guid> Students => StudentId is { } own ? Children.Append(own) : Children;

    /// <summary>The role in which the caller stands to this student: <c>student</c>, <c>guardian</c> or null.</summary>
    public string? RoleTowards(Guid studentId) =>
        StudentId == studentId ? Role.Student : Children.Contains(studentId) ? Role.Guardian : null;

    /// <summary><c>guardian_needed</c> (403) when a child's device would book, move or call off the child's own lessons; else null.</summary>
    public Refusal? NeedsGuardianFor(Guid studentId) => IsChildsDevice && StudentId == studentId
        ? new Refusal("guardian_needed", "Booking, moving and calling off lessons is for a guardian; this device reads and joins them.")
        {
            Kind = RefusalKind.Forbidden,
        }
        : null;

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
            children)
        {
            IsChildsDevice = user.HasClaim(claim => claim.Type == TokenClaims.ChildsDevice),
        };
    }

    private static Guid? Id(ClaimsPrincipal user, string claim) => Guid.TryParse(user.FindFirstValue(claim), out var id) ? id : null;
}

using System.Security.Claims;
using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Domain.Sandboxes;

namespace Muse.Api.Identity;

/// <summary>A caller by an API key.</summary>
/// <param name="IsTest">It reaches its owner's sandbox only.</param>
public sealed record KeyUse(Guid KeyId, IReadOnlySet<string> Scopes, bool IsTest);

/// <summary>
/// The signed-in person of a request, or the owner of the API key by which it came, then in no role. Endpoints take it as a parameter (<c>Caller caller</c>, or <c>Caller?</c> where nobody needs to
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

    /// <summary>What began when the person signed in; null of an API key.</summary>
    public Guid? Session { get; init; }

    /// <summary>Set when the request came by an API key: what routes it opens, its scopes say.</summary>
    public KeyUse? Key { get; init; }

    public bool IsTutor(Guid tutorId) => TutorId == tutorId;

    /// <summary>
    /// Whether this tutor or student is of the caller's world: real people for persons and live keys, the own sandbox for a test key. Whether
    /// there is one of this id is asked elsewhere.
    /// </summary>
    public bool Reaches(Guid roleId) => Key is { IsTest: true } ? SandboxId.IsOf(PersonId, roleId) : !SandboxId.IsOne(roleId);

    /// <summary>The same for SQL: <c>(tutor_id::text like $1) = $2</c>.</summary>
    public (string Like, bool Is) World => Key is { IsTest: true } ? (SandboxId.PatternOf(PersonId), true) : (SandboxId.AnyPattern, false);

    /// <summary>The tutor themself, or a key for every tutor of its world.</summary>
    public bool MayActForTutor(Guid tutorId) => IsTutor(tutorId) || (Key is not null && Reaches(tutorId));

    /// <summary>The student themself, a guardian of theirs, or a key for every student of its world.</summary>
    public bool MayActForStudent(Guid studentId) => RoleTowards(studentId) is not null;

    /// <summary>Every student whose bookings and lessons are this caller's to see as a student or a guardian.</summary>
    public IEnumerable<Guid> Students => StudentId is { } own ? Children.Append(own) : Children;

    /// <summary>The role in which the caller stands to this student: <c>student</c>, <c>guardian</c>, <c>integrator</c> or null.</summary>
    public string? RoleTowards(Guid studentId) =>
        StudentId == studentId ? Role.Student
        : Children.Contains(studentId) ? Role.Guardian
        : Key is not null && Reaches(studentId) ? Role.Integrator
        : null;

    /// <summary>Who is named in the events of what the caller does in this role; of a key it is always the integrator, and which key.</summary>
    public Actor As(string? role) => Key is { } key ? new Actor(PersonId, Role.Integrator, $"key {key.KeyId}") : new Actor(PersonId, role);

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
            Session = Id(user, TokenClaims.Session),
            Key = Id(user, TokenClaims.Key) is { } key
                ? new KeyUse(
                    key, user.FindAll(TokenClaims.KeyScope).Select(claim => claim.Value).ToHashSet(StringComparer.Ordinal),
                    user.HasClaim(claim => claim.Type == TokenClaims.TestKey))
                : null,
        };
    }

    private static Guid? Id(ClaimsPrincipal user, string claim) => Guid.TryParse(user.FindFirstValue(claim), out var id) ? id : null;
}

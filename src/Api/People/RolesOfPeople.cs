using Muse.Adapters.Postgres;
using Muse.Domain.Guardians;
using Muse.Domain.Sandboxes;
using Muse.Domain.Students;
using Muse.Domain.Tutors;
using Npgsql;

namespace Muse.Api;

/// <summary><c>person_roles</c> and <c>guardianships</c>: who is behind a tutor's, student's or guardian's id, and whose child is whose.</summary>
internal sealed class RolesOfPeople : IProjection
{
    public string Name => "roles_of_people";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["tutor_registered", "student_registered", "guardian_registered", "child_added", "sandbox_emptied"];

    public IReadOnlyList<string> Tables { get; } = ["person_roles", "guardianships"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case TutorRegistered tutor:
                Role(batch, tutor.TutorId, tutor.PersonId, Identity.Role.Tutor);
                break;
            case StudentRegistered student:
                Role(batch, student.StudentId, student.PersonId, Identity.Role.Student);
                break;
            case GuardianRegistered guardian:
                Role(batch, guardian.GuardianId, guardian.PersonId, Identity.Role.Guardian);
                break;
            case ChildAdded child:
                batch.Write("insert into guardianships (guardian_id, student_id, person_id) values ($1, $2, $3)",
                    child.GuardianId, child.StudentId, child.PersonId);
                break;
            case SandboxEmptied emptied:
                var gone = emptied.People.Select(person => person.RoleId).ToArray();
                batch.Write("delete from person_roles where role_id = any($1)", gone);
                batch.Write("delete from guardianships where guardian_id = any($1)", gone);
                break;
        }
    }

    private static void Role(NpgsqlBatch batch, Guid roleId, Guid personId, string kind) =>
        batch.Write("insert into person_roles (role_id, person_id, kind) values ($1, $2, $3)", roleId, personId, kind);
}

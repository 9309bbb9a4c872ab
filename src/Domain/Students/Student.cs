using NodaTime;

namespace Muse.Domain.Students;

/// <param name="Sandbox">Whose sandbox the student is in (the integrator's PersonId); null for a real one.</param>
public sealed record StudentRegistered(Guid StudentId, Guid PersonId, Instant At, Guid? Sandbox);

/// <summary>Someone who takes lessons: with an account of their own, or a child whose guardian acts for them.</summary>
public sealed record Student(Guid Id, Guid PersonId)
{
    public static Student Create(StudentRegistered e) => new(e.StudentId, e.PersonId);

    public static Decision Register(Student? existing, Guid studentId, Guid personId, Instant now, Guid? sandbox = null)
    {
        if (existing is null)
            return Decision.Of(new StudentRegistered(studentId, personId, now.Cut(), sandbox));
        return existing.PersonId == personId
            ? Decision.Nothing
            : new Refusal("role_taken", "This id belongs to another person.");
    }
}

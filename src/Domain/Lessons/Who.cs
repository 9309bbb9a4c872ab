namespace Muse.Domain.Lessons;

/// <summary>What a person is to one booking or lesson. <see cref="Clock"/> is nobody: time passed, or the rules of time changed.</summary>
public enum Part
{
    Tutor,
    Student,
    Guardian,
    Admin,
    Clock,
    /// <summary>Somebody whom Muse does not know: seen by a meeting provider, or come by a guest link; appended last, since events keep the
    /// name.</summary>
    Guest,
    /// <summary>A program of the school's, by an API key, for the tutor or the student.</summary>
    Integrator,
}

/// <summary>Who did it, and as what. <paramref name="PersonId"/> is null for the clock and for guests.</summary>
public sealed record Who(Guid? PersonId, Part Part)
{
    public static readonly Who Clock = new(null, Part.Clock);

    public static readonly Who Guest = new(null, Part.Guest);

    public bool IsTutor() => Part is Part.Tutor;

    /// <summary>The student, or a guardian who acts for the student.</summary>
    public bool IsStudentSide() => Part is Part.Student or Part.Guardian;

    public bool IsGuest() => Part is Part.Guest;

    public bool IsIntegrator() => Part is Part.Integrator;

    public bool IsOfTheLesson() => IsTutor() || IsStudentSide();
}

using System.Collections.Immutable;
using NodaTime;

namespace Muse.Domain.Sandboxes;

/// <param name="RoleId">A tutorId, studentId or guardianId; a <see cref="SandboxId"/>.</param>
/// <param name="Kind">tutor, student or guardian.</param>
public sealed record SandboxPerson(Guid RoleId, Guid PersonId, string Kind);

/// <param name="SandboxId">The stream: one for each integrator.</param>
public sealed record SandboxFilled(Guid SandboxId, Guid OwnerId, IReadOnlyList<SandboxPerson> People, Instant At);

/// <summary>Tutors or students of the integrator's own were imported into it.</summary>
public sealed record SandboxJoined(Guid SandboxId, Guid OwnerId, IReadOnlyList<SandboxPerson> People, Instant At);

/// <param name="People">Who was in it.</param>
public sealed record SandboxEmptied(Guid SandboxId, Guid OwnerId, IReadOnlyList<SandboxPerson> People, Guid By, Instant At);

/// <summary>An integrator's sandbox: invented and imported tutors and students on whom test keys work, and nothing else does.</summary>
/// <param name="IsFilled">The invented ones are in it.</param>
public sealed record Sandbox(Guid Id, Guid OwnerId, ImmutableList<SandboxPerson> People, bool IsFilled = false)
{
    /// <summary>People in one sandbox.</summary>
    public const int Most = 2000;

    public static Sandbox Empty(Guid id, Guid ownerId) => new(id, ownerId, []);

    public static Sandbox Create(SandboxFilled e) => Empty(e.SandboxId, e.OwnerId).Apply(e);

    public static Sandbox Create(SandboxJoined e) => Empty(e.SandboxId, e.OwnerId).Apply(e);

    public Sandbox Apply(SandboxFilled e) => this with { People = People.AddRange(e.People), IsFilled = true };

    public Sandbox Apply(SandboxJoined e) => this with { People = People.AddRange(e.People) };

    public Sandbox Apply(SandboxEmptied e) => this with { People = [], IsFilled = false };

    public bool IsEmpty() => People.IsEmpty;

    /// <summary>A full one stays as it is.</summary>
    public Decision Fill(IReadOnlyList<SandboxPerson> people, Instant now) =>
        IsFilled ? Decision.Nothing : Decision.Of(new SandboxFilled(Id, OwnerId, people, now.Cut()));

    /// <summary>Refusal: <c>too_many_people</c>.</summary>
    public Decision Join(IReadOnlyList<SandboxPerson> people, Instant now)
    {
        if (people.Count == 0)
            return Decision.Nothing;
        return People.Count + people.Count > Most
            ? new Refusal("too_many_people", $"At most {Most} people in a sandbox; empty it first.")
            : Decision.Of(new SandboxJoined(Id, OwnerId, people, now.Cut()));
    }

    public Decision MakeEmpty(Guid by, Instant now) =>
        IsEmpty() ? Decision.Nothing : Decision.Of(new SandboxEmptied(Id, OwnerId, People, by, now.Cut()));
}

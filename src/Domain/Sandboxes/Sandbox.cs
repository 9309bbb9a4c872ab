using System.Collections.Immutable;
using NodaTime;

namespace Muse.Domain.Sandboxes;

/// <param name="RoleId">A tutorId, studentId or guardianId; a <see cref="SandboxId"/>.</param>
/// <param name="Kind">tutor, student or guardian.</param>
public sealed record SandboxPerson(Guid RoleId, Guid PersonId, string Kind);

/// <param name="SandboxId">The stream: one for each integrator.</param>
public sealed record SandboxFilled(Guid SandboxId, Guid OwnerId, IReadOnlyList<SandboxPerson> People, Instant At);

/// <param name="People">Who was in it.</param>
public sealed record SandboxEmptied(Guid SandboxId, Guid OwnerId, IReadOnlyList<SandboxPerson> People, Guid By, Instant At);

/// <summary>An integrator's sandbox: invented tutors and students on whom test keys work, and nothing else does.</summary>
/// <param name="People">Empty: it waits to be filled.</param>
public sealed record Sandbox(Guid Id, Guid OwnerId, ImmutableList<SandboxPerson> People)
{
    public static Sandbox Empty(Guid id, Guid ownerId) => new(id, ownerId, []);

    public static Sandbox Create(SandboxFilled e) => Empty(e.SandboxId, e.OwnerId).Apply(e);

    public Sandbox Apply(SandboxFilled e) => this with { People = [.. e.People] };

    public Sandbox Apply(SandboxEmptied e) => this with { People = [] };

    public bool IsEmpty() => People.IsEmpty;

    /// <summary>A full one stays as it is.</summary>
    public Decision Fill(IReadOnlyList<SandboxPerson> people, Instant now) =>
        IsEmpty() ? Decision.Of(new SandboxFilled(Id, OwnerId, people, now.Cut())) : Decision.Nothing;

    public Decision MakeEmpty(Guid by, Instant now) =>
        IsEmpty() ? Decision.Nothing : Decision.Of(new SandboxEmptied(Id, OwnerId, People, by, now.Cut()));
}

using System.Collections.Immutable;
using NodaTime;

namespace Muse.Domain.Guardians;

public sealed record GuardianRegistered(Guid GuardianId, Guid PersonId, Instant At);

public sealed record ChildAdded(Guid GuardianId, Guid StudentId, Guid PersonId, Instant At);

/// <summary>The child lives in another country now, whose law may say where lessons can be held.</summary>
/// <param name="From">ISO 3166-1 alpha-2, as <paramref name="To"/>.</param>
public sealed record ChildMoved(Guid GuardianId, Guid StudentId, Guid PersonId, string From, string To, Instant At);

/// <summary>An adult who acts for children: books for them, may join their lessons, and decides what may be recorded.</summary>
/// <param name="Children">Student id → person id.</param>
public sealed record Guardian(Guid Id, Guid PersonId, ImmutableDictionary<Guid, Guid> Children)
{
    public const int MostChildren = 20;

    /// <summary>A child is younger than this; from then on it is an account of one's own.</summary>
    public const int AgeOfMajority = 18;

    public static Guardian Create(GuardianRegistered e) => new(e.GuardianId, e.PersonId, ImmutableDictionary<Guid, Guid>.Empty);

    public Guardian Apply(ChildAdded e) => this with { Children = Children.SetItem(e.StudentId, e.PersonId) };

    public bool IsGuardianOf(Guid studentId) => Children.ContainsKey(studentId);

    public bool HasMostChildren() => Children.Count >= MostChildren;

    public static Decision Register(Guardian? existing, Guid guardianId, Guid personId, Instant now)
    {
        if (existing is null)
            return Decision.Of(new GuardianRegistered(guardianId, personId, now.Cut()));
        return existing.PersonId == personId
            ? Decision.Nothing
            : new Refusal("role_taken", "This id belongs to another person.");
    }

    public Decision AddChild(Guid studentId, Guid personId, LocalDate birthDate, LocalDate today, Instant now)
    {
        if (Children.TryGetValue(studentId, out var known))
            return known == personId ? Decision.Nothing : new Refusal("role_taken", "This id belongs to another person.");
        if (birthDate > today)
            return Refusal.Invalid("birth_date_in_future", "The birth date is in the future.", "/birthDate");
        if (IsOfAge(birthDate, today))
            return Refusal.Invalid("of_age", "Someone who is of age makes an account of their own.", "/birthDate");
        if (HasMostChildren())
            return new Refusal("too_many_children", $"A guardian has at most {MostChildren} children here.");
        return Decision.Of(new ChildAdded(Id, studentId, personId, now.Cut()));
    }

    /// <param name="from">ISO 3166-1 alpha-2: where the child has lived.</param>
    public Decision MoveChild(Guid studentId, string from, string to, Instant now)
    {
        if (!Children.TryGetValue(studentId, out var personId))
            return Refusal.NotFound();
        return from == to ? Decision.Nothing : Decision.Of(new ChildMoved(Id, studentId, personId, from, to, now.Cut()));
    }

    /// <param name="birthDate">Null counts as of age: who is added as a child has one, and others signed up by themselves.</param>
    public static bool IsOfAge(LocalDate? birthDate, LocalDate today) => birthDate is not { } born || born.PlusYears(AgeOfMajority) <= today;
}

using System.Collections.Immutable;
using NodaTime;

namespace Muse.Domain.Consents;

/// <summary>What somebody can agree to; a closed list that grows by appending, since events keep the name.</summary>
public enum ConsentPurpose
{
    /// <summary>That lessons with this person are recorded, sound and picture, for the people of the lesson.</summary>
    Recording,
}

/// <summary>How it was said.</summary>
public enum ConsentMethod
{
    /// <summary>Signed in, by the switch beside the text that explains it.</summary>
    InApp,
}

/// <summary>In whose voice it was said.</summary>
public enum ConsentVoice
{
    /// <summary>The person's own; of age.</summary>
    Own,

    /// <summary>A guardian's, for a child.</summary>
    Guardian,
}

/// <summary>Who speaks, and as what towards the person it is about.</summary>
public sealed record Speaker(Guid PersonId, ConsentVoice Voice);

/// <param name="ConsentId">The stream: all consents of one person.</param>
/// <param name="PersonId">Whom it is about, and on whose behalf <paramref name="By"/> speaks.</param>
public sealed record ConsentGiven(Guid ConsentId, Guid PersonId, ConsentPurpose Purpose, Speaker By, ConsentMethod Method, Instant At);

/// <param name="By">Not always who gave it: one guardian is enough.</param>
public sealed record ConsentRevoked(Guid ConsentId, Guid PersonId, ConsentPurpose Purpose, Speaker By, ConsentMethod Method, Instant At);

/// <summary>A consent that was given and not revoked.</summary>
public sealed record GivenConsent(Speaker By, ConsentMethod Method, Instant At)
{
    /// <summary>What a guardian said for a child ends on the day the child is of age: from then on nobody else speaks for that person.</summary>
    public static bool Holds(ConsentVoice voice, bool isOfAge) => voice is ConsentVoice.Own || !isOfAge;
}

/// <summary>What one person has agreed to, or a guardian for a child. Without a word said nothing is agreed to.</summary>
public sealed record PersonConsents(Guid Id, Guid PersonId, ImmutableDictionary<ConsentPurpose, GivenConsent> Given)
{
    /// <summary>Codes of refusals.</summary>
    public const string NeedsGuardian = "consent_needs_guardian", OfAge = "of_age";

    public static PersonConsents None(Guid id, Guid personId) => new(id, personId, ImmutableDictionary<ConsentPurpose, GivenConsent>.Empty);

    public static PersonConsents Create(ConsentGiven e) => None(e.ConsentId, e.PersonId).Apply(e);

    public PersonConsents Apply(ConsentGiven e) => this with { Given = Given.SetItem(e.Purpose, new(e.By, e.Method, e.At)) };

    public PersonConsents Apply(ConsentRevoked e) => this with { Given = Given.Remove(e.Purpose) };

    /// <summary>Null when there is none, or none any more.</summary>
    public GivenConsent? Standing(ConsentPurpose purpose, bool isOfAge) =>
        Given.TryGetValue(purpose, out var given) && GivenConsent.Holds(given.By.Voice, isOfAge) ? given : null;

    /// <summary>Nothing when it stands already, whoever gave it.</summary>
    /// <param name="by">The person, or a guardian of theirs; the caller has seen to that.</param>
    /// <param name="isOfAge">Of the person it is about.</param>
    public Decision Give(ConsentPurpose purpose, Speaker by, bool isOfAge, ConsentMethod method, Instant now)
    {
        if (MayNotSpeak(by, isOfAge) is { } refusal)
            return refusal;
        return Standing(purpose, isOfAge) is not null
            ? Decision.Nothing
            : Decision.Of(new ConsentGiven(Id, PersonId, purpose, by, method, now.Cut()));
    }

    /// <summary>One guardian is enough, whichever of them gave it. Nothing when there is none.</summary>
    public Decision Revoke(ConsentPurpose purpose, Speaker by, bool isOfAge, ConsentMethod method, Instant now)
    {
        if (MayNotSpeak(by, isOfAge) is { } refusal)
            return refusal;
        return Standing(purpose, isOfAge) is null
            ? Decision.Nothing
            : Decision.Of(new ConsentRevoked(Id, PersonId, purpose, by, method, now.Cut()));
    }

    /// <summary>For a child a guardian speaks, and only a guardian; for whoever is of age nobody else does.</summary>
    public static Refusal? MayNotSpeak(Speaker by, bool isOfAge) => (by.Voice, isOfAge) switch
    {
        (ConsentVoice.Own, false) => Refusal.Forbidden("Whoever is not of age cannot agree to this; a guardian can.") with { Code = NeedsGuardian },
        (ConsentVoice.Guardian, true) => Refusal.Forbidden("Whoever is of age speaks for themself.") with { Code = OfAge },
        _ => null,
    };
}

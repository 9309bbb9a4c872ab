using Muse.Domain.Consents;
using NodaTime;

namespace Muse.Domain.Tests.Consents;

public sealed class PersonConsentsTests
{
    private const ConsentPurpose Recording = ConsentPurpose.Recording;
    private static readonly Guid Id = Guid.Parse("00000000-0000-5000-8000-000000000051");
    private static readonly Guid Person = Guid.Parse("00000000-0000-7000-8000-000000000052");
    private static readonly Speaker Own = new(Person, ConsentVoice.Own);
    private static readonly Speaker Mother = new(Guid.Parse("00000000-0000-7000-8000-000000000053"), ConsentVoice.Guardian);
    private static readonly Speaker Father = new(Guid.Parse("00000000-0000-7000-8000-000000000054"), ConsentVoice.Guardian);
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 7, 8, 0);

    private static Speaker Called(string name) => name switch { "own" => Own, "mother" => Mother, _ => Father };

    private static PersonConsents That(string state)
    {
        var none = PersonConsents.None(Id, Person);
        var given = none.Apply(new ConsentGiven(Id, Person, Recording, state.StartsWith("own", StringComparison.Ordinal) ? Own : Mother, ConsentMethod.InApp, Now));
        return state switch
        {
            "never" => none,
            "own" or "mother's" => given,
            _ => given.Apply(new ConsentRevoked(Id, Person, Recording, Father, ConsentMethod.InApp, Now)),
        };
    }

    /// <summary>The event's name, the refusal's code, or nothing.</summary>
    private static string Said(Decision decision)
    {
        Assert.True(decision.Events.Count <= 1 && (decision.Refusal is null || decision.Events.Count == 0));
        return decision.Refusal?.Code ?? decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing";
    }

    [Theory]
    // Of age: only the person speaks. What the mother gave for the child is over.
    [InlineData(true, "never", "own", "ConsentGiven", "nothing")]
    [InlineData(true, "own", "own", "nothing", "ConsentRevoked")]
    [InlineData(true, "mother's", "own", "ConsentGiven", "nothing")]
    [InlineData(true, "revoked", "own", "ConsentGiven", "nothing")]
    [InlineData(true, "never", "mother", "of_age", "of_age")]
    [InlineData(true, "own", "mother", "of_age", "of_age")]
    [InlineData(true, "mother's", "mother", "of_age", "of_age")]
    [InlineData(true, "revoked", "mother", "of_age", "of_age")]
    // A child: any one guardian speaks, the child does not.
    [InlineData(false, "never", "own", "consent_needs_guardian", "consent_needs_guardian")]
    [InlineData(false, "mother's", "own", "consent_needs_guardian", "consent_needs_guardian")]
    [InlineData(false, "revoked", "own", "consent_needs_guardian", "consent_needs_guardian")]
    [InlineData(false, "never", "mother", "ConsentGiven", "nothing")]
    [InlineData(false, "mother's", "mother", "nothing", "ConsentRevoked")]
    [InlineData(false, "mother's", "father", "nothing", "ConsentRevoked")]
    [InlineData(false, "revoked", "father", "ConsentGiven", "nothing")]
    public void In_each_state_each_command_of_each_speaker_has_one_answer(bool isOfAge, string state, string speaker, string given, string revoked)
    {
        var consents = That(state);
        Assert.Equal(given, Said(consents.Give(Recording, Called(speaker), isOfAge, ConsentMethod.InApp, Now)));
        Assert.Equal(revoked, Said(consents.Revoke(Recording, Called(speaker), isOfAge, ConsentMethod.InApp, Now)));
    }

    [Fact]
    public void The_events_say_who_spoke_for_whom_how_and_when()
    {
        var given = Assert.Single(That("never").Give(Recording, Mother, false, ConsentMethod.InApp, Now).Events);
        Assert.Equal(new ConsentGiven(Id, Person, Recording, Mother, ConsentMethod.InApp, Now), given);

        var consents = PersonConsents.Create((ConsentGiven)given);
        Assert.Equal(new GivenConsent(Mother, ConsentMethod.InApp, Now), consents.Standing(Recording, isOfAge: false));
        var later = Now + Duration.FromMinutes(1);
        var revoked = Assert.Single(consents.Revoke(Recording, Father, false, ConsentMethod.InApp, later).Events);
        Assert.Equal(new ConsentRevoked(Id, Person, Recording, Father, ConsentMethod.InApp, later), revoked);
        Assert.Null(consents.Apply((ConsentRevoked)revoked).Standing(Recording, isOfAge: false));
    }

    [Fact]
    public void What_a_guardian_gave_ends_when_the_child_is_of_age_and_what_one_gave_oneself_does_not()
    {
        Assert.NotNull(That("mother's").Standing(Recording, isOfAge: false));
        Assert.Null(That("mother's").Standing(Recording, isOfAge: true));
        Assert.NotNull(That("own").Standing(Recording, isOfAge: true));
    }
}

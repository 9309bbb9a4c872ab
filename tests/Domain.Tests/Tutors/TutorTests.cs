using Muse.Domain.Tutors;
using NodaTime;

namespace Muse.Domain.Tests.Tutors;

public sealed class TutorTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 21, 8, 0);
    private static readonly Guid Id = Guid.CreateVersion7();
    private static readonly Guid Person = Guid.CreateVersion7();
    private static readonly TutorProfile Good = new(["violin", "viola"], ["ko", "en"], ["beginner"], "Hello", false);

    private static Tutor Registered => Tutor.Create(new TutorRegistered(Id, Person, Now, null));

    private static Tutor WithProfile => Registered.Apply((TutorProfileSet)Registered.SetProfile(Good, "hash", Now).Events[0]);

    public static TheoryData<string, TutorProfile, string> Wrong => new()
    {
        { "no instrument", Good with { Instruments = [] }, "no_instrument" },
        { "no language", Good with { Languages = [] }, "no_language" },
        { "no level", Good with { Levels = [] }, "no_level" },
        { "an unknown level", Good with { Levels = ["expert"] }, "unknown_level" },
    };

    [Fact]
    public void Registering_twice_is_one_event_and_another_person_is_refused()
    {
        Assert.Single(Tutor.Register(null, Id, Person, Now).Events);
        Assert.True(Tutor.Register(Registered, Id, Person, Now).ChangesNothing);
        Assert.Equal("role_taken", Tutor.Register(Registered, Id, Guid.CreateVersion7(), Now).Refusal!.Code);
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_profile_with_something_wrong_is_refused_in_every_state(string _, TutorProfile profile, string code)
    {
        foreach (var tutor in new[] { Registered, WithProfile })
        {
            var decision = tutor.SetProfile(profile, "hash", Now);

            Assert.Equal(code, decision.Refusal!.Code);
            Assert.Empty(decision.Events);
        }
    }

    [Fact]
    public void A_profile_set_again_yields_no_event_whatever_the_order_of_the_instruments()
    {
        Assert.False(Registered.HasProfile());
        Assert.True(WithProfile.HasProfile());
        Assert.True(WithProfile.SetProfile(Good with { Instruments = ["viola", "violin", "viola"] }, "hash", Now).ChangesNothing);
    }

    [Fact]
    public void Another_text_is_a_change_though_the_event_does_not_hold_it()
    {
        var changed = (TutorProfileSet)Assert.Single(WithProfile.SetProfile(Good with { Introduction = "Welcome" }, "other", Now).Events);

        Assert.Equal("other", changed.IntroductionHash);
        Assert.DoesNotContain("Welcome", changed.ToString());
    }

    [Fact]
    public void The_order_of_languages_is_a_preference_and_a_change()
    {
        Assert.Single(WithProfile.SetProfile(Good with { Languages = ["en", "ko"] }, "hash", Now).Events);
    }
}

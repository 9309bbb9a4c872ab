using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Domain.Tests.Meetings;

public class ProviderPolicyTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly MeetingAbilities BuiltIn = new("built-in", Records: false, MusicMode: true, WaitingRoom: true, Seats: 12);
    private static readonly MeetingAbilities Zoom = new("zoom", Records: true, MusicMode: true, WaitingRoom: false, Seats: 100);
    private static readonly MeetingAbilities Meet = new("google-meet", Records: true, MusicMode: false, WaitingRoom: false, Seats: 100);
    private static readonly MeetingAbilities Jitsi = new("jitsi", Records: false, MusicMode: true, WaitingRoom: false, Seats: 75);

    /// <summary>A student in London, a tutor in Seoul, everything set up, nothing wished.</summary>
    private static readonly ProviderQuestion Question = new(
        null, [], ["GB", "KR"], [.. new[] { BuiltIn, Zoom, Meet, Jitsi }.Select(a => new ProviderStanding(a, Serves: true))], [],
        PreflightFindings.None, LessonNeeds.Two, Now);

    private static ProviderReason Of(ProviderChoice choice, string provider) => choice.Reasons.Single(r => r.Provider == provider);

    private static ProviderQuestion In(params string[] countries) => Question with { Countries = countries };

    private static PreflightFindings Tested(string provider, PreflightVerdict verdict, int daysAgo = 1) =>
        new([new PreflightFinding(provider, verdict, Now - Duration.FromDays(daysAgo))]);

    [Fact]
    public void Without_a_wish_the_schools_order_decides()
    {
        var choice = ProviderPolicy.Choose(Question);
        Assert.Equal(["built-in", "zoom", "google-meet", "jitsi"], choice.ToTry);
        Assert.Equal(new ProviderReason("built-in", ProviderVerdict.Chosen, "schools_order"), choice.Reasons[0]);
        Assert.All(choice.Reasons.Skip(1), r => Assert.Equal((ProviderVerdict.Reserve, "later_in_order"), (r.Verdict, r.Code)));
    }

    [Fact]
    public void The_tutors_order_goes_before_the_schools_and_the_wish_of_the_booking_before_both()
    {
        var preferred = Question with { TutorsOrder = ["jitsi", "zoom"] };
        Assert.Equal(["jitsi", "zoom", "built-in", "google-meet"], ProviderPolicy.Choose(preferred).ToTry);
        Assert.Equal("tutors_order", Of(ProviderPolicy.Choose(preferred), "jitsi").Code);
        var wished = ProviderPolicy.Choose(preferred with { Wish = "google-meet" });
        Assert.Equal(["google-meet", "jitsi", "zoom", "built-in"], wished.ToTry);
        Assert.Equal("wished", Of(wished, "google-meet").Code);
    }

    [Theory]
    [InlineData("AE", "KR")]
    [InlineData("ae", "KR")]
    [InlineData("GB", "AE")]
    [InlineData("AE", "AE")]
    public void With_one_of_the_two_people_in_the_Emirates_only_listed_apps_are_left_whatever_is_wished(string student, string tutor)
    {
        var choice = ProviderPolicy.Choose(In(student, tutor) with { Wish = "built-in", TutorsOrder = ["jitsi"] });
        Assert.Equal(["zoom", "google-meet"], choice.ToTry);
        Assert.Equal(new ProviderReason("built-in", ProviderVerdict.RuledOut, "not_allowed_in_country"), Of(choice, "built-in"));
        Assert.Equal(new ProviderReason("jitsi", ProviderVerdict.RuledOut, "not_allowed_in_country"), Of(choice, "jitsi"));
    }

    [Fact]
    public void In_the_Emirates_a_provider_that_the_law_forbids_is_no_last_resort_even_when_the_connection_test_likes_nothing_else()
    {
        var choice = ProviderPolicy.Choose(In("AE", "KR") with
        {
            Preflight = new([
                new("built-in", PreflightVerdict.Works, Now), new("zoom", PreflightVerdict.DoesNot, Now), new("google-meet", PreflightVerdict.DoesNot, Now),
            ]),
        });
        Assert.Equal(["zoom", "google-meet"], choice.ToTry);
        Assert.Equal(ProviderVerdict.RuledOut, Of(choice, "built-in").Verdict);
    }

    [Fact]
    public void In_the_Emirates_with_only_the_built_in_rooms_and_Jitsi_nothing_is_left()
    {
        var choice = ProviderPolicy.Choose(In("AE", "KR") with { Providers = [new(BuiltIn, true), new(Jitsi, true), new(Zoom, false)] });
        Assert.Empty(choice.ToTry);
        Assert.Equal("not_configured", Of(choice, "zoom").Code);
    }

    [Fact]
    public void A_country_without_a_rule_allows_everything() => Assert.Equal(4, ProviderPolicy.Choose(In("XX", "")).ToTry.Count);

    [Fact]
    public void What_has_failed_and_what_is_not_set_up_is_passed_over_and_named()
    {
        var choice = ProviderPolicy.Choose(Question with { Wish = "pigeon", Failed = ["zoom"], Providers = [new(Zoom, true), new(BuiltIn, true), new(Meet, false)] });
        Assert.Equal(["built-in"], choice.ToTry);
        Assert.Equal(
            [("built-in", "schools_order"), ("google-meet", "not_configured"), ("pigeon", "not_configured"), ("zoom", "failed")],
            choice.Reasons.Select(r => (r.Provider, r.Code)).OrderBy(r => r.Provider, StringComparer.Ordinal));
    }

    [Fact]
    public void What_the_connection_test_showed_not_to_work_is_passed_over_even_when_wished_and_used_when_nothing_else_is_left()
    {
        var tested = Question with { Wish = "built-in", Preflight = Tested("built-in", PreflightVerdict.DoesNot) };
        var choice = ProviderPolicy.Choose(tested);
        Assert.Equal(["zoom", "google-meet", "jitsi", "built-in"], choice.ToTry);
        Assert.Equal(new ProviderReason("built-in", ProviderVerdict.LastResort, "preflight_failed"), Of(choice, "built-in"));

        var alone = ProviderPolicy.Choose(tested with { Providers = [new(BuiltIn, true)] });
        Assert.Equal(new ProviderReason("built-in", ProviderVerdict.Chosen, "preflight_failed"), Assert.Single(alone.Reasons));
    }

    [Theory]
    [InlineData(PreflightVerdict.DoesNot, 13, "zoom")]
    [InlineData(PreflightVerdict.DoesNot, 14, "built-in")]
    [InlineData(PreflightVerdict.Unknown, 1, "built-in")]
    [InlineData(PreflightVerdict.Works, 1, "built-in")]
    public void A_connection_test_counts_for_two_weeks(PreflightVerdict verdict, int daysAgo, string expected) =>
        Assert.Equal(expected, ProviderPolicy.Choose(Question with { Preflight = Tested("built-in", verdict, daysAgo) }).ToTry[0]);

    [Fact]
    public void The_latest_connection_test_counts() => Assert.Equal(PreflightVerdict.Works, new PreflightFindings([
        new("zoom", PreflightVerdict.DoesNot, Now - Duration.FromDays(2)), new("zoom", PreflightVerdict.Works, Now - Duration.FromDays(1)),
    ]).Of("zoom", Now));

    [Fact]
    public void What_the_lesson_needs_orders_and_rules_nothing_out()
    {
        var both = ProviderPolicy.Choose(Question with { Needs = new LessonNeeds(Recording: true, MusicMode: true, Seats: 3) });
        Assert.Equal(["zoom", "built-in", "google-meet", "jitsi"], both.ToTry);
        Assert.Equal("cannot_record", Of(both, "built-in").Code);
        Assert.Equal("no_music_mode", Of(both, "google-meet").Code);

        var none = ProviderPolicy.Choose(Question with { Needs = new LessonNeeds(true, false, 2), Providers = [new(BuiltIn, true), new(Jitsi, true)] });
        Assert.Equal(["built-in", "jitsi"], none.ToTry);
    }

    [Fact]
    public void The_tutors_order_goes_before_what_the_lesson_needs_which_orders_those_that_the_tutor_does_not_name()
    {
        var choice = ProviderPolicy.Choose(Question with { TutorsOrder = ["zoom"], Needs = new LessonNeeds(Recording: false, MusicMode: true, Seats: 2) });
        Assert.Equal(["zoom", "built-in", "jitsi", "google-meet"], choice.ToTry);
        Assert.Equal(new ProviderReason("zoom", ProviderVerdict.Chosen, "tutors_order"), choice.Reasons[0]);
        Assert.Equal("later_in_order", Of(choice, "google-meet").Code);
    }

    [Fact]
    public void What_the_chosen_one_lacks_too_is_no_reason_against_another()
    {
        var choice = ProviderPolicy.Choose(In("AE") with { Providers = [new(Zoom with { MusicMode = false }, true), new(Meet, true)], Needs = new LessonNeeds(false, MusicMode: true, 2) });
        Assert.Equal(["zoom", "google-meet"], choice.ToTry);
        Assert.Equal("later_in_order", Of(choice, "google-meet").Code);
    }

    [Fact]
    public void Without_a_seat_for_the_guardian_a_provider_is_the_last_resort()
    {
        var small = Zoom with { Seats = 2 };
        var choice = ProviderPolicy.Choose(Question with { Wish = "zoom", Needs = new LessonNeeds(false, false, 3), Providers = [new(small, true), new(Jitsi, true)] });
        Assert.Equal(["jitsi", "zoom"], choice.ToTry);
        Assert.Equal("too_few_seats", Of(choice, "zoom").Code);
    }

    [Fact]
    public void Every_country_rule_names_known_providers_its_source_and_its_date() => Assert.All(CountryRules.All, rule =>
    {
        Assert.Matches("^[A-Z]{2}$", rule.Country);
        Assert.NotEmpty(rule.Allowed);
        Assert.All(rule.Allowed, name => Assert.Contains(name, ProviderPolicy.All));
        Assert.NotEmpty(rule.Source);
        Assert.True(NodaTime.Text.LocalDatePattern.Iso.Parse(rule.Date).Success);
    });
}

using Muse.Domain.Meetings;

namespace Muse.Domain.Tests.Meetings;

public class ProviderPolicyTests
{
    private static readonly MeetingAbilities BuiltIn = new("built-in", false, true, false, 12);
    private static readonly MeetingAbilities Zoom = new("zoom", true, true, true, 100);
    private static readonly MeetingAbilities Meet = new("google-meet", true, false, true, 100);

    [Fact]
    public void Without_a_wish_the_order_of_the_configuration_decides() =>
        Assert.Equal(["built-in", "zoom"], ProviderPolicy.Choose(null, "GB", [BuiltIn, Zoom], []).ToTry);

    [Fact]
    public void The_wish_goes_first_and_the_others_follow_as_fallback() =>
        Assert.Equal(["google-meet", "built-in", "zoom"], ProviderPolicy.Choose("google-meet", "GB", [BuiltIn, Zoom, Meet], []).ToTry);

    [Theory]
    [InlineData("AE")]
    [InlineData("ae")]
    public void The_built_in_rooms_are_not_offered_to_a_student_in_the_Emirates_even_when_wished(string country)
    {
        var choice = ProviderPolicy.Choose("built-in", country, [BuiltIn, Zoom], []);
        Assert.Equal(["zoom"], choice.ToTry);
        Assert.Equal([new PassedOver("built-in", "not_allowed_in_country")], choice.PassedOver);
    }

    [Fact]
    public void With_only_the_built_in_rooms_nothing_is_left_for_a_student_in_the_Emirates() =>
        Assert.Empty(ProviderPolicy.Choose(null, "AE", [BuiltIn], []).ToTry);

    [Fact]
    public void What_has_failed_and_what_is_not_configured_is_passed_over_and_named()
    {
        var choice = ProviderPolicy.Choose("jitsi", "KR", [Zoom, BuiltIn], ["zoom"]);
        Assert.Equal(["built-in"], choice.ToTry);
        Assert.Equal([new PassedOver("jitsi", "not_configured"), new PassedOver("zoom", "failed")], choice.PassedOver);
    }
}

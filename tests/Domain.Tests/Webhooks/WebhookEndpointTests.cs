using Muse.Domain.Webhooks;
using NodaTime;

namespace Muse.Domain.Tests.Webhooks;

public class WebhookEndpointTests
{
    private static readonly Instant Now = Instant.FromUtc(2026, 12, 1, 8, 0);
    private static readonly Guid Id = Guid.Parse("00000000-0000-7000-8000-000000000001");
    private static readonly Guid Owner = Guid.Parse("00000000-0000-7000-8000-000000000002");
    private const string Url = "https://timetable.example.org/muse";

    private static WebhookEndpoint Fold(WebhookEndpoint endpoint, Decision decision) => decision.Events.Aggregate(endpoint, (state, e) => e switch
    {
        WebhookEndpointChanged changed => state.Apply(changed),
        WebhookEndpointSecretRotated rotated => state.Apply(rotated),
        WebhookEndpointDisabled disabled => state.Apply(disabled),
        WebhookEndpointEnabled enabled => state.Apply(enabled),
        WebhookEndpointRemoved removed => state.Apply(removed),
        _ => throw new InvalidOperationException(e.GetType().Name),
    });

    private static WebhookEndpoint In(string state)
    {
        var made = WebhookEndpoint.Create((WebhookEndpointMade)WebhookEndpoint.Make(Id, Owner, false, Url, ["lesson.moved", "lesson.booked", "lesson.moved"], Now).Events.Single());
        return state switch
        {
            "disabled" => Fold(made, made.Disable(WebhookDisabled.Gone, null, Now)),
            "removed" => Fold(made, made.Remove(Owner, Now)),
            _ => made,
        };
    }

    [Theory]
    [InlineData("live", "same", "nothing")]
    [InlineData("live", "change", nameof(WebhookEndpointChanged))]
    [InlineData("live", "rotate", nameof(WebhookEndpointSecretRotated))]
    [InlineData("live", "disable", nameof(WebhookEndpointDisabled))]
    [InlineData("live", "give up", nameof(WebhookEndpointDisabled))]
    [InlineData("live", "enable", "nothing")]
    [InlineData("live", "remove", nameof(WebhookEndpointRemoved))]
    [InlineData("disabled", "same", "nothing")]
    [InlineData("disabled", "change", nameof(WebhookEndpointChanged))]
    [InlineData("disabled", "rotate", nameof(WebhookEndpointSecretRotated))]
    [InlineData("disabled", "disable", "nothing")]
    [InlineData("disabled", "give up", "nothing")]
    [InlineData("disabled", "enable", nameof(WebhookEndpointEnabled))]
    [InlineData("disabled", "remove", nameof(WebhookEndpointRemoved))]
    [InlineData("removed", "same", "not_found")]
    [InlineData("removed", "change", "not_found")]
    [InlineData("removed", "rotate", "not_found")]
    [InlineData("removed", "disable", "not_found")]
    [InlineData("removed", "give up", "nothing")]
    [InlineData("removed", "enable", "not_found")]
    [InlineData("removed", "remove", "nothing")]
    public void Every_command_in_every_state_gives_its_event_or_its_refusal(string state, string command, string expected)
    {
        var endpoint = In(state);
        var decision = command switch
        {
            "same" => endpoint.Change(Url, ["lesson.booked", "lesson.moved"], Now),
            "change" => endpoint.Change(Url, [], Now),
            "rotate" => endpoint.RotateSecret(Now),
            "disable" => endpoint.Disable(WebhookDisabled.Asked, Owner, Now),
            "give up" => endpoint.Disable(WebhookDisabled.Failing, null, Now),
            "enable" => endpoint.Enable(Owner, Now),
            _ => endpoint.Remove(Owner, Now),
        };
        Assert.Equal(expected, decision.Refusal?.Code ?? decision.Events.SingleOrDefault()?.GetType().Name ?? "nothing");
        Assert.True(decision.Refusal is null || decision.Events.Count == 0);
    }

    [Fact]
    public void A_rotated_secret_and_the_one_before_both_sign_for_a_day() =>
        Assert.Equal(Now + Duration.FromHours(24), Fold(In("live"), In("live").RotateSecret(Now)).OldSecretUntil);
}

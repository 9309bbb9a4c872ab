using Microsoft.Extensions.Options;
using Muse.Api.Rooms;
using Muse.Given;
using NodaTime;

namespace Muse.Api.Tests.Rooms;

public class IceServersTests
{
    private static readonly Guid Person = Guid.Parse("00000000-0000-7000-8000-000000000001");
    private static readonly Instant Now = Instant.FromUnixTimeSeconds(1_800_000_000);
    private readonly ManualTime _time = new(Now.ToDateTimeOffset());

    [Fact]
    public void Without_a_TURN_server_the_list_is_empty() => Assert.Empty(new IceServers(new TurnOptions().Checked(), _time).ForLesson(Person, Now));

    [Fact]
    public void A_TURN_credential_ends_an_hour_after_the_lesson_and_is_signed_as_coturn_checks_it()
    {
        var turn = new TurnOptions { Urls = ["turn:turn.example:3478?transport=udp"], Secret = "north" };

        var server = Assert.Single(new IceServers(turn, _time).ForLesson(Person, Now));

        Assert.Equal("1800003600:00000000000070008000000000000001", server.Username);
        // printf '1800003600:00000000000070008000000000000001' | openssl dgst -sha1 -hmac north -binary | base64
        Assert.Equal("c0BnUjNmuEMcG5UyO4P8ZPVo/nk=", server.Credential);
    }

    [Fact]
    public void A_credential_lives_no_longer_than_a_day()
    {
        var turn = new TurnOptions { Urls = ["turn:turn.example"], Secret = "0123456789abcdef" };

        var server = Assert.Single(new IceServers(turn, _time).ForLesson(Person, Now + Duration.FromDays(3)));

        Assert.StartsWith("1800086400:", server.Username, StringComparison.Ordinal);
    }

    [Fact]
    public void STUN_needs_no_credential_and_is_told_apart()
    {
        var turn = new TurnOptions
        {
            Urls = ["turn:turn.example:3478?transport=udp", "stun:turn.example:3478", "turns:turn.example:443?transport=tcp"],
            Secret = "0123456789abcdef",
        };

        var servers = new IceServers(turn.Checked(), _time).ForLesson(Person, Now);

        Assert.Equal(2, servers.Count);
        Assert.Equal(["stun:turn.example:3478"], servers[0].Urls);
        Assert.Null(servers[0].Username);
        Assert.Null(servers[0].Credential);
        Assert.Equal(["turn:turn.example:3478?transport=udp", "turns:turn.example:443?transport=tcp"], servers[1].Urls);
        Assert.NotNull(servers[1].Credential);
    }

    [Fact]
    public void Of_several_secrets_the_first_signs()
    {
        var old = new TurnOptions { Urls = ["turn:turn.example"], Secret = "the-old-secret-of-coturn" };
        var both = new TurnOptions { Urls = ["turn:turn.example"], Secrets = ["the-new-secret-of-coturn", "the-old-secret-of-coturn"] };
        var fresh = new TurnOptions { Urls = ["turn:turn.example"], Secret = "the-new-secret-of-coturn" };

        Assert.Equal(Credential(fresh), Credential(both));
        Assert.NotEqual(Credential(old), Credential(both));

        string? Credential(TurnOptions turn) => Assert.Single(new IceServers(turn.Checked(), _time).ForLesson(Person, Now)).Credential;
    }

    [Theory]
    [InlineData("turn:turn.example.org")]
    [InlineData("turn:203.0.113.10:3478")]
    [InlineData("turn:[2001:db8::1]:3478?transport=tcp")]
    [InlineData("turns:turn.example.org:443?transport=tcp")]
    [InlineData("turns:turn.example.org:53")]
    [InlineData("stun:turn.example.org:3478")]
    public void A_URL_as_the_RFCs_write_it_is_taken(string url) =>
        Assert.Equal([url], new TurnOptions { Urls = [url], Secret = "0123456789abcdef" }.Checked().Urls);

    [Theory]
    [InlineData("turn.example.org:3478")]
    [InlineData("turn://turn.example.org:3478")]
    [InlineData("https://turn.example.org")]
    [InlineData("turn:turn.example.org:3478?transport=sctp")]
    [InlineData("turn:turn.example.org:3478 ")]
    [InlineData("turn:turn.example.org:70000")]
    [InlineData("turn:turn.example.org:349")]
    [InlineData("stun:turn.example.org:3478?transport=udp")]
    public void A_URL_that_no_browser_would_use_stops_the_start(string url)
    {
        var refused = Assert.Throws<OptionsValidationException>(() => new TurnOptions { Urls = [url], Secret = "0123456789abcdef" }.Checked());

        Assert.StartsWith("Rooms:Turn: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(url, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_TURN_URL_without_a_secret_or_with_a_short_one_stops_the_start()
    {
        Assert.Throws<OptionsValidationException>(() => new TurnOptions { Urls = ["turn:turn.example"] }.Checked());
        Assert.Throws<OptionsValidationException>(() => new TurnOptions { Urls = ["turn:turn.example"], Secret = "short" }.Checked());
        Assert.Throws<OptionsValidationException>(() =>
            new TurnOptions { Urls = [.. Enumerable.Repeat("stun:turn.example", 9)] }.Checked());
    }
}

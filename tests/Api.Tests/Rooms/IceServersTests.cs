using Muse.Api.Rooms;
using Muse.Given;

namespace Muse.Api.Tests.Rooms;

public class IceServersTests
{
    private static readonly Guid Person = Guid.Parse("00000000-0000-7000-8000-000000000001");
    private readonly ManualTime _time = new(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000));

    [Fact]
    public void Without_a_TURN_server_the_list_is_empty()
    {
        Assert.Empty(new IceServers(new TurnOptions(), _time).For(Person));
        Assert.Empty(new IceServers(new TurnOptions { Urls = ["turn:turn.example:3478"] }, _time).For(Person));
    }

    [Fact]
    public void A_TURN_credential_ends_after_its_lifetime_and_is_signed_as_coturn_checks_it()
    {
        var turn = new TurnOptions { Urls = ["turn:turn.example:3478?transport=udp"], Secret = "north", LifetimeMinutes = 60 };

        var server = Assert.Single(new IceServers(turn, _time).For(Person));

        Assert.Equal("1800003600:00000000000070008000000000000001", server.Username);
        // printf '1800003600:00000000000070008000000000000001' | openssl dgst -sha1 -hmac north -binary | base64
        Assert.Equal("c0BnUjNmuEMcG5UyO4P8ZPVo/nk=", server.Credential);
    }
}

using Muse.Api.Preflights;
using Muse.Api.Rooms;

namespace Muse.Api.Tests.Preflights;

public sealed class WaysInTests
{
    [Fact]
    public void Each_relay_is_tried_by_what_carries_it_and_a_stun_server_is_no_relay()
    {
        var ways = BeginPreflight.WaysIn(
        [
            new IceServer(["stun:turn.example.org:3478"]),
            new IceServer(["turn:turn.example.org:3478", "turn:turn.example.org:3478?transport=tcp", "turns:turn.example.org:443?transport=tcp"], "user", "pass"),
        ], listensOnTcp: true);

        Assert.Equal(["udp", "tcp", "turn-udp", "turn-tcp", "turns-tls"], ways.Select(way => way.Path));
        Assert.All(ways.Take(2), way => Assert.Empty(way.IceServers));
        Assert.Equal(["turn:turn.example.org:3478"], Assert.Single(ways[2].IceServers).Urls);
        Assert.Equal(["turns:turn.example.org:443?transport=tcp"], Assert.Single(ways[4].IceServers).Urls);
        Assert.All(ways.Skip(2), way => Assert.Equal("pass", way.IceServers[0].Credential));
    }

    [Fact]
    public void A_way_that_is_not_set_up_is_not_offered() =>
        Assert.Equal(
            ["udp", "turns-tls"],
            BeginPreflight.WaysIn([new IceServer(["turns:turn.example.org"], "user", "pass")], listensOnTcp: false).Select(way => way.Path));
}

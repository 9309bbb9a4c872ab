using System.Net;
using Muse.Api.Rooms;

namespace Muse.Api.Tests.Rooms;

public class DoorkeeperTests
{
    private readonly Doorkeeper _door = new(new RoomsOptions { MaxSockets = 100, MaxSocketsPerAddress = 20 });

    private Doorkeeper.Visit? Enter(string address, out Dropped reason) => _door.Enter(IPAddress.Parse(address), out reason);

    private Doorkeeper.Visit Joined(string address)
    {
        var visit = Enter(address, out _);
        Assert.NotNull(visit);
        visit.Joined();
        return visit;
    }

    [Fact]
    public void One_address_has_a_bounded_number_of_sockets_and_another_still_comes_in()
    {
        var visits = Enumerable.Range(0, 20).Select(_ => Joined("192.0.2.1")).ToList();

        Assert.Null(Enter("192.0.2.1", out var reason));
        Assert.Equal(Dropped.Address, reason);
        Assert.NotNull(Enter("192.0.2.2", out _));

        visits[0].Dispose();
        Assert.NotNull(Enter("192.0.2.1", out _));
    }

    [Fact]
    public void The_addresses_of_one_IPv6_network_count_as_one()
    {
        for (var i = 0; i < 20; i++) Joined($"2001:db8::{i}");

        Assert.Null(Enter("2001:db8::ffff", out var reason));
        Assert.Equal(Dropped.Address, reason);
        Assert.NotNull(Enter("2001:db8:0:1::1", out _));
    }

    [Fact]
    public void Those_who_have_not_joined_are_bounded_on_their_own()
    {
        for (var i = 0; i < Doorkeeper.MostUnjoinedOfOneAddress; i++) Assert.NotNull(Enter("192.0.2.1", out _));

        Assert.Null(Enter("192.0.2.1", out var reason));
        Assert.Equal(Dropped.Unjoined, reason);
    }

    [Fact]
    public void The_number_of_all_sockets_is_bounded()
    {
        for (var i = 0; i < 100; i++) Joined($"192.0.2.{i}");

        Assert.Null(Enter("198.51.100.1", out var reason));
        Assert.Equal(Dropped.Sockets, reason);
    }

    [Fact]
    public void A_visit_that_ends_twice_counts_once()
    {
        var stays = Enter("192.0.2.1", out _);
        var goes = Enter("192.0.2.1", out _)!;
        goes.Dispose();
        goes.Dispose();
        goes.Joined();

        Assert.NotNull(stays);
        Assert.Equal(1, _door.Open);
    }
}

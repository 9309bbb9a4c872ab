using System.Net;
using Muse.SelfHostedMedia.Ice;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Ice;

public class IcePathsTests
{
    private readonly IcePaths _paths = new();

    [Fact]
    public void The_first_proved_path_is_used_before_any_is_nominated()
    {
        Assert.False(_paths.HasPath);
        Assert.True(_paths.Validate(Address(1), default, nominated: false, 0, out _));
        Assert.Equal(Address(1), _paths.Remote);
    }

    [Fact]
    public void A_nominated_path_is_preferred_and_a_later_check_elsewhere_does_not_change_that()
    {
        _paths.Validate(Address(1), default, nominated: false, 0, out _);
        _paths.Validate(Address(2), default, nominated: true, 1, out _);
        _paths.Validate(Address(3), default, nominated: false, 2, out _);
        Assert.Equal(Address(2), _paths.Remote);
    }

    [Fact]
    public void Sending_follows_the_newest_authentic_packet()
    {
        _paths.Validate(Address(1), default, nominated: true, 0, out _);
        _paths.Validate(Address(2), default, nominated: false, 1, out _);
        _paths.Follow(Address(2), 2);
        Assert.Equal(Address(2), _paths.Remote);
    }

    [Fact]
    public void Sending_never_follows_to_an_address_that_no_check_proved()
    {
        _paths.Validate(Address(1), default, nominated: true, 0, out _);
        _paths.Follow(Address(9), 2);
        Assert.Equal(Address(1), _paths.Remote);
    }

    [Fact]
    public void The_ninth_path_takes_the_place_of_the_one_unheard_for_longest_but_never_of_the_one_in_use()
    {
        _paths.Validate(Address(0), default, nominated: true, 0, out _);
        for (var i = 1; i < IcePaths.Capacity; i++)
            _paths.Validate(Address(i), default, nominated: false, i, out _);
        _paths.Validate(Address(100), default, nominated: false, 50, out var evicted);
        Assert.Equal(Address(1), evicted);
        Assert.Equal(IcePaths.Capacity, _paths.Count);
        Assert.Equal(Address(0), _paths.Remote);
    }

    private static NetworkAddress Address(int i) => NetworkAddress.From(IPAddress.Loopback, 5_000 + i);
}

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

    [Fact]
    public void A_latched_address_is_used_at_once_and_forgotten_without_a_check()
    {
        _paths.Validate(Address(1), default, nominated: true, 0, out _);
        _paths.Latch(Address(2), default, 100, out var evicted);
        Assert.True(evicted.IsNone);
        Assert.Equal(Address(2), _paths.Remote);
        Assert.False(_paths.TryForgetUnproved(100 + IcePaths.ProofWithin - 1, out _));
        Assert.True(_paths.TryForgetUnproved(100 + IcePaths.ProofWithin, out var forgotten));
        Assert.Equal(Address(2), forgotten);
        Assert.Equal((1, Address(1)), (_paths.Count, _paths.Remote));
    }

    [Fact]
    public void A_latched_address_that_a_check_proves_stays()
    {
        _paths.Validate(Address(1), default, nominated: true, 0, out _);
        _paths.Latch(Address(2), default, 100, out _);
        Assert.False(_paths.Validate(Address(2), default, nominated: false, 200, out _));
        Assert.False(_paths.TryForgetUnproved(100_000, out _));
        Assert.Equal((2, Address(2)), (_paths.Count, _paths.Remote));
    }

    [Fact]
    public void Only_one_address_may_be_latched_at_a_time()
    {
        _paths.Validate(Address(1), default, nominated: true, 0, out _);
        _paths.Latch(Address(2), default, 100, out _);
        _paths.Latch(Address(3), default, 200, out var evicted);
        Assert.Equal(Address(2), evicted);
        Assert.Equal((2, Address(3)), (_paths.Count, _paths.Remote));
    }

    [Fact]
    public void A_path_that_ends_gives_way_to_the_one_heard_most_lately()
    {
        for (var i = 0; i < 4; i++)
            _paths.Validate(Address(i), default, nominated: i == 1, i == 2 ? 10 : i, out _);
        _paths.Forget(Address(0));
        Assert.Equal((3, Address(1)), (_paths.Count, _paths.Remote));
        _paths.Forget(Address(1));
        Assert.Equal((2, Address(2)), (_paths.Count, _paths.Remote));
        _paths.Forget(Address(2));
        _paths.Forget(Address(3));
        Assert.False(_paths.HasPath);
    }

    private static NetworkAddress Address(int i) => NetworkAddress.From(IPAddress.Loopback, 5_000 + i);
}

using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class MissingPacketsTests
{
    private readonly MissingPackets _missing = new();
    private readonly ushort[] _due = new ushort[MissingPackets.Capacity];

    [Fact]
    public void A_hole_is_asked_for_at_once_and_again_until_it_is_filled()
    {
        _missing.Arrived(10, -1);
        _missing.Arrived(13, 10);
        Assert.Equal([11, 12], Due(0));
        Assert.Empty(Due(59));
        Assert.Equal([11, 12], Due(60));
        _missing.Arrived(11, 13);
        Assert.Equal([12], Due(120));
        _missing.Arrived(12, 13);
        Assert.Empty(Due(1_000));
    }

    [Fact]
    public void What_does_not_come_is_given_up_after_eight_requests()
    {
        _missing.Arrived(1, -1);
        _missing.Arrived(3, 1);
        for (var i = 0; i < 8; i++)
            Assert.Single(Due(i * 60));
        Assert.Empty(Due(10_000));
        Assert.Equal(0, _missing.Count);
    }

    [Fact]
    public void A_hole_too_large_to_mend_is_not_asked_for()
    {
        _missing.Arrived(1, -1);
        Assert.False(_missing.Arrived(1_000, 1));
        Assert.Empty(Due(0));
        Assert.True(_missing.Arrived(1_002, 1_000));
        Assert.Equal([1_001], Due(0));
    }

    [Fact]
    public void Holes_over_the_rollover_are_named_by_their_sequence_numbers()
    {
        _missing.Arrived(65_534, -1);
        _missing.Arrived(65_538, 65_534);
        Assert.Equal([65_535, 0, 1], Due(0));
    }

    private ushort[] Due(long now) => _due[.._missing.TakeDue(_due, now)];
}

public class KeyFrameRequestsTests
{
    private readonly KeyFrameRequests _requests = new();

    [Fact]
    public void Many_wishes_are_one_request()
    {
        _requests.Want();
        _requests.Want();
        Assert.True(_requests.IsDue(0));
        _requests.Want();
        Assert.False(_requests.IsDue(10));
    }

    [Fact]
    public void It_is_repeated_until_the_key_frame_comes()
    {
        _requests.Want();
        Assert.True(_requests.IsDue(0));
        Assert.False(_requests.IsDue(199));
        Assert.True(_requests.IsDue(200));
        _requests.Arrived();
        Assert.False(_requests.IsDue(5_000));
    }

    [Fact]
    public void The_next_wish_waits_for_half_a_second_after_the_last_request()
    {
        _requests.Want();
        Assert.True(_requests.IsDue(0));
        _requests.Arrived();
        _requests.Want();
        Assert.False(_requests.IsDue(499));
        Assert.True(_requests.IsDue(500));
    }
}

using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class MissingPacketsTests
{
    private readonly MissingPackets _missing = new();
    private readonly ushort[] _due = new ushort[MissingPackets.Capacity];

    [Fact]
    public void A_hole_is_asked_for_at_once_and_again_until_it_is_filled()
    {
        _missing.Arrived(10, -1, 0);
        _missing.Arrived(13, 10, 0);
        Assert.Equal([11, 12], Due(0));
        Assert.Empty(Due(59));
        Assert.Equal([11, 12], Due(60));
        _missing.Arrived(11, 13, 100);
        Assert.Equal([12], Due(300));
        _missing.Arrived(12, 13, 301);
        Assert.Empty(Due(1_000));
        Assert.Equal(2, _missing.Mended);
    }

    [Fact]
    public void It_is_repeated_when_an_answer_could_have_come()
    {
        _missing.Arrived(1, -1, 0);
        _missing.Arrived(3, 1, 0);
        Assert.Single(Due(0));
        _missing.Arrived(2, 3, 160);
        Assert.Equal(160, _missing.RoundTrip);

        _missing.Arrived(5, 3, 1_000);
        Assert.Single(Due(1_000));
        Assert.Empty(Due(1_209));
        Assert.Single(Due(1_210));
    }

    [Fact]
    public void What_does_not_come_is_given_up_after_ten_requests_or_when_nobody_waits_any_more()
    {
        _missing.Arrived(1, -1, 0);
        _missing.Arrived(3, 1, 0);
        for (var i = 0; i < 10; i++)
            Assert.Single(Due(i * 60));
        Assert.Equal(0, _missing.TakeDue(_due, 599, out var gaveUp));
        Assert.False(gaveUp);
        Assert.Equal(0, _missing.TakeDue(_due, 600, out gaveUp));
        Assert.True(gaveUp);
        Assert.Equal(0, _missing.Count);

        _missing.Arrived(5, 3, 1_000);
        Assert.Equal(0, _missing.TakeDue(_due, 2_501, out gaveUp));
        Assert.True(gaveUp);
        Assert.Equal(2, _missing.GivenUp);
    }

    [Fact]
    public void Sound_is_asked_for_only_while_it_can_still_be_heard()
    {
        var missing = new MissingPackets(RepairPatience.Audio);
        missing.Arrived(1, -1, 0);
        missing.Arrived(3, 1, 0);
        Assert.Equal(1, missing.TakeDue(_due, 0, out _));
        Assert.Equal(1, missing.TakeDue(_due, 60, out _));
        Assert.Equal(1, missing.TakeDue(_due, 120, out _));
        Assert.Equal(0, missing.TakeDue(_due, 170, out _));
        Assert.Equal(0, missing.TakeDue(_due, 241, out var gaveUp));
        Assert.True(gaveUp);
    }

    [Fact]
    public void A_network_that_reorders_is_given_the_time_to()
    {
        _missing.Arrived(1, -1, 0);
        _missing.Arrived(3, 1, 0);
        _missing.Arrived(2, 3, 8);
        Assert.Equal(13, _missing.Tolerance(8));

        _missing.Arrived(5, 3, 20);
        Assert.Empty(Due(32));
        Assert.Equal([4], Due(33));
        Assert.Equal(0, _missing.Tolerance(5_009));
    }

    [Fact]
    public void What_has_come_another_way_is_not_asked_for()
    {
        _missing.Arrived(1, -1, 0);
        _missing.Arrived(3, 1, 0);
        _missing.Forget(2);
        _missing.Forget(2);
        Assert.Empty(Due(0));
        Assert.Equal(0, _missing.Tolerance(1));
    }

    [Fact]
    public void A_hole_too_large_to_mend_is_not_asked_for()
    {
        _missing.Arrived(1, -1, 0);
        Assert.False(_missing.Arrived(1_000, 1, 0));
        Assert.Empty(Due(0));
        Assert.True(_missing.Arrived(1_002, 1_000, 0));
        Assert.Equal([1_001], Due(0));
    }

    [Fact]
    public void Holes_over_the_rollover_are_named_by_their_sequence_numbers()
    {
        _missing.Arrived(65_534, -1, 0);
        _missing.Arrived(65_538, 65_534, 0);
        Assert.Equal([65_535, 0, 1], Due(0));
    }

    private ushort[] Due(long now) => _due[.._missing.TakeDue(_due, now, out _)];
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
    public void It_is_repeated_each_100_ms_until_the_key_frame_comes()
    {
        _requests.Want();
        Assert.True(_requests.IsDue(0));
        Assert.False(_requests.IsDue(99));
        Assert.True(_requests.IsDue(100));
        Assert.True(_requests.IsDue(200));
        _requests.Arrived();
        Assert.False(_requests.IsDue(5_000));
    }

    [Fact]
    public void A_sender_that_does_not_answer_is_asked_more_seldom()
    {
        _requests.Want();
        for (var now = 0L; now <= 1_000; now += 100)
            Assert.True(_requests.IsDue(now));
        Assert.False(_requests.IsDue(1_900));
        Assert.True(_requests.IsDue(2_000));
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

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Key_frames_are_never_more_than_a_tenth_of_the_bits_however_many_want_one(bool isStanding)
    {
        // 1 Mbit/s in packets of 10 ms, key frames of 40 kB, and somebody who wants one at any time.
        long all = 0, keys = 0, requests = 0;
        for (long now = 0; now < 120_000; now += 10)
        {
            _requests.Want(isStanding);
            if (_requests.IsDue(now))
            {
                requests++;
                _requests.Arrived();
                _requests.Count(40_000, ofKeyFrame: true, now);
                (all, keys) = (all + 40_000, keys + 40_000);
            }

            _requests.Count(1_250, ofKeyFrame: false, now);
            all += 1_250;
        }

        Assert.InRange((double)keys / all, 0.05, 0.10);
        Assert.True(_requests.Deferred > 0);
        Assert.InRange(requests, 20, 45);
    }

    /// <summary>Losses took what mends a picture just after a key frame, and it stood until the ten seconds were over.</summary>
    [Fact]
    public void A_picture_that_stands_still_does_not_wait_for_the_budget_of_who_comes_in()
    {
        // 1 Mbit/s; a key frame of 80 kB at the sixth second.
        for (long now = 0; now < 7_000; now += 10)
            _requests.Count(now == 6_000 ? 80_000 : 1_250, ofKeyFrame: now == 6_000, now);
        _requests.Want();
        Assert.False(_requests.IsDue(7_000));
        _requests.Want(isStanding: true);
        Assert.True(_requests.IsDue(7_100));
        _requests.Arrived();

        // What stood still goes on: the next who comes in waits like anybody.
        _requests.Count(80_000, ofKeyFrame: true, 7_200);
        _requests.Want();
        Assert.False(_requests.IsDue(7_900));
    }

    [Fact]
    public void A_picture_that_hardly_changes_still_gets_a_key_frame_each_ten_seconds()
    {
        var requests = 0;
        for (long now = 0; now < 60_000; now += 100)
        {
            _requests.Want();
            if (_requests.IsDue(now))
            {
                requests++;
                _requests.Arrived();
                _requests.Count(100_000, ofKeyFrame: true, now);
            }

            _requests.Count(100, ofKeyFrame: false, now);
        }

        Assert.InRange(requests, 5, 7);
    }

    [Fact]
    public void The_second_viewer_of_a_picture_that_has_just_begun_does_not_wait_for_the_whole_window()
    {
        _requests.Arrived();
        _requests.Count(20_000, ofKeyFrame: true, 0);
        for (long now = 0; now < 600; now += 10)
            _requests.Count(1_250, ofKeyFrame: false, now);
        _requests.Want();
        Assert.True(_requests.IsDue(600));
    }
}

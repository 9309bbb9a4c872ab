using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class RoundTripTests
{
    private readonly RoundTrip _way = new();

    [Fact]
    public void It_is_the_time_since_the_report_without_what_the_peer_held_it()
    {
        _way.Sent(0xAABB_CCDD, 1_000);
        _way.Heard(Report(0xAABB_CCDD, 500), 1_650);
        Assert.Equal(150, _way.Milliseconds);
        Assert.Equal(150, _way.Shortest);
    }

    [Fact]
    public void An_older_report_still_counts_and_an_unknown_one_does_not()
    {
        _way.Sent(1, 1_000);
        _way.Sent(2, 2_000);
        _way.Heard(Report(3, 0), 2_010);
        Assert.Equal(-1, _way.Milliseconds);
        _way.Heard(Report(1, 900), 2_000);
        Assert.InRange(_way.Milliseconds, 100, 101);
    }

    [Fact]
    public void A_peer_that_held_it_for_longer_than_it_was_away_is_not_believed()
    {
        _way.Sent(1, 1_000);
        _way.Heard(Report(1, 5_000), 2_000);
        Assert.Equal(-1, _way.Milliseconds);
    }

    [Fact]
    public void One_odd_sample_moves_it_by_a_quarter()
    {
        _way.Sent(1, 1_000);
        _way.Heard(Report(1, 0), 1_100);
        _way.Sent(2, 2_000);
        _way.Heard(Report(2, 0), 2_500);
        Assert.Equal(200, _way.Milliseconds);
        Assert.Equal(100, _way.Shortest);
    }

    private static ReceptionReport Report(uint last, int heldMilliseconds) =>
        new(7, 0, 0, 0, 0, last, (uint)(heldMilliseconds * 65_536L / 1_000));
}

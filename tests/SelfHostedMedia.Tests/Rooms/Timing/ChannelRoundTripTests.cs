using Muse.SelfHostedMedia.Rooms.Timing;

namespace Muse.SelfHostedMedia.Tests.Rooms.Timing;

public class ChannelRoundTripTests
{
    [Fact]
    public void The_shortest_of_the_last_eight_counts_without_what_the_peer_held()
    {
        var way = new ChannelRoundTrip();
        Assert.Equal(-1, way.Microseconds(0));
        way.Heard(1_000, 500, 31_500);
        Assert.Equal(30_000, way.Microseconds(31_500));
        way.Heard(40_000, 0, 60_000);
        Assert.Equal(20_000, way.Microseconds(60_000));
        for (var i = 0; i < 8; i++)
            way.Heard(100_000, 0, 125_000 + i);
        Assert.Equal(25_000, way.Microseconds(125_000));
    }

    [Fact]
    public void What_cannot_be_is_not_believed_and_what_is_old_is_forgotten()
    {
        var way = new ChannelRoundTrip();
        Assert.False(way.Heard(2_000, 0, 1_000));
        Assert.False(way.Heard(1_000, 2_000, 2_000));
        Assert.False(way.Heard(1_000, -1, 2_000));
        Assert.False(way.Heard(0, 0, 10_000_001));
        Assert.Equal(-1, way.Microseconds(2_000));
        Assert.True(way.Heard(1_000, 1_000, 2_000));
        Assert.Equal(0, way.Microseconds(2_000));
        Assert.Equal(-1, way.Microseconds(10_002_001));
    }
}

using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class IndexWindowTests
{
    [Fact]
    public void An_index_is_seen_once_marked_and_its_neighbours_are_not()
    {
        var window = new IndexWindow();
        Assert.False(window.IsSeen(5));
        window.Mark(5);
        Assert.True(window.IsSeen(5));
        Assert.False(window.IsSeen(6));
        Assert.False(window.IsSeen(4));
    }

    [Fact]
    public void What_is_older_than_the_window_counts_as_seen()
    {
        var window = new IndexWindow();
        window.Mark(10_000);
        Assert.False(window.IsSeen(10_000 - IndexWindow.Size + 1));
        Assert.True(window.IsSeen(10_000 - IndexWindow.Size));
    }

    [Fact]
    public void It_agrees_with_a_set_over_a_long_random_run()
    {
        var random = new Random(5);
        var window = new IndexWindow();
        var seen = new HashSet<long>();
        long newest = 0;
        window.Mark(0);
        seen.Add(0);
        for (var round = 0; round < 200_000; round++)
        {
            var index = Math.Max(0, newest + random.Next(-1_500, random.Next(10) == 0 ? 3_000 : 20));
            var expected = seen.Contains(index) || newest - index >= IndexWindow.Size;
            Assert.Equal(expected, window.IsSeen(index));
            if (expected)
                continue;
            window.Mark(index);
            seen.Add(index);
            newest = Math.Max(newest, index);
        }
    }
}

public class SequenceUnwrapTests
{
    [Theory]
    [InlineData(5, -1, 5)]
    [InlineData(0, 0xFFFF, 0x1_0000)]
    [InlineData(0xFFFF, 0x1_0000, 0xFFFF)]
    [InlineData(10, 0x1_FFF0, 0x2_000A)]
    [InlineData(0xFFF0, 0x2_0005, 0x1_FFF0)]
    [InlineData(0xFFFF, 3, -1)]
    [InlineData(0, 0xFFFF_FFFF, 0x1_0000_0000)]
    [InlineData(0x7FFF, 0, 0x7FFF)]
    public void The_nearest_index_is_taken(int sequence, long newest, long expected) =>
        Assert.Equal(expected, SequenceUnwrap.Unwrap((ushort)sequence, newest));

    [Fact]
    public void Walking_over_many_rollovers_counts_on()
    {
        long newest = -1;
        for (long index = 60_000; index < 60_000 + (4 * 65_536); index += 3)
        {
            newest = SequenceUnwrap.Unwrap((ushort)index, newest);
            Assert.Equal(index, newest);
        }
    }
}

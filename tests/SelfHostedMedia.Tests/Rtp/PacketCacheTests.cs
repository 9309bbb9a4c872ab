using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class PacketCacheTests
{
    [Theory]
    [InlineData(50, 64)]
    [InlineData(180, 256)]
    [InlineData(1_000, 1_024)]
    [InlineData(9_000, 2_048)]
    public void It_grows_to_hold_one_second_of_the_rate_up_to_its_limit(int packetsPerSecond, int capacity)
    {
        using var cache = new PacketCache(2_048);
        var bytes = cache.Bytes;
        for (var index = 0L; index < 5L * packetsPerSecond; index++)
        {
            var now = index * 1_000 / packetsPerSecond;
            Write(cache, index, now);
            for (var old = Math.Max(0, index - Math.Min(packetsPerSecond, 2_048) + 1); old < index; old += 37)
                AssertHolds(cache, old);
        }

        Assert.Equal(capacity, cache.Capacity);
        Assert.Equal(bytes * capacity / 64, cache.Bytes);
    }

    [Fact]
    public void It_grows_at_once_for_a_burst_and_keeps_what_it_holds()
    {
        using var cache = new PacketCache(512);
        // Across 2³²: the slot of an index depends on its low bits alone.
        const long First = 0xFFFF_FFF0;
        for (var index = First; index < First + 300; index++)
            Write(cache, index, 5);
        for (var index = First; index < First + 300; index++)
            AssertHolds(cache, index);
        Assert.Equal(512, cache.Capacity);
    }

    [Fact]
    public void It_does_not_grow_for_a_jump_that_it_could_not_hold()
    {
        using var cache = new PacketCache(512);
        Write(cache, 3, 0);
        Write(cache, 3 + 512, 0);
        Assert.Equal(64, cache.Capacity);
        AssertHolds(cache, 3 + 512);
        Assert.False(cache.Holds(3));
    }

    [Fact]
    public void It_holds_nothing_once_it_is_disposed()
    {
        var cache = new PacketCache(64);
        Write(cache, 3, 0);
        cache.Dispose();
        cache.Dispose();
        Assert.False(cache.Holds(3));
    }

    private static void Write(PacketCache cache, long index, long now)
    {
        cache.MakeRoom(index, now);
        ref var slot = ref cache.Slot(index);
        slot.Index = index;
        slot.ReceivedAt = now;
        slot.PayloadLength = 1 + (int)(index % 1_400);
        cache.Payload(index)[..slot.PayloadLength].Fill((byte)index);
    }

    private static void AssertHolds(PacketCache cache, long index)
    {
        Assert.True(cache.Holds(index));
        Assert.Equal(-1, cache.Payload(index)[..cache.Slot(index).PayloadLength].IndexOfAnyExcept((byte)index));
    }
}

using Muse.SelfHostedMedia.Bandwidth;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

public class TransportNumbersTests
{
    [Fact]
    public void A_packet_keeps_the_number_of_its_first_time()
    {
        var numbers = new TransportNumbers(8);
        for (var index = 20_000; index < 20_008; index++)
            numbers.Remember(index, (ushort)(index * 3));
        for (var index = 20_000; index < 20_008; index++)
        {
            Assert.True(numbers.TryRecall(index, out var number));
            Assert.Equal((ushort)(index * 3), number);
        }
    }

    [Fact]
    public void What_may_have_been_sent_and_is_no_longer_remembered_is_known_to_be_forgotten()
    {
        var numbers = new TransportNumbers(8);
        for (var index = 0; index < 30; index++)
            numbers.Remember(index, (ushort)index);
        Assert.False(numbers.TryRecall(21, out _));
        Assert.True(numbers.IsForgotten(21));
        Assert.False(numbers.IsForgotten(22));
        Assert.False(numbers.IsForgotten(30));
    }

    [Fact]
    public void A_hole_that_fills_late_is_new_and_not_what_stood_in_its_slot_before()
    {
        var numbers = new TransportNumbers(8);
        foreach (var index in new long[] { 2, 9, 11 })
            numbers.Remember(index, 77);
        Assert.False(numbers.TryRecall(10, out _));
        Assert.False(numbers.IsForgotten(10));
        numbers.Remember(10, 78);
        Assert.True(numbers.TryRecall(10, out var number));
        Assert.Equal(78, number);
        Assert.Equal(11, numbers.Newest);
    }

    [Fact]
    public void The_rollover_of_the_packets_index_is_crossed()
    {
        var numbers = new TransportNumbers(8);
        for (long index = 65_530; index < 65_545; index++)
            numbers.Remember(index, (ushort)index);
        Assert.True(numbers.TryRecall(65_540, out var number));
        Assert.Equal(4, number);
    }
}

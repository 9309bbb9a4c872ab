using Muse.SelfHostedMedia.Rooms.Repair;

namespace Muse.SelfHostedMedia.Tests.Rooms.Repair;

public class AudioRepairTests
{
    private readonly AudioRepair _repair = new();

    [Theory]
    [InlineData(0.005, 1.0, 150, 0b0000, false)]
    [InlineData(0.005, 1.0, 40, 0b0000, true)]
    [InlineData(0.02, 1.0, 40, 0b0000, true)]
    [InlineData(0.02, 1.0, 60, 0b0001, false)]
    [InlineData(0.02, 1.0, 150, 0b0001, false)]
    [InlineData(0.02, 1.0, -1, 0b0001, false)]
    [InlineData(0.02, 3.3, 150, 0b1010, false)]
    [InlineData(0.02, 3.3, 40, 0b1010, true)]
    [InlineData(0.10, 1.1, 150, 0b0011, true)]
    [InlineData(0.10, 3.3, 150, 0b1010, true)]
    [InlineData(0.20, 1.25, 150, 0b0111, true)]
    [InlineData(0.20, 3.3, 20, 0b1011, true)]
    public void The_protection_follows_loss_way_and_bursts(double loss, double meanRun, int roundTrip, int distances, bool answersNacks)
    {
        _repair.Observe(loss, meanRun, roundTrip, 1_000);
        Assert.Equal(new AudioProtection((byte)distances, answersNacks), _repair.Current);
    }

    [Fact]
    public void It_protects_more_at_once_and_less_only_after_ten_seconds_that_needed_less()
    {
        _repair.Observe(0.10, 1, 150, 0);
        Assert.Equal(0b11, _repair.Current.Distances);
        _repair.Observe(0, 1, 150, 9_999);
        Assert.Equal(0b11, _repair.Current.Distances);
        _repair.Observe(0, 1, 150, 10_000);
        Assert.Equal(0b01, _repair.Current.Distances);
        _repair.Observe(0.015, 1, 150, 19_000);
        _repair.Observe(0, 1, 150, 28_999);
        Assert.Equal(0b01, _repair.Current.Distances);
        _repair.Observe(0, 1, 150, 29_000);
        Assert.Equal(0, _repair.Current.Distances);
        Assert.Equal(3, _repair.Changes);
    }
}

public class LossWatchTests
{
    private readonly LossWatch _watch = new();

    [Fact]
    public void A_packet_asked_for_twice_is_lost_once()
    {
        Send(100);
        foreach (var index in new long[] { 10, 20, 20, 10, 30 })
            _watch.Lost(index);
        Assert.Equal(0.03, _watch.Loss(0), 3);
        Assert.Equal(1, _watch.MeanRun());
    }

    [Fact]
    public void Runs_are_told_from_losses_alone()
    {
        Send(100);
        foreach (var index in new long[] { 10, 11, 12, 13, 50, 51 })
            _watch.Lost(index);
        Assert.Equal(3, _watch.MeanRun());
    }

    [Fact]
    public void Receiver_reports_count_when_nobody_asks_and_grow_old()
    {
        Send(100);
        _watch.Reported(26, 1_000);
        Assert.Equal(0.10, _watch.Loss(1_000), 2);
        _watch.Reported(0, 6_000);
        Assert.Equal(0.05, _watch.Loss(6_000), 2);
        Assert.Equal(0, _watch.Loss(19_000));
    }

    [Fact]
    public void What_was_lost_is_forgotten_after_five_seconds()
    {
        Send(100);
        _watch.Lost(5);
        for (var second = 0; second < 4; second++)
        {
            _watch.Second();
            Send(50);
        }

        Assert.True(_watch.Loss(0) > 0);
        _watch.Second();
        Assert.Equal(0, _watch.Loss(0));
    }

    [Fact]
    public void A_few_packets_prove_nothing()
    {
        Send(10);
        _watch.Lost(1);
        Assert.Equal(0, _watch.Loss(0));
    }

    private void Send(int packets)
    {
        for (var i = 0; i < packets; i++)
            _watch.Sent(1);
    }
}

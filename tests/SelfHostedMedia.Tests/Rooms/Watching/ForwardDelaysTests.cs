using Muse.SelfHostedMedia.Rooms.Watching;

namespace Muse.SelfHostedMedia.Tests.Rooms.Watching;

public class ForwardDelaysTests
{
    [Fact]
    public void A_delay_belongs_to_the_first_bucket_whose_end_it_does_not_pass()
    {
        var delays = new ForwardDelays();
        foreach (var microseconds in new[] { 0, 50, 51, 100, 100_000, 100_001 })
            delays.Count(microseconds * 1_000L);

        var read = delays.Read();
        Assert.Equal([2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1], read.Counts);
        Assert.Equal(151_000, read.Nanoseconds[1]);
        Assert.Equal(6, read.Count);
    }

    [Fact]
    public void Quantiles_are_the_ends_of_their_buckets()
    {
        var delays = new ForwardDelays();
        for (var i = 0; i < 99; i++)
            delays.Count(80_000);
        delays.Count(250_000_000);

        Assert.Equal(0.1, delays.Read().Quantile(0.5));
        Assert.Equal(0.1, delays.Read().Quantile(0.99));
        Assert.Equal(250, delays.Read().Quantile(1));
        Assert.Null(new ForwardDelays().Read().Quantile(0.5));
    }

    [Fact]
    public void The_difference_of_two_readings_is_what_came_between()
    {
        var delays = new ForwardDelays();
        delays.Count(1_000);
        var before = delays.Read();
        delays.Count(60_000_000);

        var since = delays.Read().Since(before);
        Assert.Equal(1, since.Count);
        Assert.Equal(100, since.Quantile(0.5));
        Assert.Equal(2, delays.Read().Since(null).Count);
    }

    [Fact]
    public void A_batch_is_counted_when_it_has_been_sent_for_its_rooms_and_for_all()
    {
        var clock = new ForwardClock();
        var (one, other) = (new ForwardDelays(), new ForwardDelays());
        clock.Note(one, 1_000_000);
        clock.Note(other, 900_000);
        Assert.Equal(0, one.Read().Count);
        clock.Sent(1_150_000);
        clock.Sent(9_000_000);

        Assert.Equal(0.2, one.Read().Quantile(1));
        Assert.Equal(0.3, other.Read().Quantile(1));
        Assert.Equal(2, clock.All.Read().Count);
        Assert.Equal(0, clock.Count);
    }
}

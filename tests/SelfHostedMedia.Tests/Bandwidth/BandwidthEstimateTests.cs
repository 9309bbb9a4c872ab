using Muse.SelfHostedMedia.Bandwidth;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

public class BandwidthEstimateTests(ITestOutputHelper output)
{
    [Fact]
    public void A_bottleneck_that_appears_and_goes_is_met_within_two_seconds_and_left_within_fifteen()
    {
        var link = new SimulatedLink();
        link.Run(10);
        Assert.True(link.Estimate.Bitrate >= 2_500_000, $"{link.Estimate.Bitrate} on a free line");

        link.LineRate = 800_000;
        link.Run(3);
        link.WorstQueue = 0;
        var least = long.MaxValue;
        link.Run(17, () =>
        {
            least = Math.Min(least, link.Estimate.Bitrate);
            Trace(link);
        });
        Assert.InRange(link.Estimate.Bitrate, 500_000, 1_000_000);
        Assert.True(least > 450_000, $"a spiral down to {least}");
        Assert.InRange(link.WorstQueue, 0, 250);

        link.LineRate = 100_000_000;
        var backAfter = double.MaxValue;
        var freeSince = link.Seconds;
        link.Run(15, () =>
        {
            Trace(link);
            if (link.Estimate.Bitrate >= 2_400_000)
                backAfter = Math.Min(backAfter, link.Seconds - freeSince);
        });
        Assert.InRange(backAfter, 0, 15);
    }

    [Fact]
    public void Jitter_without_a_queue_does_not_cost_the_picture()
    {
        var link = new SimulatedLink { Jitter = 30 };
        var least = long.MaxValue;
        link.Run(60, () =>
        {
            least = Math.Min(least, link.Estimate.Bitrate);
            Trace(link);
        });
        Assert.True(link.Estimate.Bitrate >= 1_800_000, $"{link.Estimate.Bitrate}");
        Assert.True(least >= 1_000_000, $"{least}");
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.10)]
    [InlineData(0.20)]
    public void Loss_without_a_queue_is_found_to_be_the_lines_own(double loss)
    {
        var link = new SimulatedLink { Loss = loss };
        var least = long.MaxValue;
        link.Run(60, () =>
        {
            least = Math.Min(least, link.Estimate.Bitrate);
            Trace(link);
        });
        Assert.True(link.Estimate.Bitrate >= 1_800_000, $"{link.Estimate.Bitrate}");
        Assert.True(least >= 1_200_000, $"{least}");
    }

    /// <summary>A small picture and a sound of 128 kbit/s over a radio: the estimate was lowered to 0.85 of the little that arrived, the sound was
    /// given redundancy at the same moment, and what was left paused the picture for 2.4 and 3.6 s. The decrease must not last, whatever the
    /// sound does meanwhile.</summary>
    [Theory]
    [InlineData(0.10)]
    [InlineData(0.15)]
    [InlineData(0.20)]
    public void Loss_without_a_queue_is_found_to_be_the_lines_own_while_the_sound_is_given_redundancy(double loss)
    {
        var doubtful = 0;
        for (var seed = 1; seed <= 40; seed++)
        {
            var link = new SimulatedLink(start: 600_000, seed: seed) { Wanted = 330_000, AudioBytes = 320, Delay = 75 };
            link.Run(10);
            link.Loss = loss;
            link.Run(2);
            link.AudioBytes = 3 * 320;
            link.Wanted = 590_000;
            link.Run(6);
            var starved = 0;
            link.Run(10, () => starved += link.Estimate is { IsTrying: false, Bitrate: < 3 * 320 * 8 * 50 + 60_000 } ? 1 : 0);
            doubtful += starved > 0 ? 1 : 0;
            output.WriteLine($"seed {seed}: {link.Estimate.Bitrate / 1_000} k, too little for a picture in {starved} of 100 looks");
        }

        // Some hundred packets a second of which one in ten is lost: chance alone may look like a full line for a moment.
        Assert.InRange(doubtful, 0, 4);
    }

    /// <summary>A moment's trouble had lowered the estimate under what sound with its redundancy takes; the picture was paused, and it stood for
    /// 7.4 s on a line that carried it all the while: probes rested for three seconds after the decrease, were never begun where sound is lost,
    /// and failed on a line that loses a tenth of everything.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.05)]
    [InlineData(0.10)]
    public void A_paused_picture_is_back_soon_after_the_line_is(double loss)
    {
        var waits = new List<double>();
        for (var seed = 1; seed <= 20; seed++)
        {
            var link = new SimulatedLink(start: 1_500_000, seed: seed) { Wanted = 1_500_000, AudioBytes = 3 * 320, Delay = 75, Loss = loss };
            link.Run(20);
            link.LineRate = 300_000;
            link.Run(2);
            link.IsPaused = true;
            link.Run(1);
            Assert.True(link.Estimate.Bitrate < Picture, $"seed {seed}: {link.Estimate.Bitrate}, nothing to come back from");
            link.LineRate = 100_000_000;
            var (since, wait) = (link.Seconds, double.MaxValue);
            link.Run(10, () => wait = link.Estimate.Bitrate >= Picture ? Math.Min(wait, link.Seconds - since) : wait);
            waits.Add(wait);
        }

        waits.Sort();
        output.WriteLine($"median {waits[10]:0.0} s, longest {waits[^1]:0.0} s");
        Assert.InRange(waits[10], 0, 3);
        Assert.InRange(waits[^2], 0, 5);
    }

    /// <summary>bit/s of sound with its redundancy and the least of a picture.</summary>
    private const long Picture = (3 * 320 * 8 * 50) + 60_000;

    [Fact]
    public void A_line_that_drops_instead_of_queueing_is_kept_to()
    {
        var link = new SimulatedLink { LineRate = 800_000, QueueMilliseconds = 20 };
        link.Run(15);
        var least = long.MaxValue;
        var overflowedBefore = link.Overflowed;
        link.Run(20, () =>
        {
            least = Math.Min(least, link.Estimate.Bitrate);
            Trace(link);
        });
        Assert.InRange(link.Estimate.Bitrate, 300_000, 1_200_000);
        Assert.True(least >= 300_000, $"{least}");
        output.WriteLine($"dropped {link.Overflowed - overflowedBefore}");
    }

    [Fact]
    public void Others_who_come_to_the_line_are_made_room_for_and_their_room_is_taken_back()
    {
        var link = new SimulatedLink { LineRate = 2_000_000 };
        link.Run(20, () => Trace(link));
        Assert.InRange(link.Estimate.Bitrate, 1_200_000, 2_400_000);
        link.Competing = 1_000_000;
        link.Run(15, () => Trace(link));
        Assert.InRange(link.Estimate.Bitrate, 500_000, 1_300_000);
        link.Competing = 0;
        link.Run(15, () => Trace(link));
        Assert.InRange(link.Estimate.Bitrate, 1_200_000, 2_400_000);
    }

    [Fact]
    public void Key_frames_are_not_taken_for_congestion()
    {
        var link = new SimulatedLink(start: 700_000) { LineRate = 1_000_000, KeyFrameEvery = 2, Wanted = 600_000 };
        var least = long.MaxValue;
        link.Run(30, () => least = Math.Min(least, link.Estimate.Bitrate));
        Assert.True(least >= 600_000, $"{least}");
    }

    [Fact]
    public void One_that_sends_little_learns_by_a_probe_that_there_is_more()
    {
        var link = new SimulatedLink(start: 300_000);
        link.Run(15);
        Assert.True(link.Estimate.Bitrate >= 2_500_000, $"{link.Estimate.Bitrate}");
        Assert.InRange(link.Estimate.Probes, 1, 12);
    }

    [Fact]
    public void Without_a_stream_for_padding_the_estimate_grows_by_itself()
    {
        var link = new SimulatedLink(start: 300_000) { Probes = false };
        link.Run(20);
        Assert.Equal(0, link.Estimate.Probes);
        Assert.InRange(link.Estimate.Bitrate, 900_000, 2_500_000);
    }

    [Fact]
    public void A_probe_finds_a_narrow_line_and_does_not_believe_more()
    {
        var link = new SimulatedLink(start: 300_000) { LineRate = 1_000_000 };
        var most = 0L;
        link.Run(20, () => most = Math.Max(most, link.Estimate.Bitrate));
        Assert.InRange(most, 700_000, 1_100_000);
    }

    [Fact]
    public void One_that_never_acknowledges_holds_a_bounded_history_and_is_sent_no_probe()
    {
        var link = new SimulatedLink { Answers = false };
        link.Run(60);
        Assert.InRange(link.Estimate.HistoryCapacity, 512, SendHistory.MaxCapacity);
        Assert.Equal(0, link.Estimate.Probes);
    }

    [Fact]
    public void One_that_stops_acknowledging_is_sent_less_and_less_and_comes_back()
    {
        var link = new SimulatedLink();
        link.Run(10);
        link.Answers = false;
        link.Run(10);
        Assert.InRange(link.Estimate.Bitrate, RateControl.Minimum, 700_000);
        link.Answers = true;
        link.Run(15);
        Assert.True(link.Estimate.Bitrate >= 2_400_000, $"{link.Estimate.Bitrate}");
    }

    [Fact]
    public void Reports_of_more_than_can_have_been_sent_are_refused()
    {
        var estimate = new BandwidthEstimate(1_000_000, 4_000_000);
        var message = Convert.FromHexString("8fcd0005" + "00000001" + "00000002" + "0000" + "1fff" + "00000200" + "1fff0000");
        for (var i = 0; i < 100; i++)
            estimate.Receive(15, message, i);
        Assert.True(estimate.RefusedMessages >= 97);
        Assert.Equal(1_000_000, estimate.Bitrate);
    }

    [Fact]
    public void Nothing_is_allocated_per_packet()
    {
        var estimate = new BandwidthEstimate(1_000_000, 4_000_000);
        var log = new ArrivalLog();
        var target = new byte[ArrivalLog.MaxLength];
        Send(0, 1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Send(1_000, 100_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Send(int first, int packets)
        {
            for (var i = first; i < first + packets; i++)
            {
                log.Arrived(estimate.Sent(i * 2_000L, 1_000, false), 1_000_000 + (i * 2_000L));
                estimate.Tick(i * 2_000L, 5_000_000, false);
                if (i % 20 == 0)
                    estimate.Receive(15, target.AsSpan(0, log.Write(target, 1, 2)), i * 2_000L);
            }
        }
    }

    private void Trace(SimulatedLink link) => output.WriteLine(
        $"{link.Seconds:F1} s: estimate {link.Estimate.Bitrate / 1_000} k, arrives {link.Estimate.Acknowledged / 1_000} k, "
        + $"{link.Estimate.Use}, queue {link.Estimate.Queue / 1_000} ms ({link.QueueNow:F0}), loss {link.Estimate.Loss:F2}, probes {link.Estimate.Probes}");
}

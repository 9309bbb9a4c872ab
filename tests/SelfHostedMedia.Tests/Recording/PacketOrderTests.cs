using Muse.SelfHostedMedia.Recording;

namespace Muse.SelfHostedMedia.Tests.Recording;

public class PacketOrderTests
{
    private static readonly byte[] s_key = Convert.FromHexString("78" + "0002" + "6742" + "0002" + "68ce" + "0002" + "65b8");
    private static readonly byte[] s_delta = [0x41, 0xAA];
    private static readonly byte[] s_sound = [0x78, 0x01];

    private readonly RecordedSamples _recorded = new();

    [Fact]
    public void A_packet_that_is_499_ms_late_goes_into_its_place()
    {
        var h264 = new H264Depacketizer(_recorded);
        h264.Push(1, 0, true, s_key, 0);
        h264.Push(3, 6_000, true, s_delta, 66);
        h264.Push(2, 3_000, true, s_delta, 66 + 499);
        Assert.Equal([0L, 3_000, 6_000], _recorded.Times);
        Assert.Empty(_recorded.Losses);
    }

    [Fact]
    public void After_500_ms_the_picture_is_lost_and_what_refers_to_it()
    {
        var h264 = new H264Depacketizer(_recorded);
        h264.Push(1, 0, true, s_key, 0);
        h264.Push(2, 3_000, true, s_delta, 33);
        h264.Push(4, 9_000, true, s_delta, 100);
        h264.Advance(599);
        Assert.Equal(1, h264.Held);
        h264.Advance(600);
        Assert.True(h264.NeedsKeyFrame);
        h264.Push(3, 6_000, true, s_delta, 601);
        h264.Push(5, 12_000, true, s_key, 602);
        Assert.False(h264.NeedsKeyFrame);
        Assert.Equal([0L, 3_000, 12_000], _recorded.Times);
        Assert.Equal([new LostTime(6_000, 6_000, 1, 1, LossCause.Packets)], _recorded.Losses);
        Assert.Equal(1, h264.Superfluous);
    }

    [Fact]
    public void A_key_frame_whose_first_packet_may_be_missing_does_not_count_as_one()
    {
        var h264 = new H264Depacketizer(_recorded);
        h264.Push(1, 0, true, s_key, 0);
        // 2 may have been a parameter set of another size, in front of this slice.
        h264.Push(3, 3_000, true, [0x65, 0xB8], 600);
        h264.Push(4, 6_000, true, s_delta, 1_200);
        h264.Push(5, 9_000, true, s_key, 1_300);
        Assert.Equal([0L, 9_000], _recorded.Times);
    }

    [Fact]
    public void A_lost_end_drops_the_picture_and_a_lost_probe_costs_the_time_to_the_next_key_frame()
    {
        var h264 = new H264Depacketizer(_recorded);
        h264.Push(1, 0, true, s_key, 0);
        h264.Push(2, 3_000, false, s_delta, 33);
        h264.Push(4, 6_000, true, s_key, 66);
        h264.Advance(1_000);
        h264.Push(5, 9_000, true, s_delta, 1_001);
        Assert.Equal([0L, 6_000, 9_000], _recorded.Times);
        Assert.Equal([new LostTime(3_000, 3_000, 1, 1, LossCause.Packets)], _recorded.Losses);
    }

    [Fact]
    public void Duplicates_and_packets_of_padding_alone_are_nothing()
    {
        var h264 = new H264Depacketizer(_recorded);
        h264.Push(1, 0, true, s_key, 0);
        h264.Push(1, 0, true, s_key, 0);
        h264.Push(2, 0, false, [], 1);
        h264.Push(4, 3_000, true, s_delta, 2);
        h264.Push(4, 3_000, true, s_delta, 2);
        h264.Push(3, 0, false, [], 3);
        Assert.Equal([0L, 3_000], _recorded.Times);
        Assert.Empty(_recorded.Losses);
        Assert.Equal(2, h264.Superfluous);
    }

    [Fact]
    public void Timestamps_go_on_over_their_end()
    {
        var opus = new OpusDepacketizer(_recorded);
        opus.Push(65_535, uint.MaxValue - 959, true, s_sound, 0);
        opus.Push(65_536, 0, true, s_sound, 20);
        opus.Push(65_537, 960, true, s_sound, 40);
        Assert.Equal([4_294_966_336L, 4_294_967_296, 4_294_968_256], _recorded.Times);
        Assert.True(opus.Timeline.TryNear(uint.MaxValue - 959, out var reported));
        Assert.Equal(4_294_966_336L, reported);
        Assert.Single(_recorded.Stretches);
        opus.Restart();
        Assert.False(opus.Timeline.TryNear(960, out _));
    }

    [Fact]
    public void Another_SSRC_begins_a_stretch_that_goes_on_by_the_time_that_passed()
    {
        var h264 = new H264Depacketizer(_recorded);
        h264.Push(100, 9_000, true, s_key, 1_000);
        h264.Push(101, 12_000, false, s_delta, 1_033);
        h264.Restart();
        h264.Push(7, 4_000_000_000, true, s_delta, 1_500);
        h264.Push(8, 4_000_003_000, true, s_key, 1_533);
        Assert.Equal([9_000L, 12_000 + 42_030 + 3_000], _recorded.Times);
        Assert.Equal([9_000L, 12_000 + 42_030], _recorded.Stretches);
        Assert.Equal([new LostTime(12_000, 45_030, 2, 0, LossCause.Malformed)], _recorded.Losses);
    }

    [Theory]
    [InlineData(4_000_000_000)]
    [InlineData(100_000_000)]
    public void A_jump_of_the_clock_begins_a_stretch_and_breaks_no_picture(uint timestamp)
    {
        var h264 = new H264Depacketizer(_recorded);
        h264.Push(1, 1_000_000, true, s_key, 0);
        h264.Push(2, 1_003_000, true, s_delta, 33);
        h264.Push(3, timestamp, true, s_delta, 133);
        h264.Push(4, timestamp + 3_000, true, s_delta, 166);
        Assert.Equal([1_000_000L, 1_003_000, 1_012_000, 1_015_000], _recorded.Times);
        Assert.Equal([new LostTime(1_006_000, 6_000, 0, 0, LossCause.Clock)], _recorded.Losses);
        Assert.Equal(2, _recorded.Stretches.Count);
    }

    [Fact]
    public void A_long_pause_is_no_jump()
    {
        var opus = new OpusDepacketizer(_recorded);
        opus.Push(1, 0, true, s_sound, 0);
        opus.Push(2, 48_000 * 60, true, s_sound, 60_000);
        Assert.Single(_recorded.Stretches);
        Assert.Equal([0L, 48_000 * 60], _recorded.Times);
    }

    [Fact]
    public void A_lost_packet_of_sound_costs_its_own_time()
    {
        var opus = new OpusDepacketizer(_recorded);
        for (var i = 0; i < 10; i++)
        {
            if (i is not (3 or 4))
                opus.Push(i, (uint)i * 960, true, s_sound, i * 20);
        }

        opus.Finish();
        Assert.Equal(8, _recorded.Samples.Count);
        Assert.Equal([new LostTime(3 * 960, 2 * 960, 0, 2, LossCause.Packets)], _recorded.Losses);
    }

    [Fact]
    public void No_more_than_1024_packets_are_held_and_a_jump_of_the_numbers_is_a_loss()
    {
        var opus = new OpusDepacketizer(_recorded);
        opus.Push(0, 0, true, s_sound, 0);
        for (var i = 2; i < 3_000; i++)
        {
            opus.Push(i, (uint)i * 960, true, s_sound, 1);
            Assert.InRange(opus.Held, 0, PacketHold.Capacity);
        }

        opus.Push(1L << 40, 3_000 * 960, true, s_sound, 2);
        Assert.Equal(2_000 + 1_000 - 1 + 1, _recorded.Samples.Count);
        Assert.Equal(new(960, 960, 0, 1, LossCause.Packets), _recorded.Losses[0]);
    }

    [Fact]
    public void What_is_begun_at_the_end_is_lost()
    {
        var h264 = new H264Depacketizer(_recorded);
        h264.Push(1, 0, true, s_key, 0);
        h264.Push(2, 3_000, false, s_delta, 33);
        h264.Finish();
        Assert.Equal([new LostTime(3_000, 3_000, 1, 0, LossCause.Malformed)], _recorded.Losses);
    }

    [Fact]
    public void A_picture_is_never_larger_than_4_MiB()
    {
        var h264 = new H264Depacketizer(_recorded);
        h264.Push(0, 0, false, s_key, 0);
        var fragment = new byte[1_400];
        (fragment[0], fragment[1]) = (0x7C, 0x85);
        for (var i = 1; i < 4_000; i++)
        {
            h264.Push(i, 0, false, fragment, 0);
            fragment[1] = 0x05;
        }

        fragment[1] = 0x45;
        h264.Push(4_000, 0, true, fragment, 0);
        h264.Push(4_001, 3_000, true, s_key, 33);
        Assert.Equal([3_000L], _recorded.Times);
        Assert.Equal(1, h264.Malformed);
    }

    [Fact]
    public void Packets_that_are_larger_than_a_datagram_are_not_looked_at()
    {
        var opus = new OpusDepacketizer(_recorded);
        opus.Push(0, 0, true, new byte[PacketHold.MaxPayload + 1], 0);
        Assert.Equal(1, opus.Malformed);
        Assert.Empty(_recorded.Samples);
    }

    [Fact]
    public void A_million_packets_with_losses_and_disorder_allocate_nothing_once_it_runs()
    {
        var counting = new Counting();
        var h264 = new H264Depacketizer(counting);
        var index = 0L;
        Run(20_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(1_000_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.InRange(counting.Samples, 100_000, 1_000_000);
        Assert.InRange(counting.Losses, 1_000, 1_000_000);

        void Run(int packets)
        {
            for (var end = index + packets; index < end; index += 10)
            {
                for (var i = 0; i < 10; i++)
                {
                    // 4 and 5 change places, 7 of each seventh round is lost.
                    var at = index + (i switch { 4 => 5, 5 => 4, _ => i });
                    if (i == 7 && index % 70 == 0)
                        continue;
                    h264.Push(at, (uint)(at * 3_000), true, at % 10 == 0 ? s_key : s_delta, at * 33);
                }
            }
        }
    }

    private sealed class Counting : ISampleSink
    {
        public int Samples { get; private set; }

        public int Losses { get; private set; }

        public void Stretch(long time, long arrival)
        {
        }

        public void Lost(in LostTime lost) => Losses++;

        public void Sample(in Sample sample, ReadOnlySpan<byte> bytes) => Samples++;
    }
}

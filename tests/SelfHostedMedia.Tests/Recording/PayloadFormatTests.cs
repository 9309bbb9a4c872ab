using Muse.SelfHostedMedia.Recording;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>Byte by byte, after the figures of the payload specifications.</summary>
public class PayloadFormatTests
{
    private readonly RecordedSamples _recorded = new();
    private long _index = 65_530;

    [Fact]
    public void An_aggregate_of_parameter_sets_and_a_single_unit_make_one_sample_with_lengths()
    {
        var h264 = new H264Depacketizer(_recorded);
        // RFC 6184 figure 7: STAP-A, size, unit, size, unit.
        Push(h264, 3_000, false, "78" + "0004" + "67424028" + "0003" + "68ce38");
        Push(h264, 3_000, true, "65b80102");
        Assert.Equal(["00000004" + "67424028" + "00000003" + "68ce38" + "00000004" + "65b80102"], _recorded.Hex);
        Assert.True(_recorded.Samples[0].Sample.IsKey);
        Assert.Equal([3_000L], _recorded.Times);
        Assert.Empty(_recorded.Losses);
    }

    [Fact]
    public void A_fragmented_unit_is_joined_under_the_header_that_its_parts_tell()
    {
        var h264 = new H264Depacketizer(_recorded);
        Push(h264, 0, false, "78" + "0002" + "6742" + "0002" + "68ce");
        // RFC 6184 figure 14: indicator 0x7C = NRI 3, type 28; header S 0x85, none 0x05, E 0x45.
        Push(h264, 0, false, "7c85" + "0102");
        Push(h264, 0, false, "7c05" + "0304");
        Push(h264, 0, true, "7c45" + "05");
        Assert.Equal(["00000002" + "6742" + "00000002" + "68ce" + "00000006" + "650102030405"], _recorded.Hex);
    }

    [Fact]
    public void A_key_frame_without_parameter_sets_gets_the_newest_ones()
    {
        var h264 = new H264Depacketizer(_recorded);
        Push(h264, 0, true, "78" + "0002" + "6742" + "0002" + "68ce");
        Push(h264, 3_000, true, "65b8");
        Push(h264, 6_000, true, "78" + "0002" + "6764" + "0002" + "68cf");
        Push(h264, 9_000, true, "65b9");
        Push(h264, 12_000, true, "41aa");
        Assert.Equal(
            [
                "000000026742" + "0000000268ce" + "0000000265b8",
                "000000026764" + "0000000268cf" + "0000000265b9",
                "0000000241aa",
            ],
            _recorded.Hex);
        Assert.Equal([true, true, false], _recorded.Samples.Select(each => each.Sample.IsKey));
    }

    [Fact]
    public void A_key_frame_whose_parameter_sets_nobody_has_seen_is_not_recorded()
    {
        var h264 = new H264Depacketizer(_recorded);
        Push(h264, 0, true, "65b8");
        Push(h264, 3_000, true, "78" + "0002" + "6742" + "0002" + "68ce" + "0002" + "65b8");
        Assert.Equal([3_000L], _recorded.Times);
        Assert.Equal([new LostTime(0, 3_000, 1, 0, LossCause.Beginning)], _recorded.Losses);
    }

    [Fact]
    public void Delimiters_and_filler_are_left_out()
    {
        var h264 = new H264Depacketizer(_recorded);
        Push(h264, 0, false, "78" + "0002" + "09f0" + "0002" + "6742" + "0002" + "68ce" + "0003" + "0cffff");
        Push(h264, 0, true, "65b8");
        Assert.Equal(["000000026742" + "0000000268ce" + "0000000265b8"], _recorded.Hex);
    }

    [Theory]
    [InlineData("7805")]
    [InlineData("78000541")]
    [InlineData("7800024101" + "00")]
    [InlineData("7c01aa")]
    [InlineData("7cc1aa")]
    [InlineData("7981")]
    [InlineData("00aa")]
    public void A_malformed_payload_drops_its_picture_and_all_up_to_the_next_key_frame(string payload)
    {
        const string Key = "78" + "0002" + "6742" + "0002" + "68ce" + "0002" + "65b8";
        var h264 = new H264Depacketizer(_recorded);
        Push(h264, 0, true, Key);
        Push(h264, 3_000, true, payload);
        Push(h264, 6_000, true, "41aa");
        Push(h264, 9_000, true, Key);
        Assert.Equal([0L, 9_000], _recorded.Times);
        Assert.Equal([new LostTime(3_000, 6_000, 2, 0, LossCause.Malformed)], _recorded.Losses);
        Assert.Equal(1, h264.Malformed);
    }

    [Fact]
    public void A_VP9_frame_is_what_stands_behind_the_descriptors()
    {
        var vp9 = new Vp9Depacketizer(_recorded);
        // RFC 9628 §4.2: I=1 L=1 F=0 B=1 V=1, picture 0x1234, TID 0 U=1 SID 0 D=0, TL0PICIDX; structure of one layer, 640×480, G with one
        // picture and one reference.
        Push(vp9, 0, false, "aa" + "9234" + "10" + "07" + "18" + "028001e0" + "01" + "1401" + "824983");
        Push(vp9, 0, true, "a4" + "9234" + "10" + "07" + "aabb");
        // I=1 P=1 L=1 F=1 B=1 E=1, seven-bit picture, layers, two references.
        Push(vp9, 3_000, true, "fc" + "35" + "00" + "0302" + "860102");
        Assert.Equal(["824983" + "aabb", "860102"], _recorded.Hex);
        Assert.Equal([true, false], _recorded.Samples.Select(each => each.Sample.IsKey));
    }

    [Fact]
    public void Spatial_layers_of_VP9_become_a_superframe_with_its_index()
    {
        var vp9 = new Vp9Depacketizer(_recorded);
        Push(vp9, 0, false, "ac" + "01" + "00" + "00" + "8249");
        Push(vp9, 0, true, "ec" + "01" + "03" + "00" + "860102");
        // Annex B.2: 110, four bytes a size, two frames.
        Assert.Equal(["8249" + "860102" + "d9" + "02000000" + "03000000" + "d9"], _recorded.Hex);
    }

    [Theory]
    [InlineData("84" + "01" + "aa")]
    [InlineData("88" + "01" + "aa")]
    [InlineData("8c" + "01")]
    [InlineData("8e" + "01" + "ff")]
    public void A_VP9_picture_without_a_beginning_an_end_or_bytes_is_dropped(string payload)
    {
        var vp9 = new Vp9Depacketizer(_recorded);
        Push(vp9, 0, true, "8c" + "01" + "8249");
        Push(vp9, 3_000, true, payload);
        Push(vp9, 6_000, true, "8c" + "03" + "8249");
        Assert.Equal([0L, 6_000], _recorded.Times);
        Assert.Equal([new LostTime(3_000, 3_000, 1, 0, LossCause.Malformed)], _recorded.Losses);
    }

    [Fact]
    public void Elements_of_an_AV1_packet_become_units_with_sizes()
    {
        var av1 = new Av1Depacketizer(_recorded);
        // §4.4: Z=0 Y=1 W=2 N=1; an element with its length (sequence header, type 1), the last one (frame, type 6) goes on.
        Push(av1, 0, false, "68" + "03" + "080102" + "3010");
        // Z=1 Y=0 W=1.
        Push(av1, 0, true, "90" + "2021");
        Assert.Equal(["0a02" + "0102" + "3203" + "102021"], _recorded.Hex);
        Assert.True(_recorded.Samples[0].Sample.IsKey);
    }

    [Fact]
    public void Delimiters_padding_and_tile_lists_of_AV1_go_and_sizes_that_are_there_stay()
    {
        var av1 = new Av1Depacketizer(_recorded);
        // W=0: each with its length: delimiter, sequence header with a size of its own, padding, frame with an extension, tile list.
        Push(av1, 0, true, "08" + "01" + "10" + "03" + "0a01aa" + "02" + "7800" + "03" + "340010" + "02" + "4011");
        Assert.Equal(["0a01aa" + "36" + "00" + "01" + "10"], _recorded.Hex);
    }

    [Fact]
    public void A_unit_of_200_bytes_gets_a_size_of_two()
    {
        var av1 = new Av1Depacketizer(_recorded);
        var frame = "10" + new string('0', 2 * 199);
        Push(av1, 0, true, "28" + "02" + "0801" + "30" + frame);
        Assert.Equal(["0a01" + "01" + "32c801" + frame], _recorded.Hex);
    }

    [Theory]
    [InlineData("90aa")]
    [InlineData("5030")]
    [InlineData("10")]
    [InlineData("00" + "05" + "30")]
    [InlineData("00" + "ffffffffffffffffff")]
    [InlineData("10" + "b0")]
    [InlineData("10" + "3205" + "aa")]
    public void A_malformed_AV1_packet_drops_its_picture(string payload)
    {
        var av1 = new Av1Depacketizer(_recorded);
        Push(av1, 0, true, "28" + "02" + "0801" + "3010");
        Push(av1, 3_000, true, payload);
        Push(av1, 6_000, true, "28" + "02" + "0801" + "3010");
        Assert.Equal([0L, 6_000], _recorded.Times);
        Assert.Equal(3_000, Assert.Single(_recorded.Losses).Duration);
    }

    [Theory]
    [InlineData("78", 960)]
    [InlineData("ec", 240)]
    [InlineData("1800", 2_880)]
    [InlineData("7b0300", 2_880)]
    public void A_packet_of_Opus_says_how_long_it_sounds(string packet, int duration)
    {
        Push(new OpusDepacketizer(_recorded), 960, true, packet);
        Assert.Equal(duration, Assert.Single(_recorded.Samples).Sample.Duration);
    }

    [Fact]
    public void Silence_that_the_sender_meant_is_no_loss_and_nonsense_costs_itself_alone()
    {
        var opus = new OpusDepacketizer(_recorded);
        Push(opus, 0, true, "78aa");
        Push(opus, 19_200, true, "78bb");
        // More than 120 ms.
        Push(opus, 20_160, true, "7b3f00");
        Push(opus, 21_120, true, "78cc");
        Assert.Equal([0L, 19_200, 21_120], _recorded.Times);
        Assert.Equal([new LostTime(20_160, 960, 1, 0, LossCause.Malformed)], _recorded.Losses);
    }

    private void Push(Depacketizer depacketizer, uint timestamp, bool marker, string payload) =>
        depacketizer.Push(_index++, timestamp, marker, Convert.FromHexString(payload), timestamp / 90);
}

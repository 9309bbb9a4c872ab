using System.Buffers;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Tracks;

public sealed class Av1SampleTests
{

    [Fact]
    public void A_unit_as_RTP_brings_it_gets_its_sizes_and_loses_delimiters_and_padding()
    {
        var sample = new ArrayBufferWriter<byte>();
        Av1Sample.Append(Hex.Bytes("10"), sample);                 // temporal delimiter, no size
        Av1Sample.Append(Hex.Bytes("08 AA BB"), sample);           // sequence header, no size
        Av1Sample.Append(Hex.Bytes("34 48 10 CC"), sample);        // frame with an extension (spatial layer 1), no size
        Av1Sample.Append(Hex.Bytes("7A 02 80 80"), sample);        // padding
        Assert.Equal(
            Hex.Bytes(
                """
                0A 02 AA BB
                36 48 02 10 CC
                """),
            sample.WrittenSpan.ToArray());
    }

    [Fact]
    public void A_whole_temporal_unit_is_taken_as_it_is_but_for_its_delimiter()
    {
        var sample = new ArrayBufferWriter<byte>();
        Av1Sample.Append(Hex.Bytes("12 00  0A 02 AA BB  32 03 10 CC DD"), sample);
        Assert.Equal(Hex.Bytes("0A 02 AA BB  32 03 10 CC DD"), sample.WrittenSpan.ToArray());
    }

    [Fact]
    public void A_size_of_two_bytes_is_written_low_bits_first()
    {
        var sample = new ArrayBufferWriter<byte>();
        Av1Sample.Append([0x30, .. new byte[300]], sample);
        // 300 = 2·128 + 44 (§4.10.5).
        Assert.Equal(Hex.Bytes("32 AC 02"), sample.WrittenSpan[..3].ToArray());
        Assert.Equal(303, sample.WrittenCount);
    }

    [Theory]
    [InlineData("0A 01 00  32 01 10", true)]    // sequence header, shown key frame
    [InlineData("32 01 10", false)]             // without a sequence header nobody can begin here
    [InlineData("0A 01 00  32 01 30", false)]   // inter frame
    [InlineData("0A 01 00  32 01 00", false)]   // key frame that is not shown
    [InlineData("0A 01 00  1A 01 80", false)]   // a frame that is shown again
    [InlineData("0A 01 00", false)]
    public void A_key_frame_is_shown_and_brings_its_sequence_header(string unit, bool isKey) =>
        Assert.Equal(isKey, Av1Sample.IsKey(Hex.Bytes(unit)));

    [Fact]
    public void What_the_real_encoder_says_is_in_the_configuration_with_its_sequence_header()
    {
        FFmpeg.IsNeeded();
        var sample = Encoded.Pictures(Codec.Av1, 640, 480)[0];
        var format = TrackFormat.Read(Codec.Av1, sample)!;
        Assert.Equal((640, 480, "av01.0.04M.08"), (format.Width, format.Height, format.CodecString));
        // "AV1 Codec ISO Media File Format Binding" §2.3.3: marker and version; profile 0, level 3.0; tier 0, 8 bits, 4:2:0; no delay; the OBU.
        Assert.Equal(Hex.Bytes("81 04 0C 00"), format.Configuration.Span[..4].ToArray());
        Assert.Equal(sample[..(2 + sample[1])], format.Configuration.Span[4..].ToArray());
        Assert.Equal((320, 240), (TrackFormat.Read(Codec.Av1, Encoded.Pictures(Codec.Av1, 320, 240)[0])!.Width, 240));
    }
}

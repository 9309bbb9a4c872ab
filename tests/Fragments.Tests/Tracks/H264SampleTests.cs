using System.Buffers;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Tracks;

public sealed class H264SampleTests
{
    private static readonly byte[] s_set = Set(40, 30);
    private static readonly byte[] s_pictureSet = Hex.Bytes("68 CE 38 80");
    private static readonly byte[] s_slice = Hex.Bytes("65 88 84 00 10");

    [Fact]
    public void A_byte_stream_becomes_units_behind_their_lengths_without_delimiters_and_filler()
    {
        var stream = Hex.Bytes(
            """
            00 00 00 01 09 F0          ; access unit delimiter
            00 00 00 01 67 42 C0 1F 95 ; sequence parameter set, four-byte start code
            00 00 01 68 CE 38 80 00    ; picture parameter set, a trailing zero
            00 00 01 0C FF FF 80       ; filler data
            00 00 01 65 88 00 00 03 01 ; IDR slice with emulation prevention
            """);
        var sample = new ArrayBufferWriter<byte>();
        H264Sample.AppendByteStream(stream, sample);
        Assert.Equal(
            Hex.Bytes(
                """
                00 00 00 05  67 42 C0 1F 95
                00 00 00 04  68 CE 38 80
                00 00 00 06  65 88 00 00 03 01
                """),
            sample.WrittenSpan.ToArray());
    }

    [Fact]
    public void An_IDR_slice_makes_a_key_frame_and_parameter_sets_alone_are_no_picture()
    {
        Assert.True(H264Sample.IsKey(Sample(s_set, s_pictureSet, s_slice)));
        Assert.False(H264Sample.IsKey(Sample([0x41, 0x9A, 0x24])));
        Assert.True(H264Sample.HasPicture(Sample([0x41, 0x9A, 0x24])));
        Assert.False(H264Sample.HasPicture(Sample(s_set, s_pictureSet)));
    }

    [Theory]
    [InlineData(40, 30, 640, 480)]
    [InlineData(20, 15, 320, 240)]
    [InlineData(120, 68, 1_920, 1_088)]
    public void The_size_and_the_configuration_are_the_bitstreams(int columns, int rows, int width, int height)
    {
        var set = Set(columns, rows);
        var format = TrackFormat.Read(Codec.H264, Sample(set, s_pictureSet, s_slice))!;
        Assert.Equal((width, height, "avc3.42C01F", 90_000), (format.Width, format.Height, format.CodecString, format.TimeScale));
        // AVCDecoderConfigurationRecord, ISO/IEC 14496-15 §5.3.3.1.2: version, profile, compatibility, level, lengths of 4, one set, one set.
        Assert.Equal(
            [.. Hex.Bytes("01 42 C0 1F FF E1"), 0, (byte)set.Length, .. set, 1, 0, 4, .. s_pictureSet], format.Configuration.ToArray());
    }

    [Fact]
    public void Cropping_is_counted_in_units_of_the_chroma()
    {
        // 1920x1080: 68 rows of macroblocks, 4 units of 2 lines cropped at the bottom (7-22).
        var format = TrackFormat.Read(Codec.H264, Sample(Set(120, 68, cropBottom: 4), s_pictureSet, s_slice))!;
        Assert.Equal((1_920, 1_080), (format.Width, format.Height));
    }

    [Fact]
    public void Emulation_prevention_within_a_parameter_set_is_no_part_of_its_numbers()
    {
        // Picture order type 1 with an offset of 31 zeros and as many ones behind them (§7.3.2.1.1, §7.4.1.1).
        var set = Set(20, 15, order: "010" + "0" + new string('0', 31) + "1" + new string('1', 31) + "1" + "1");
        Assert.True(set.AsSpan().IndexOf((ReadOnlySpan<byte>)[0, 0, 3, 0]) > 0);
        var format = TrackFormat.Read(Codec.H264, Sample(set, s_pictureSet, s_slice))!;
        Assert.Equal((320, 240), (format.Width, format.Height));
    }

    [Fact]
    public void A_high_profiles_configuration_says_chroma_and_depth_too()
    {
        // x264's set for 1280x720, high profile, level 3.1.
        var set = Hex.Bytes("67 64 00 1F AC D9 40 50 05 BB 01 10 00 00 03 00 10 00 00 03 03 C0 F1 83 19 60");
        var format = TrackFormat.Read(Codec.H264, Sample(set, s_pictureSet, s_slice))!;
        Assert.Equal((1_280, 720, "avc3.64001F"), (format.Width, format.Height, format.CodecString));
        Assert.Equal(Hex.Bytes("FD F8 F8 00"), format.Configuration.Span[^4..].ToArray());
    }

    [Fact]
    public void Without_both_parameter_sets_there_is_no_format()
    {
        Assert.Null(TrackFormat.Read(Codec.H264, Sample(s_set, s_slice)));
        Assert.Null(TrackFormat.Read(Codec.H264, Sample(s_pictureSet, s_slice)));
        Assert.Null(TrackFormat.Read(Codec.H264, Sample(s_set[..6], s_pictureSet, s_slice)));
        Assert.Null(TrackFormat.Read(Codec.H264, Sample([.. s_set, .. new byte[1_024]], s_pictureSet, s_slice)));
    }

    [Fact]
    public void The_sets_of_a_configuration_come_back_as_they_were()
    {
        var format = TrackFormat.Read(Codec.H264, Sample(s_set, s_pictureSet, s_slice))!;
        var sample = new ArrayBufferWriter<byte>();
        H264Sample.AppendSets(format.Configuration.Span, sample);
        Assert.Equal(Sample(s_set, s_pictureSet), sample.WrittenSpan.ToArray());
    }

    internal static byte[] Sample(params byte[][] units)
    {
        var sample = new ArrayBufferWriter<byte>();
        foreach (var unit in units)
            H264Sample.Append(unit, sample);
        return sample.WrittenSpan.ToArray();
    }

    /// <summary>Constrained baseline, level 3.1, one reference, frames only, without VUI.</summary>
    internal static byte[] Set(int columns, int rows, int cropBottom = 0, string order = "011" /* type 2 */)
    {
        var bits = "1" /* set 0 */ + "1" /* frame_num: 4 bits */ + order + Ue(1) /* references */ + "0" /* gaps */
            + Ue(columns - 1) + Ue(rows - 1) + "1" /* frames only */ + "1" /* direct_8x8 */
            + (cropBottom == 0 ? "0" : "1" + Ue(0) + Ue(0) + Ue(0) + Ue(cropBottom)) + "0" /* VUI */ + "1" /* stop */;
        bits = bits.PadRight((bits.Length + 7) / 8 * 8, '0');
        var unit = new List<byte> { 0x67, 0x42, 0xC0, 0x1F };
        foreach (var each in bits.Chunk(8).Select(b => Convert.ToByte(new string(b), 2)))
        {
            if (each <= 3 && unit[^1] == 0 && unit[^2] == 0)
                unit.Add(3);
            unit.Add(each);
        }

        return [.. unit];

        // §9.1: as many zeros as the number plus one has bits behind its first.
        static string Ue(int value)
        {
            var binary = Convert.ToString(value + 1, 2);
            return new string('0', binary.Length - 1) + binary;
        }
    }
}

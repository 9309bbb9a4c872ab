using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Tracks;

public sealed class Vp9SampleTests
{
    // VP9 bitstream specification §6.2: marker 10, profile 00, not shown again 0, key frame 0, shown 1, error resilience 0 = 82; sync code; colour
    // space 001 (BT.601), studio range 0, then 16 bits of 639 and of 479, of which the first 4 end this byte.
    private static readonly byte[] s_key = Hex.Bytes("82 49 83 42 20 27 F0 1D F0 00");

    [Fact]
    public void Size_and_colour_of_a_key_frame_are_its_headers()
    {
        var format = TrackFormat.Read(Codec.Vp9, s_key)!;
        Assert.Equal((640, 480, "vp09.00.30.08"), (format.Width, format.Height, format.CodecString));
        // "VP Codec ISO Media File Format Binding" §2.2: version 1; profile 0, level 3.0, 8 bits and 4:2:0 collocated, colour, no more bytes.
        Assert.Equal(Hex.Bytes("01 000000  00 1E 82  05 06 06  0000"), format.Configuration.ToArray());
    }

    [Fact]
    public void Unknown_colour_is_said_to_be_unknown()
    {
        var frame = (byte[])s_key.Clone();
        frame[4] = 0;
        Assert.Equal(Hex.Bytes("01 000000  00 1E 82  02 02 02  0000"), TrackFormat.Read(Codec.Vp9, frame)!.Configuration.ToArray());
    }

    [Theory]
    [InlineData("86 00 00 00")]         // another frame
    [InlineData("8A 00")]               // a frame that is shown again
    [InlineData("42 49 83 42 20 27 F0 1D F0")] // another marker
    [InlineData("82")]
    public void What_is_no_key_frame_has_no_format(string frame)
    {
        Assert.Null(TrackFormat.Read(Codec.Vp9, Hex.Bytes(frame)));
        if (frame != "82")
            Assert.False(Vp9Sample.IsKey(Hex.Bytes(frame)));
    }

    [Theory]
    [InlineData(256, 144, 10)]
    [InlineData(480, 360, 21)]
    [InlineData(640, 480, 30)]
    [InlineData(1_280, 720, 31)]
    [InlineData(1_920, 1_080, 40)]
    [InlineData(3_840, 2_160, 50)]
    [InlineData(16_384, 16_384, 62)]
    public void The_level_is_the_least_that_the_size_fits_into(int width, int height, int level) =>
        Assert.Equal(level, Vp9Sample.Level(width, height));
}

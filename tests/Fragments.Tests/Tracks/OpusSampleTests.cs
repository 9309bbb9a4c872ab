using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Tracks;

public sealed class OpusSampleTests
{
    [Theory]
    [InlineData("FC FF FE", 960)]       // CELT 20 ms, one frame
    [InlineData("FD 00", 1_920)]        // two frames
    [InlineData("FB 03", 2_880)]        // code 3, three frames
    [InlineData("E0", 120)]             // CELT 2.5 ms
    [InlineData("18", 2_880)]           // SILK 60 ms
    [InlineData("60", 480)]             // hybrid 10 ms
    [InlineData("FB 00", 0)]            // no frame at all
    [InlineData("1B 03", 0)]            // 180 ms: longer than a packet may be
    [InlineData("FB", 0)]               // the count is missing
    [InlineData("", 0)]
    public void The_duration_is_the_first_bytes(string packet, int ticks) => Assert.Equal(ticks, OpusSample.Duration(Hex.Bytes(packet)));

    [Fact]
    public void The_configuration_is_stereo_at_48_kHz_without_pre_skip() =>
        // "Encapsulation of Opus in ISO Base Media File Format" §4.3.2, big endian.
        Assert.Equal(Hex.Bytes("00 02 0000 0000BB80 0000 00"), TrackFormat.Opus.Configuration.ToArray());
}

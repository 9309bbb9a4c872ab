using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rtp;

public class KeyFramesTests
{
    [Theory]
    [InlineData("1000", true)]              // S, partition 0, key
    [InlineData("1001", false)]             // inter frame
    [InlineData("0000", false)]             // not the first packet
    [InlineData("1100", false)]             // partition 1
    [InlineData("90800500", true)]          // X, I, 7-bit picture id
    [InlineData("9080850700", true)]        // 15-bit picture id
    [InlineData("90e08507010000", true)]    // picture id, TL0PICIDX, TID
    [InlineData("90e085070100", false)]     // its payload header is missing
    [InlineData("90", false)]
    [InlineData("9080", false)]
    public void VP8(string payload, bool begins) => AssertBegins(VideoCodec.Vp8, payload, begins);

    [Theory]
    [InlineData("67420029", true)]
    [InlineData("65880000", true)]
    [InlineData("41880000", false)]
    [InlineData("78000467420029000268ce", true)]    // STAP-A with SPS first
    [InlineData("7800024188000465880000", true)]    // STAP-A with IDR second
    [InlineData("780002418800", false)]
    [InlineData("7c85ffff", true)]                  // FU-A start of an IDR
    [InlineData("7c05ffff", false)]                 // FU-A middle
    [InlineData("7c81ffff", false)]                 // FU-A start of a non-IDR
    [InlineData("7c", false)]
    [InlineData("78ffff", false)]
    public void H264(string payload, bool begins) => AssertBegins(VideoCodec.H264, payload, begins);

    [Theory]
    [InlineData("8a0001", true)]
    [InlineData("ca0001", false)]
    [InlineData("820001", false)]
    public void VP9(string payload, bool begins) => AssertBegins(VideoCodec.Vp9, payload, begins);

    [Theory]
    [InlineData("180a", true)]
    [InlineData("1032", false)]
    public void AV1(string payload, bool begins) => AssertBegins(VideoCodec.Av1, payload, begins);

    [Fact]
    public void No_input_makes_the_detection_throw()
    {
        var examples = new[] { "90e08507010000", "7800024188000465880000", "7c85ffff", "8a0001" }.Select(Convert.FromHexString).ToArray();
        foreach (var input in Fuzzing.Inputs(examples))
        {
            foreach (var codec in Enum.GetValues<VideoCodec>())
                KeyFrames.Begins(codec, input);
        }
    }

    private static void AssertBegins(VideoCodec codec, string payload, bool begins) =>
        Assert.Equal(begins, KeyFrames.Begins(codec, Convert.FromHexString(payload)));
}

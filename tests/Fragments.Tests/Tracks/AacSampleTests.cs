using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Tracks;

public sealed class AacSampleTests
{
    [Fact]
    public void What_the_encoder_made_lies_in_the_file_frame_by_frame_and_is_decoded()
    {
        FFmpeg.IsNeeded();
        var adts = FFmpeg.Quiet("ffmpeg", "-f", "lavfi", "-i", "sine=duration=5:sample_rate=48000", "-ac", "2", "-c:a", "aac", "-f", "adts", "-");
        var frames = AacSample.Frames(new MemoryStream(adts)).ToList();
        Assert.InRange(frames.Count, 234, 237);

        var recorded = new Recorded().Add(Codec.Aac, frames).Finish();

        var opened = recorded.Open();
        Assert.Equal("mp4a.40.2", Assert.Single(opened.Inits).Format.CodecString);
        Assert.Equal((frames.Count, (long)frames.Count * AacSample.Duration), (opened.Parts.Sum(part => part.Samples), opened.Parts[^1].End - opened.Parts[0].Time));
        Assert.Equal(frames.Count, FFmpeg.Frames(recorded.Media).Count(frame => frame.Kind == "audio"));
    }

    [Theory]
    [InlineData("FF F1 50 80 01 1F FC 00")]    // 44.1 kHz
    [InlineData("FF F1 4C 40 01 1F FC 00")]    // one channel
    [InlineData("FF F1 4C")]                   // ends in the header
    [InlineData("00 00 00 00 00 00 00 00")]    // no sync word
    public void Another_stream_is_refused(string bytes) =>
        Assert.Throws<InvalidDataException>(() => AacSample.Frames(new MemoryStream(Hex.Bytes(bytes))).ToList());

    [Fact]
    public void A_stream_that_ends_in_a_frame_is_refused() =>
        // It says 8 bytes and has 7.
        Assert.Throws<EndOfStreamException>(() => AacSample.Frames(new MemoryStream(Hex.Bytes("FF F1 4C 80 01 1F FC"))).ToList());
}

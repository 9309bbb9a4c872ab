using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Parts;

/// <summary>What was written from real streams, decoded by ffmpeg without one word of complaint.</summary>
public sealed class PlayedByFFmpegTests
{
    public static TheoryData<Codec, string> Names => new()
    {
        { Codec.H264, "avc3.42C01E" },
        { Codec.Vp9, "vp09.00.30.08" },
        { Codec.Av1, "av01.0.04M.08" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_picture_is_decoded_at_its_time_and_the_format_is_read_from_the_stream(Codec codec, string name)
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded().Add(codec, Encoded.Pictures(codec, 640, 480)).Finish();
        var frames = FFmpeg.Frames(recorded.Media);
        Assert.Equal(Enumerable.Range(0, 90).Select(i => ("video", 640, 480, 5_000_000_000 + (i * 3_000L))), frames);
        var opened = recorded.Open();
        Assert.True(opened.Cut.IsNothing);
        Assert.Equal(name, Assert.Single(opened.Inits).Format.CodecString);
        Assert.Equal((640, 480), (opened.Inits[0].Format.Width, opened.Inits[0].Format.Height));
        Assert.Equal([90_000, 90_000, 90_000], opened.Parts.Select(p => p.Duration));
        Assert.Equal(3, opened.Segments.Count);
    }

    [Theory]
    [InlineData(Codec.H264, "avc3.64000D")]
    [InlineData(Codec.Vp9, "vp09.00.20.08")]
    [InlineData(Codec.Av1, "av01.0.00M.08")]
    public void Slices_superframes_and_another_encoder_are_decoded_too(Codec codec, string name)
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded().Add(codec, Encoded.Unusual(codec)).Finish();
        var frames = FFmpeg.Frames(recorded.Media);
        Assert.Equal(60, frames.Count);
        Assert.All(frames, f => Assert.Equal((320, 240), (f.Width, f.Height)));
        Assert.Equal(name, Assert.Single(recorded.Open().Inits).Format.CodecString);
    }

    [Fact]
    public void Every_packet_of_sound_is_decoded_at_its_time()
    {
        FFmpeg.IsNeeded();
        var packets = Encoded.Sound();
        var recorded = new Recorded().Add(Codec.Opus, packets).Finish();
        var frames = FFmpeg.Frames(recorded.Media);
        Assert.Equal(Enumerable.Range(0, packets.Count).Select(i => ("audio", 0, 0, 5_000_000_000 + (i * 960L))), frames);
        Assert.Equal("opus", Assert.Single(recorded.Open().Inits).Format.CodecString);
    }

    [Fact]
    public void Sound_of_which_packets_are_missing_is_decoded_with_the_rest_at_its_time()
    {
        FFmpeg.IsNeeded();
        var (recorded, times) = (new Recorded(), new List<long>());
        var random = new Random(3);
        for (var i = 0; i < Encoded.Sound().Count; i++)
        {
            if (random.Next(20) == 0)
                continue;
            times.Add(i * 960);
            Assert.True(recorded.Writer.Add(Codec.Opus, Encoded.Sound()[i], i * 960, 0));
        }

        Assert.Equal(times, FFmpeg.Frames(recorded.Finish().Media).Select(f => f.Time));
        Assert.Equal(times.Count, recorded.Open().Parts.Sum(p => p.Samples));
    }
}

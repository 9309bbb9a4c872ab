using Muse.Fragments.Boxes;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Parts;

/// <summary>A browser that changes the picture's size by itself, and other things that change on the way.</summary>
public sealed class ChangesTests
{
    public static TheoryData<Codec> VideoCodecs => [Codec.H264, Codec.Vp9, Codec.Av1];

    private static byte[] Plain(params PlainTrack[] tracks)
    {
        var file = new PlainFile(tracks);
        using var output = new MemoryStream();
        file.CopyTo(output);
        Assert.Equal(file.Length, output.Length);
        var whole = output.ToArray();
        // A download that broke off anywhere goes on with the same bytes.
        var rest = new byte[1_000];
        foreach (var from in ((long[])[0, 1, 700, whole.Length / 3, whole.Length - 1]).Where(from => from >= 0 && from < whole.Length))
        {
            file.Position = from;
            var count = file.ReadAtLeast(rest, (int)Math.Min(rest.Length, whole.Length - from));
            Assert.Equal(whole.AsSpan((int)from, count), rest.AsSpan(0, count));
        }
        return whole;
    }

    private static PlainTrack Track(Recorded recorded, long begins = 0) =>
        new(recorded.Open(), new MemoryStream(recorded.Media), time => time - 5_000_000_000 + begins);

    [Theory]
    [MemberData(nameof(VideoCodecs))]
    public void A_new_size_has_a_new_header_and_both_sizes_are_decoded_from_the_one_file(Codec codec)
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded()
            .Add(codec, Encoded.Pictures(codec, 640, 480))
            .Add(codec, Encoded.Pictures(codec, 320, 240))
            .Add(codec, Encoded.Pictures(codec, 640, 480)).Finish();
        var opened = recorded.Open();
        Assert.Equal([(640, 480), (320, 240), (640, 480)], opened.Inits.Select(i => (i.Format.Width, i.Format.Height)));
        Assert.Equal([3, 3, 3], opened.Segments.GroupBy(s => s.Init).Select(g => g.Count()));
        var heights = Enumerable.Range(0, 270).Select(i => i is >= 90 and < 180 ? 240 : 480);
        Assert.Equal(heights, FFmpeg.Frames(Plain(Track(recorded))).Select(f => f.Height));
    }

    [Theory]
    [MemberData(nameof(VideoCodecs))]
    public void Each_header_alone_is_enough_for_the_segments_behind_it(Codec codec)
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded()
            .Add(codec, Encoded.Pictures(codec, 640, 480))
            .Add(codec, Encoded.Pictures(codec, 320, 240)).Finish();
        var opened = recorded.Open();
        var reader = new TrackReader(opened, new MemoryStream(recorded.Media));
        foreach (var segment in opened.Segments)
        {
            var file = reader.Read(segment.Init).Concat(segment.Parts.SelectMany(reader.Read)).ToArray();
            var frames = FFmpeg.Frames(file);
            Assert.Equal(30, frames.Count);
            Assert.All(frames, f => Assert.Equal((segment.Format.Width, segment.Format.Height), (f.Width, f.Height)));
            Assert.Equal(segment.Time, frames[0].Time);
        }
    }

    [Fact]
    public void Another_codec_in_the_middle_becomes_another_track_of_the_plain_file()
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded()
            .Add(Codec.H264, Encoded.Pictures(Codec.H264, 640, 480))
            .Add(Codec.Vp9, Encoded.Pictures(Codec.Vp9, 640, 480)).Finish();
        Assert.Equal([Codec.H264, Codec.Vp9], recorded.Open().Inits.Select(i => i.Format.Codec));
        var frames = FFmpeg.Frames(Plain(Track(recorded)));
        Assert.Equal(Enumerable.Range(0, 180).Select(i => i * 3_000L), frames.Select(f => f.Time).Order());
    }

    [Fact]
    public void Picture_and_sound_of_two_people_are_one_file_at_the_times_of_the_mapping()
    {
        FFmpeg.IsNeeded();
        var picture = new Recorded().Add(Codec.H264, Encoded.Pictures(Codec.H264, 640, 480)).Finish();
        var sound = new Recorded().Add(Codec.Opus, Encoded.Sound()).Finish();
        var late = new Recorded().Add(Codec.Vp9, Encoded.Pictures(Codec.Vp9, 320, 240)).Finish();
        var frames = FFmpeg.Frames(Plain(Track(picture), Track(sound, 480), Track(late, 90_000)));
        Assert.Equal(Encoded.Sound().Count, frames.Count(f => f.Kind == "audio"));
        Assert.Equal(480, frames.First(f => f.Kind == "audio").Time);
        Assert.Equal(0, frames.First(f => f.Height == 480).Time);
        Assert.Equal(90_000, frames.First(f => f.Height == 240).Time);
        Assert.Equal((90, 90), (frames.Count(f => f.Height == 480), frames.Count(f => f.Height == 240)));
    }

    [Fact]
    public void Nothing_recorded_is_an_empty_file()
    {
        Assert.Empty(Plain());
        Assert.Empty(Plain(Track(new Recorded().Finish())));
    }

    [Fact]
    public void Retimed_media_are_the_same_bytes_but_for_the_times_and_for_the_name_that_Apple_wants()
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded().Add(Codec.H264, Encoded.Pictures(Codec.H264, 640, 480)).Finish();
        var (media, opened) = (recorded.Media, recorded.Open());
        using var retimed = new RetimedMedia(new MemoryStream(media), opened, time => time - 5_000_000_000 + 123, asAvc1: true);
        var copy = new byte[media.Length];
        // Pieces of an odd length cut through what is replaced.
        for (var at = 0; at < copy.Length;)
            at += retimed.Read(copy, at, Math.Min(61, copy.Length - at));
        Assert.Equal(0, retimed.Read(new byte[1], 0, 1));
        Assert.Equal(Enumerable.Range(0, 90).Select(i => 123 + (i * 3_000L)), FFmpeg.Frames(copy).Select(f => f.Time));
        Assert.Equal(1, copy.AsSpan().Count("avc1"u8));
        var changed = Enumerable.Range(0, media.Length).Where(i => media[i] != copy[i]).ToList();
        Assert.All(changed, i => Assert.True(
            i < opened.Inits[0].Length || opened.Parts.Any(p => i - p.Offset is >= PartLayout.StypLength + PartLayout.TimeAt and < PartLayout.StypLength + PartLayout.TimeAt + 8)));
        retimed.Position = opened.Parts[1].Offset;
        var part = new byte[opened.Parts[1].Length];
        retimed.ReadExactly(part);
        Assert.Equal(90_123, TrackReader.Samples(part)[0].Time);
    }

    [Fact]
    public void The_header_that_names_avc1_differs_in_one_letter_of_the_name_alone()
    {
        FFmpeg.IsNeeded();
        var format = TrackFormat.Read(Codec.H264, Encoded.Pictures(Codec.H264, 640, 480)[0])!;
        var (one, other) = (new BoxWriter(), new BoxWriter());
        InitSegment.Write(one, [format]);
        InitSegment.Write(other, [format], asAvc1: true);
        Assert.Equal(one.Length, other.Length);
        var at = Assert.Single(Enumerable.Range(0, one.Length), i => one.Written[i] != other.Written[i]);
        Assert.Equal(("avc3", "avc1"), (Text(one.Written, at), Text(other.Written, at)));
        Assert.Equal("avc1.42C01E", format.HlsCodecString);

        static string Text(ReadOnlySpan<byte> bytes, int end) => System.Text.Encoding.ASCII.GetString(bytes[(end - 3)..(end + 1)]);
    }

    [Fact]
    public void The_segment_part_and_header_of_a_time_are_found()
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded()
            .Add(Codec.Vp9, Encoded.Pictures(Codec.Vp9, 640, 480)).Add(Codec.Vp9, Encoded.Pictures(Codec.Vp9, 320, 240)).Finish();
        var opened = recorded.Open();
        var reader = new TrackReader(opened, new MemoryStream(recorded.Media));
        Assert.Null(reader.SegmentAt(4_999_999_999));
        Assert.Same(opened.Segments[0], reader.SegmentAt(5_000_000_000));
        Assert.Same(opened.Segments[0], reader.SegmentAt(5_000_089_999));
        Assert.Same(opened.Parts[1], reader.PartAt(5_000_090_000));
        Assert.Equal(240, reader.InitAt(5_000_270_000)!.Format.Height);
        Assert.Same(opened.Segments[^1], reader.SegmentAt(long.MaxValue));
    }
}

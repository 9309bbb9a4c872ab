using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tests.Tracks;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Parts;

public sealed class PartWriterTests
{
    private static readonly byte[] s_key = Hex.Bytes("82 49 83 42 20 27 F0 1D F0 00");
    private static readonly byte[] s_other = Hex.Bytes("86 00 00 00");
    private static readonly byte[] s_sound = Hex.Bytes("FC FF FE");

    private readonly Recorded _recorded = new();

    private IReadOnlyList<PartEntry> Parts => _recorded.Finish().Open().Parts;

    [Fact]
    public void A_part_is_a_second_at_most_and_ends_before_a_key_frame_which_begins_a_segment()
    {
        for (var i = 0; i < 75; i++)
            Assert.True(Picture(i is 0 or 45 ? s_key : s_other, i * 3_000));
        Assert.Equal([(0, 90_000, true), (90_000, 45_000, false), (135_000, 90_000, true)], Parts.Select(p => (p.Time, p.Duration, p.StartsSegment)));
        Assert.Equal([30, 15, 30], Parts.Select(p => p.Samples));
    }

    [Fact]
    public void Pictures_of_an_uneven_rate_never_make_a_part_longer_than_a_second_unless_one_picture_alone_is()
    {
        var random = new Random(7);
        var time = 0L;
        for (var i = 0; i < 2_000; i++, time += random.Next(1, 20) == 1 ? random.Next(1, 200_000) : random.Next(1, 9_000))
            Assert.True(Picture(i % 97 == 0 ? s_key : s_other, time));
        Assert.All(Parts, p => Assert.True(p.Duration <= 90_000 || p.Samples == 1, p.ToString()));
        Assert.Equal(2_000, Parts.Sum(p => p.Samples));
        Assert.All(Parts.Zip(Parts.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Time));
    }

    [Fact]
    public void A_live_part_never_becomes_longer_than_promised_and_a_picture_that_stands_leaves_a_gap()
    {
        var recorded = new Recorded(PartLimits.Live(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1)));
        foreach (var (frame, time) in (ReadOnlySpan<(byte[], long)>)[(s_key, 0), (s_other, 3_000), (s_other, 45_000), (s_other, 48_000)])
            Assert.True(recorded.Writer.Add(Codec.Vp9, frame, time, 0));
        Assert.Equal([(0, 3_000), (3_000, 18_000), (45_000, 6_000)], recorded.Finish().Open().Parts.Select(p => (p.Time, p.Duration)));
    }

    [Fact]
    public void Sound_has_a_segment_every_four_seconds_and_what_is_missing_stays_missing()
    {
        for (var i = 0; i < 250; i++)
        {
            if (i is not (120 or 121))
                Assert.True(Sound(i * 960));
        }

        var parts = Parts;
        Assert.Equal([0, 192_000], parts.Where(p => p.StartsSegment).Select(p => p.Time));
        var gap = Assert.Single(parts.Zip(parts.Skip(1)), pair => pair.First.End != pair.Second.Time);
        Assert.Equal((120 * 960, 122 * 960), (gap.First.End, gap.Second.Time));
        Assert.All(parts, p => Assert.True(p.Duration <= 48_000));
        Assert.Equal(248, parts.Sum(p => p.Samples));
    }

    [Fact]
    public void Sound_that_comes_closer_than_it_lasts_is_cut_to_what_lies_between()
    {
        Assert.True(Sound(0));
        Assert.True(Sound(600));
        Assert.Equal((0, 1_560), (Parts[0].Time, Parts[0].Duration));
    }

    [Fact]
    public void Nothing_is_taken_before_the_first_key_frame_nor_what_is_not_later_than_the_one_before()
    {
        Assert.True(_recorded.Writer.AwaitsKeyFrame);
        Assert.False(Picture(s_other, 0));
        Assert.True(Picture(s_key, 3_000));
        Assert.False(_recorded.Writer.AwaitsKeyFrame);
        Assert.False(Picture(s_other, 3_000));
        Assert.False(Picture(s_other, 2_000));
        Assert.False(Picture([], 4_000));
        Assert.False(Sound(5_000));
        Assert.True(Picture(s_other, 6_000));
        Assert.Equal(5, _recorded.Writer.Refused);
        Assert.Equal(2, Assert.Single(Parts).Samples);
    }

    [Fact]
    public void After_a_key_frame_that_cannot_be_read_nothing_is_taken_until_the_next()
    {
        Assert.True(Picture(s_key, 0));
        Assert.False(Picture(Hex.Bytes("82 00 00 00"), 3_000));
        Assert.True(_recorded.Writer.AwaitsKeyFrame);
        Assert.False(Picture(s_other, 6_000));
        Assert.True(Picture(s_key, 9_000));
        Assert.Equal([0, 9_000], Parts.Select(p => p.Time));
    }

    [Fact]
    public void Parameter_sets_that_were_sent_alone_are_in_band_of_the_key_frame_behind_them()
    {
        var (set, pictureSet, slice) = (H264SampleTests.Set(40, 30), Hex.Bytes("68 CE 38 80"), Hex.Bytes("65 88 84 00 10"));
        Assert.False(_recorded.Writer.Add(Codec.H264, H264SampleTests.Sample(set, pictureSet), 0, 0));
        Assert.True(_recorded.Writer.Add(Codec.H264, H264SampleTests.Sample(slice), 3_000, 0));
        Assert.True(_recorded.Writer.Add(Codec.H264, H264SampleTests.Sample(slice), 6_000, 0));
        var opened = _recorded.Finish().Open();
        Assert.Single(opened.Inits);
        var reader = new TrackReader(opened, new MemoryStream(_recorded.Media));
        foreach (var part in opened.Parts)
        {
            var bytes = reader.Read(part);
            var sample = Assert.Single(TrackReader.Samples(bytes));
            Assert.Equal(H264SampleTests.Sample(set, pictureSet, slice), bytes[sample.Offset..]);
        }
    }

    [Fact]
    public void A_picture_that_stands_is_written_by_the_clock_and_time_goes_on_behind_it()
    {
        for (var i = 0; i < 15; i++)
            Assert.True(_recorded.Writer.Add(Codec.Vp9, i == 0 ? s_key : s_other, i * 3_000, 1_000 + (i * 33)));
        _recorded.Writer.Tick(1_900);
        Assert.Empty(_recorded.Open().Parts);
        _recorded.Writer.Tick(2_000);
        Assert.Equal((0, 42_000), Only(_recorded.Open()));
        _recorded.Writer.Tick(3_000);
        Assert.Single(_recorded.Open().Parts);
        _recorded.Writer.Tick(3_462);
        // It came at 1,462 and has stood for two seconds by arrival: one is sure.
        Assert.Equal((42_000, 90_000), (_recorded.Open().Parts[1].Time, _recorded.Open().Parts[1].Duration));
        _recorded.Writer.Tick(9_000);
        // The next comes sooner than the clock had said.
        Assert.True(Picture(s_other, 120_000));
        Assert.True(Picture(s_other, 135_000));
        Assert.Equal([(0, 42_000), (42_000, 90_000), (132_000, 6_000)], Parts.Select(p => (p.Time, p.Duration)));

        static (long, long) Only(TrackRecording recording) => (Assert.Single(recording.Parts).Time, recording.Parts[0].Duration);
    }

    [Fact]
    public void Sound_that_stops_is_written_by_the_clock()
    {
        for (var i = 0; i < 10; i++)
            Assert.True(_recorded.Writer.Add(Codec.Opus, s_sound, i * 960, i * 20));
        _recorded.Writer.Tick(999);
        Assert.Empty(_recorded.Open().Parts);
        _recorded.Writer.Tick(1_000);
        Assert.Equal(9_600, Assert.Single(_recorded.Open().Parts).Duration);
        _recorded.Writer.Finish();
        Assert.Single(_recorded.Open().Parts);
    }

    [Fact]
    public void A_part_does_not_grow_without_bound()
    {
        var large = new byte[6 * 1024 * 1024];
        s_key.CopyTo(large, 0);
        large[0] = 0x86;
        Assert.True(Picture(s_key, 0));
        for (var i = 1; i <= 6; i++)
            Assert.True(Picture(large, i * 3_000));
        Assert.False(Picture(new byte[PartWriter.MaxSample + 1], 30_000));
        Assert.All(Parts, p => Assert.True(p.Length < PartWriter.MaxSample + 1_000));
        Assert.Equal(7, Parts.Sum(p => p.Samples));
    }

    [Fact]
    public void A_sample_costs_no_allocation()
    {
        var writer = new PartWriter(new Nowhere(), PartLimits.Lesson);
        var time = 0L;
        Run(1_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(30_000);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        // A thousand parts, each with its entry.
        Assert.InRange(allocated, 0, 1_100 * 120);

        void Run(int count)
        {
            for (var i = 0; i < count; i++, time += 3_000)
                writer.Add(Codec.Vp9, time == 0 ? s_key : s_other, time, 0);
        }
    }

    private bool Picture(byte[] frame, long time) => _recorded.Writer.Add(Codec.Vp9, frame, time, time / 90);

    private bool Sound(long time) => _recorded.Writer.Add(Codec.Opus, s_sound, time, time / 48);

    private sealed class Nowhere : IPartSink
    {
        public void Init(InitEntry init, ReadOnlySpan<byte> bytes)
        {
        }

        public void Part(PartEntry part, ReadOnlySpan<byte> bytes)
        {
        }

        public void Note(IndexLine line)
        {
        }
    }
}

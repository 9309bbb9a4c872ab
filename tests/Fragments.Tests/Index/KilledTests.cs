using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Index;

/// <summary>A recorder that was killed at any byte, and a disk that lost power. 200 places; 1,000 with MUSE_LONG=1.</summary>
public sealed class KilledTests
{
    private static readonly int s_places = Environment.GetEnvironmentVariable("MUSE_LONG") == "1" ? 1_000 : 200;

    public static TheoryData<Codec, int> Codecs => new() { { Codec.H264, 1 }, { Codec.Vp9, 2 }, { Codec.Av1, 3 }, { Codec.Opus, 4 } };

    /// <summary>Everything that a recorder writes, in the order in which it writes it.</summary>
    private sealed class Log : IPartSink
    {
        public List<(bool ToMedia, byte[] Bytes)> Writes { get; } = [];

        public List<PartEntry> Parts { get; } = [];

        public void Init(InitEntry init, ReadOnlySpan<byte> bytes)
        {
            Writes.Add((true, bytes.ToArray()));
            Note(init.ToLine());
        }

        public void Part(PartEntry part, ReadOnlySpan<byte> bytes)
        {
            Writes.Add((true, bytes.ToArray()));
            Parts.Add(part);
            Note(part.ToLine());
        }

        public void Note(IndexLine line) => Writes.Add((false, line.ToBytes()));

        /// <summary>The two files after so many bytes were written to either.</summary>
        public (byte[] Media, byte[] Index) KilledAfter(int bytes)
        {
            var (media, index) = (new MemoryStream(), new MemoryStream());
            foreach (var (toMedia, written) in Writes)
            {
                var length = Math.Min(bytes, written.Length);
                (toMedia ? media : index).Write(written, 0, length);
                bytes -= length;
            }

            return (media.ToArray(), index.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Whatever_byte_it_was_killed_at_every_part_whose_line_was_written_is_there(Codec codec, int seed)
    {
        FFmpeg.IsNeeded();
        var (log, end) = Write(codec);
        var random = new Random(seed);
        var total = log.Writes.Sum(w => w.Bytes.Length);
        var worst = 0L;
        for (var i = 0; i < s_places; i++)
        {
            var at = random.Next(total + 1);
            var (media, index) = log.KilledAfter(at);
            var opened = Recorded.Open(media, index);
            // A line is whole without its line feed too, but then nobody knows that: it is not counted.
            var whole = log.Parts.Count(p => Written(log, p) <= at);
            Assert.Equal(log.Parts.Take(whole), opened.Parts);
            Assert.Equal((whole == 0 ? 0 : log.Parts[whole - 1].Offset + log.Parts[whole - 1].Length), opened.MediaLength);
            Assert.Equal(media.Length - opened.MediaLength, opened.Cut.Bytes);
            Assert.Equal(0, opened.Cut.Parts);
            // What had come up to then is what the parts up to the torn one hold.
            var had = whole == log.Parts.Count ? end : log.Parts[whole].End;
            worst = Math.Max(worst, had - (whole == 0 ? log.Parts[0].Time : opened.Parts[^1].End));
        }

        Assert.InRange(worst, 1, codec == Codec.Opus ? 48_000 : 90_000);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void After_a_loss_of_power_what_has_torn_zeroed_or_random_bytes_is_cut_and_the_rest_is_decoded(Codec codec, int seed)
    {
        FFmpeg.IsNeeded();
        var (log, _) = Write(codec);
        var (media, index) = log.KilledAfter(int.MaxValue);
        var random = new Random(seed);
        for (var i = 0; i < s_places; i++)
        {
            // The index came to the disk whole, the media did not: the other way round is the test above.
            var at = random.Next(media.Length);
            var damaged = (i % 3) switch { 0 => media[..at], _ => (byte[])media.Clone() };
            if (i % 3 == 1)
                damaged.AsSpan(at).Clear();
            if (i % 3 == 2)
                random.NextBytes(damaged.AsSpan(at));
            var opened = Recorded.Open(damaged, index);
            // Zeros in a place where there were zeros change nothing.
            var whole = log.Parts.TakeWhile(p => p.Offset + p.Length <= damaged.Length
                && damaged.AsSpan((int)p.Offset, p.Length).SequenceEqual(media.AsSpan((int)p.Offset, p.Length))).ToList();
            Assert.Equal(whole, opened.Parts);
            Assert.Equal(log.Parts.Count - whole.Count, opened.Cut.Parts);
            Assert.Equal(damaged.Length - opened.MediaLength, opened.Cut.Bytes);
            if (i % (s_places / 5) == 0 && whole.Count > 0)
                Assert.Equal(whole.Sum(p => p.Samples), FFmpeg.Frames(damaged[..(int)opened.MediaLength]).Count);
        }
    }

    [Fact]
    public void A_part_in_the_middle_that_does_not_hold_costs_itself_and_of_pictures_what_refers_to_it()
    {
        FFmpeg.IsNeeded();
        // Two parts in each segment: nothing refers to the second, and the second refers to the first.
        var picture = Killed(Codec.H264, damage: 1);
        Assert.Equal([0, 2, 3, 4, 5], picture.Kept);
        var segments = Killed(Codec.H264, damage: 2);
        Assert.Equal([0, 1, 4, 5], segments.Kept);
        Assert.Equal(2, segments.Recording.Cut.Parts);
        var sound = Killed(Codec.Opus, damage: 1);
        Assert.Equal(sound.All.Where(i => i != 1), sound.Kept);
        Assert.Equal(1, sound.Recording.Cut.Parts);

        static (IEnumerable<int> All, IEnumerable<int> Kept, TrackRecording Recording) Killed(Codec codec, int damage)
        {
            var (log, _) = Write(codec, PartLimits.Lesson with { Part = TimeSpan.FromSeconds(0.6) });
            var (media, index) = log.KilledAfter(int.MaxValue);
            media[log.Parts[damage].Offset + 100] ^= 1;
            var opened = Recorded.Open(media, index);
            return (Enumerable.Range(0, log.Parts.Count), opened.Parts.Select(p => log.Parts.IndexOf(p)), opened);
        }
    }

    [Fact]
    public void A_line_lost_in_the_middle_costs_its_part_and_of_pictures_what_refers_to_it()
    {
        FFmpeg.IsNeeded();
        var (log, _) = Write(Codec.Vp9, PartLimits.Lesson with { Part = TimeSpan.FromSeconds(0.6) });
        var (media, index) = log.KilledAfter(int.MaxValue);
        // The fifth line: track, init, and two parts before it. It begins the second segment.
        var lines = System.Text.Encoding.ASCII.GetString(index).Split('\n');
        lines[4] = lines[4].Replace(' ', '\0');
        var opened = Recorded.Open(media, System.Text.Encoding.ASCII.GetBytes(string.Join('\n', lines)));
        Assert.Equal([0, 1, 4, 5], opened.Parts.Select(p => log.Parts.IndexOf(p)));
        Assert.Equal((lines[4].Length + 1, 1), (opened.Cut.IndexBytes, opened.Cut.Parts));
    }

    private static (Log Log, long End) Write(Codec codec, PartLimits? limits = null)
    {
        var log = new Log();
        var writer = new PartWriter(log, limits ?? PartLimits.Lesson);
        var time = 1_000_000L;
        foreach (var sample in codec == Codec.Opus ? Encoded.Sound() : Encoded.Pictures(codec, 320, 240))
        {
            writer.Add(codec, sample, time, time / 90);
            time += codec == Codec.Opus ? 960 : 3_000;
        }

        writer.Finish();
        return (log, time);
    }

    /// <summary>Bytes written to both files when a part's line is whole.</summary>
    private static int Written(Log log, PartEntry part)
    {
        var line = part.ToLine().ToBytes();
        return log.Writes.TakeWhile(w => w.ToMedia || !w.Bytes.AsSpan().SequenceEqual(line)).Sum(w => w.Bytes.Length) + line.Length;
    }
}

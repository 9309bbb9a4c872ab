using Muse.Fragments.Boxes;
using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests;

/// <summary>Whatever reads bytes reads mutated ones without throwing anything but what it says. 20,000 of each kind; 500,000 with MUSE_LONG=1.</summary>
public sealed class MutatedTests
{
    private static readonly int s_rounds = Environment.GetEnvironmentVariable("MUSE_LONG") == "1" ? 500_000 : 20_000;

    public static TheoryData<Codec> Codecs => [.. Enum.GetValues<Codec>()];

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_mutated_sample_is_read_or_refused(Codec codec)
    {
        FFmpeg.IsNeeded();
        var random = new Random(11);
        var sample = Samples(codec)[0];
        var head = sample[..Math.Min(sample.Length, 96)];
        var formats = 0;
        for (var i = 0; i < s_rounds; i++)
        {
            var bytes = Mutated(i % 50 == 0 ? sample : head, random);
            var format = TrackFormat.Read(codec, bytes);
            var output = new BoxWriter();
            if (codec == Codec.H264)
            {
                _ = H264Sample.IsKey(bytes) | H264Sample.HasPicture(bytes);
                H264Sample.AppendByteStream(bytes, output);
            }
            else if (codec == Codec.Vp9)
            {
                _ = Vp9Sample.IsKey(bytes);
            }
            else if (codec == Codec.Av1)
            {
                _ = Av1Sample.IsKey(bytes);
                Av1Sample.Append(bytes, output);
            }

            if (format is not { IsVideo: true })
                continue;
            // What was taken can be written and read back.
            formats++;
            Assert.InRange(format.Width, 1, 65_535);
            output.Clear();
            InitSegment.Write(output, [format]);
            Assert.Equal(format.CodecString, InitSegment.Read(output.Written)!.CodecString);
            H264Sample.AppendSets(bytes, new BoxWriter());
        }

        Assert.True(codec is Codec.Opus or Codec.Aac || formats > s_rounds / 100, $"only {formats} were read");
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void A_mutated_header_or_part_is_read_or_refused(Codec codec)
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded().Add(codec, Samples(codec).Take(10)).Finish();
        var reader = new TrackReader(recorded.Open(), new MemoryStream(recorded.Media));
        var (init, part) = (reader.Read(recorded.Open().Inits[0]), reader.Read(recorded.Open().Parts[0]));
        part = part[..Math.Min(part.Length, 400)];
        var random = new Random(12);
        for (var i = 0; i < s_rounds; i++)
        {
            InitSegment.Read(Mutated(init, random));
            try
            {
                var bytes = Mutated(part, random);
                foreach (var sample in TrackReader.Samples(bytes))
                    Assert.InRange(sample.Offset + sample.Length, 0, bytes.Length);
            }
            catch (InvalidDataException)
            {
            }
        }
    }

    [Fact]
    public void A_mutated_recording_opens_with_what_holds_and_can_be_read()
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded(PartLimits.Live(TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(1)));
        recorded.Add(Codec.Vp9, Samples(Codec.Vp9)).Add(Codec.H264, Samples(Codec.H264)).Finish();
        var (media, index) = (recorded.Media, recorded.Index);
        var all = recorded.Open().Parts.ToHashSet();
        var random = new Random(13);
        for (var i = 0; i < s_rounds / 20; i++)
        {
            var damaged = i % 2 == 0 ? Mutated(media, random) : media;
            var opened = Recorded.Open(damaged, i % 3 == 0 ? index : Mutated(index, random));
            Assert.Subset(all, opened.Parts.ToHashSet());
            Assert.InRange(opened.MediaLength, 0, damaged.Length);
            new PlainFile(new PlainTrack(opened, new MemoryStream(damaged), time => time)).CopyTo(Stream.Null);
            using var retimed = new RetimedMedia(new MemoryStream(damaged), opened, time => time, asAvc1: true);
            retimed.CopyTo(Stream.Null);
        }
    }

    [Fact]
    public void An_index_that_is_not_checked_can_be_wrong_and_reading_says_so()
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded().Add(Codec.Vp9, Samples(Codec.Vp9)).Finish();
        var media = recorded.Media;
        var opened = TrackRecording.Open(new MemoryStream(media), new MemoryStream(recorded.Index), checksMedia: false);
        Array.Clear(media, (int)opened.Parts[0].Offset, opened.Parts[0].Length);
        Assert.Throws<InvalidDataException>(
            () => new PlainFile(new PlainTrack(opened, new MemoryStream(media), time => time)).CopyTo(Stream.Null));
        Assert.Throws<InvalidDataException>(() => new TrackReader(opened, new MemoryStream(media[..^1])).Read(opened.Parts[^1]));
    }

    private static IReadOnlyList<byte[]> Samples(Codec codec) => codec == Codec.Opus ? Encoded.Sound() : Encoded.Pictures(codec, 320, 240);

    /// <summary>A few bits, bytes or lengths changed, something cut off or doubled, or nothing but noise.</summary>
    private static byte[] Mutated(byte[] original, Random random)
    {
        var bytes = (byte[])original.Clone();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(bytes.Length);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.AsSpan(at, Math.Min(4, bytes.Length - at)).Fill((byte)(random.Next(2) * 255));
                    break;
                case 3 when at > 0:
                    bytes = bytes[..at];
                    break;
                case 4:
                    bytes = [.. bytes[..at], .. bytes[at..Math.Min(bytes.Length, at + 16)], .. bytes[at..]];
                    break;
                case 5 when random.Next(20) == 0:
                    random.NextBytes(bytes);
                    break;
            }
        }

        return bytes;
    }
}

using System.Text;
using Muse.Fragments.Boxes;
using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;

namespace Muse.SelfHostedMedia.Tests.Fuzz;

/// <summary>Samples as the recorder stores them (their bytes are a stranger's), and a recording that something has written into.</summary>
internal static class StoredMedia
{
    private static readonly MemoryStream s_media = new();
    private static readonly MemoryStream s_index = new();

    static StoredMedia()
    {
        var writer = new PartWriter(new TrackFile(s_media, s_index), PartLimits.Lesson);
        for (var i = 0; i < 90; i++)
            writer.Add(Codec.Vp9, i % 30 == 0 ? Pictures[1] : [0x86, 0, 0, 0], i * 3_000, i * 33);
        writer.Add(Codec.H264, Pictures[0], 300_000, 3_000);
        writer.Finish();
    }

    /// <summary>A key frame of each: H.264 with its parameter sets, VP9, AV1 with its sequence header; and a packet of Opus.</summary>
    public static byte[][] Pictures { get; } =
    [
        Convert.FromHexString("000000096742C01FDA0280F6400000000468CE3880000000056588840010"),
        Convert.FromHexString("824983422027F01DF000"),
        Convert.FromHexString("0A0B000000024CFF77F2AC404032031000CC"),
        Convert.FromHexString("FB03FFFE"),
    ];

    public static byte[][] Media => [s_media.ToArray(), s_media.ToArray()[..700], s_media.ToArray()[648..]];

    public static byte[][] Index => [s_index.ToArray()];

    public static void Sample(byte[] input)
    {
        foreach (var codec in Enum.GetValues<Codec>())
        {
            if (TrackFormat.Read(codec, input) is not { } format)
                continue;
            var header = new BoxWriter();
            InitSegment.Write(header, [format]);
            Assert.Equal(format, InitSegment.Read(header.Written));
        }

        var sample = new BoxWriter();
        H264Sample.AppendByteStream(input, sample);
        Av1Sample.Append(input, sample);
        Assert.InRange(OpusSample.Duration(input), 0, 5_760);
        var writer = new PartWriter(new TrackFile(Stream.Null, Stream.Null), PartLimits.Lesson);
        foreach (var codec in Enum.GetValues<Codec>())
            writer.Add(codec, input, 3_000 * (int)codec, 0);
        writer.Finish();
    }

    public static void Boxes(byte[] input)
    {
        InitSegment.Read(input);
        try
        {
            foreach (var sample in TrackReader.Samples(input))
                Assert.InRange(sample.Offset + sample.Length, 0, input.Length);
        }
        catch (InvalidDataException)
        {
            // What it says of bytes that are no part.
        }
    }

    /// <summary>The index as it is, and with every line's check made right: then its numbers are what is tried.</summary>
    public static void Lines(byte[] input)
    {
        Open(input);
        var made = new MemoryStream();
        foreach (var line in Encoding.ASCII.GetString(input).Split('\n'))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(w => w[0] != '#').ToArray();
            if (words.Length > 0 && words.All(w => w.All(c => c is > ' ' and <= '~' and not '#')) && line.Length < 400)
                made.Write(new IndexLine(words[0], words[1..]).ToBytes());
        }

        Open(made.ToArray());
    }

    private static void Open(byte[] index)
    {
        foreach (var checks in (bool[])[true, false])
        {
            var opened = TrackRecording.Open(new MemoryStream(s_media.ToArray()), new MemoryStream(index), checks);
            Assert.InRange(opened.MediaLength, 0, s_media.Length);
            using var retimed = new RetimedMedia(new MemoryStream(s_media.ToArray()), opened, time => time, asAvc1: true);
            retimed.CopyTo(Stream.Null);
            try
            {
                new PlainFile(new PlainTrack(opened, new MemoryStream(s_media.ToArray()), time => time)).CopyTo(Stream.Null);
            }
            catch (InvalidDataException)
            {
                // What it says of an index whose lines are whole, and do not say what is in the media.
            }
        }
    }
}

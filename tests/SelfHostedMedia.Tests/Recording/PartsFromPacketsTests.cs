using Muse.Fragments.Clock;
using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;
using Muse.SelfHostedMedia.Recording;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>The whole way: packets, samples, parts, and a stranger that counts the frames.</summary>
public class PartsFromPacketsTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public async Task Pictures_that_came_are_in_the_file_and_the_others_in_its_gaps(double loss)
    {
        var stream = await ElementaryStreams.MakeAsync(
            "-f", "lavfi", "-i", "testsrc2=size=640x480:rate=30:duration=8", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1",
            "-x264-params", "sliced-threads=0:keyint=20:scenecut=0", "-b:v", "1M", "h264");
        var pictures = ElementaryStreams.H264Pictures(stream);
        var sent = new Packetizer(65_500);
        for (var i = 0; i < pictures.Count; i++)
            sent.H264(uint.MaxValue - 180_000 + (uint)(i * 3_000), pictures[i]);
        using var media = new MemoryStream();
        using var index = new MemoryStream();
        var track = new RecordedTrack(Codec.H264, new TrackFile(media, index));
        var depacketizer = new H264Depacketizer(track);
        var random = new Random(11);
        for (var at = 0; at < sent.Packets.Count; at++)
        {
            var packet = sent.Packets[at];
            if (at == 0 || at == sent.Packets.Count - 1 || random.NextDouble() >= loss)
                depacketizer.Push(packet.Index, packet.Timestamp, packet.Marker, packet.Payload, at * 5);
        }

        depacketizer.Finish();
        track.Writer.Finish();
        Assert.Equal(0, track.Writer.Refused);

        media.Position = index.Position = 0;
        var recording = TrackRecording.Open(media, index);
        Assert.True(recording.Cut.IsNothing);
        var (frames, complaints) = await ElementaryStreams.DecodeAsync(media.ToArray(), "mp4");
        Assert.Equal("", complaints);
        Assert.Equal(recording.Parts.Sum(part => part.Samples), frames);
        Assert.Equal(240, frames + (Gaps.Merge(recording.Gaps).Sum / 3_000));
        Assert.Equal(loss > 0, recording.Gaps.Count > 0);
    }

    private sealed class RecordedTrack(Codec codec, TrackFile file) : ISampleSink
    {
        public PartWriter Writer { get; } = new(file, PartLimits.Lesson);

        public void Stretch(long time, long arrival)
        {
        }

        public void Lost(in LostTime lost) => file.Note(new GapEntry(lost.Time, lost.Duration, "lost").ToLine());

        public void Sample(in Sample sample, ReadOnlySpan<byte> bytes) => Assert.True(Writer.Add(codec, bytes, sample.Time, sample.Arrival));
    }
}

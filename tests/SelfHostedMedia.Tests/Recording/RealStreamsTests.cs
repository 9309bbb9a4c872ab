using Muse.SelfHostedMedia.Recording;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>ffmpeg's encoders, taken apart into RTP and put together again; ffmpeg decodes what comes out.</summary>
public class RealStreamsTests
{
    private const string Picture = "testsrc2=size=640x480:rate=30:duration=4,noise=alls=20:allf=t";

    private readonly RecordedSamples _recorded = new();

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public async Task H264_is_decoded_without_a_complaint(double loss)
    {
        var stream = await ElementaryStreams.MakeAsync(
            "-f", "lavfi", "-i", Picture, "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1", "-x264-params",
            "sliced-threads=0:keyint=10:scenecut=0", "-b:v", "2M", "h264");
        var pictures = ElementaryStreams.H264Pictures(stream);
        var sent = new Packetizer(65_500);
        for (var i = 0; i < pictures.Count; i++)
            sent.H264(Clock(i), pictures[i]);
        Feed(new H264Depacketizer(_recorded), sent, loss);
        await AreDecodedAsync(ElementaryStreams.AnnexB(Samples), "h264", loss);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public async Task VP9_is_decoded_without_a_complaint(double loss)
    {
        var stream = await ElementaryStreams.MakeAsync(
            "-f", "lavfi", "-i", Picture, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-lag-in-frames", "0",
            "-auto-alt-ref", "0", "-g", "10", "-b:v", "2M", "ivf");
        var sent = new Packetizer(65_500);
        var number = 0;
        foreach (var frame in ElementaryStreams.IvfFrames(stream))
            sent.Vp9(Clock(number++), frame);
        Feed(new Vp9Depacketizer(_recorded), sent, loss);
        await AreDecodedAsync(ElementaryStreams.Ivf(stream, Samples), "ivf", loss);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    public async Task AV1_is_decoded_without_a_complaint(double loss)
    {
        var stream = await ElementaryStreams.MakeAsync(
            "-f", "lavfi", "-i", Picture, "-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-lag-in-frames", "0", "-g", "10",
            "-b:v", "2M", "ivf");
        var sent = new Packetizer(65_500);
        var number = 0;
        foreach (var unit in ElementaryStreams.IvfFrames(stream))
            sent.Av1(Clock(number++), ElementaryStreams.Av1Units(unit));
        Feed(new Av1Depacketizer(_recorded), sent, loss);
        await AreDecodedAsync(ElementaryStreams.Ivf(stream, Samples), "ivf", loss);
    }

    [Fact]
    public async Task The_packets_of_Opus_come_out_as_they_went_in_and_each_tells_20_ms()
    {
        var stream = await ElementaryStreams.MakeAsync("-f", "lavfi", "-i", "sine=duration=4", "-ac", "2", "-c:a", "libopus", "opus");
        var packets = ElementaryStreams.OggPackets(stream);
        var sent = new Packetizer(65_500);
        for (var i = 0; i < packets.Count; i++)
            sent.Opus(uint.MaxValue - 48_000 + (uint)(i * 960), packets[i]);
        Feed(new OpusDepacketizer(_recorded), sent, 0);
        Assert.Equal(packets, Samples);
        Assert.InRange(packets.Count, 200, 210);
        Assert.All(_recorded.Samples, each => Assert.Equal(960, each.Sample.Duration));
    }

    private IEnumerable<byte[]> Samples => _recorded.Samples.Select(each => each.Bytes);

    private static uint Clock(int picture) => uint.MaxValue - 180_000 + (uint)(picture * 3_000);

    private static void Feed(Depacketizer depacketizer, Packetizer sent, double loss)
    {
        var random = new Random(7);
        foreach (var packet in sent.Packets)
        {
            var arrival = (packet.Index - 65_500) * 3;
            if (packet.Index == 65_500 || random.NextDouble() >= loss)
                depacketizer.Push(packet.Index, packet.Timestamp, packet.Marker, packet.Payload, arrival);
        }

        depacketizer.Finish();
    }

    private async Task AreDecodedAsync(byte[] stream, string extension, double loss)
    {
        var (frames, complaints) = await ElementaryStreams.DecodeAsync(stream, extension);
        Assert.Equal("", complaints);
        Assert.Equal(_recorded.Samples.Count, frames);
        var lost = _recorded.Losses.Sum(each => each.Duration) / 3_000;
        Assert.Equal(120, _recorded.Samples.Count + lost);
        if (loss == 0)
            Assert.Equal(12, _recorded.Samples.Count(each => each.Sample.IsKey));
        else
            Assert.InRange(lost, 5, 115);
    }
}

using System.Globalization;
using System.Text;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Parts;

public sealed class SteadySoundTests
{
    /// <summary>Begun two seconds late, a second and a half are missing in the middle.</summary>
    [Fact]
    public void Holes_are_filled_with_silence_from_the_beginning_on_and_no_packet_is_moved()
    {
        FFmpeg.IsNeeded();
        var recorded = new Recorded { Time = 500_000 }.Add(Codec.Opus, Encoded.Sound().Take(100));
        recorded.Time += 72_010;
        recorded.Add(Codec.Opus, Encoded.Sound().Take(100)).Finish();
        using var output = new MemoryStream();
        SteadySound.Write(output, recorded.Open(), new MemoryStream(recorded.Media), time => time - 500_000 + 96_000);

        using var file = new TemporaryFile(output.ToArray());
        var times = Encoding.ASCII.GetString(FFmpeg.Quiet("ffprobe", "-show_packets", "-show_entries", "packet=pts,size", "-of", "csv=p=0", file.Path))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).Select(line => (Time: Number(line[0]), Size: Number(line[1]))).ToArray();
        Assert.Equal(0, times[0].Time);
        // The hole is 75 packets and ten ticks long.
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.InRange(pair.Second.Time - pair.First.Time, 960, 970));
        Assert.Equal(100 + 100 + 75 + 100, times.Length);
        Assert.All(times.Take(100), packet => Assert.Equal(3, packet.Size));
        Assert.True(times[100].Size > 3);
        Assert.Equal(96_000, times[100].Time);
        Assert.Equal(96_000 + 96_000 + 72_010, times[275].Time);
        FFmpeg.Quiet("ffmpeg", "-i", file.Path, "-f", "null", "-");
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

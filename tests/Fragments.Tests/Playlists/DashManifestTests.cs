using System.Xml.Linq;
using Muse.Fragments.Playlists;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Playlists;

public class DashManifestTests
{
    [Fact]
    public void A_finished_recording_tells_each_segments_time()
    {
        var (pictures, sounds) = (new Recorded(), new Recorded());
        Stored.Pictures(pictures.Writer, Codec.Vp9, Stored.Large, 0, 60);
        Stored.Sounds(sounds.Writer, 0, 200);
        Stored.Sounds(sounds.Writer, 480_000, 200);
        var text = DashManifest.Vod(
        [
            ("ana-v", Stored.Placed(pictures.Finish(), Stored.At(90_000, 0, 100_000), "v.mp4")),
            ("ana-a", Stored.Placed(sounds.Finish(), Stored.At(48_000, 0, 0), "a.mp4")),
        ]);
        Assert.NotNull(text);
        XDocument.Parse(text);
        VodPlaylistTests.Golden("vod-dash", text);
    }

    [Fact]
    public void A_track_that_changes_its_codec_has_no_manifest()
    {
        var recorded = new Recorded();
        Stored.Pictures(recorded.Writer, Codec.Vp9, Stored.Large, 0, 20);
        recorded.Writer.Add(Codec.H264, Stored.H264, 180_000, 0);
        Assert.Null(DashManifest.Vod([("v", Stored.Placed(recorded.Finish(), Stored.At(90_000, 0, 0), "v.mp4"))]));
    }

    [Fact]
    public void A_broadcast_is_told_by_number_and_duration()
    {
        var recorded = new Recorded();
        Stored.Pictures(recorded.Writer, Codec.Vp9, Stored.Large, 0, 20);
        var format = recorded.Finish().Open().Inits[0].Format;
        var text = DashManifest.Live(
            [new("v", format, 1_500_000), new("a", TrackFormat.Opus, 256_000)], LiveShape.Usual, Stored.Start, Stored.Start + 7_250_000);
        XDocument.Parse(text);
        VodPlaylistTests.Golden("live-dash", text);
    }
}

using Muse.Fragments.Playlists;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Playlists;

public class VodPlaylistTests
{
    [Fact]
    public void Sound_is_told_in_segments_of_four_seconds_by_its_clock()
    {
        var recorded = new Recorded();
        // Nine seconds that last 100 ppm longer.
        Stored.Sounds(recorded.Writer, 5_000_000_000, 450);
        recorded.Finish();
        Golden("sound", VodPlaylist.Write(Stored.Placed(recorded, Stored.At(48_000, 5_000_000_000, 250_000, 100_000), "a.mp4")));
    }

    [Fact]
    public void A_change_of_size_has_a_new_map_and_one_of_codec_a_discontinuity_as_well()
    {
        var recorded = new Recorded();
        Stored.Pictures(recorded.Writer, Codec.Vp9, Stored.Large, 5_000_000_000, 40);
        Stored.Pictures(recorded.Writer, Codec.Vp9, Stored.Small, 5_000_360_000, 20);
        recorded.Writer.Add(Codec.H264, Stored.H264, 5_000_540_000, 6_000);
        recorded.Finish();
        var track = Stored.Placed(recorded, Stored.At(90_000, 5_000_000_000, 0), "v.mp4");
        Assert.Equal([6_000_000L], track.CodecChanges);
        Golden("changes", VodPlaylist.Write(track));
    }

    [Fact]
    public void A_long_hole_is_told_as_segments_that_are_not_there_and_a_short_one_belongs_to_what_is_before_it()
    {
        var recorded = new Recorded();
        Stored.Sounds(recorded.Writer, 0, 200);
        Stored.Sounds(recorded.Writer, 48_000 * 14, 200);
        Stored.Sounds(recorded.Writer, (48_000 * 18) + 24_000, 50);
        recorded.Finish();
        Golden("hole", VodPlaylist.Write(Stored.Placed(recorded, Stored.At(48_000, 0, 0), "a.mp4")));
    }

    [Fact]
    public void Sound_breaks_where_the_picture_does()
    {
        var recorded = new Recorded();
        Stored.Sounds(recorded.Writer, 0, 450);
        recorded.Finish();
        var text = VodPlaylist.Write(Stored.Placed(recorded, Stored.At(48_000, 0, 0), "a.mp4"), 0, 3_000_000);
        Assert.Equal(1, text.Split("#EXT-X-DISCONTINUITY\n").Length - 1);
        Assert.Contains("a.mp4\n#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2026-02-02T02:40:04.000Z\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_lengths_add_up_to_the_track_without_rounding_away_a_millisecond()
    {
        var recorded = new Recorded();
        Stored.Sounds(recorded.Writer, 0, 50 * 600);
        recorded.Finish();
        var text = VodPlaylist.Write(Stored.Placed(recorded, Stored.At(48_000, 0, 0, 123_456), "a.mp4"));
        var sum = text.Split('\n').Where(line => line.StartsWith("#EXTINF:", StringComparison.Ordinal))
            .Sum(line => decimal.Parse(line[8..^1], System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(600.074m, sum, 3);
    }

    [Fact]
    public void An_address_that_would_end_its_line_is_a_mistake()
    {
        var recorded = new Recorded();
        Stored.Sounds(recorded.Writer, 0, 10);
        recorded.Finish();
        Assert.Throws<ArgumentException>(() => VodPlaylist.Write(Stored.Placed(recorded, Stored.At(48_000, 0, 0), "a.mp4\n#EXT-X-KEY")));
    }

    [Fact]
    public void A_persons_playlist_has_each_picture_with_each_kind_of_sound()
    {
        var (pictures, sounds) = (new Recorded(), new Recorded());
        Stored.Pictures(pictures.Writer, Codec.Vp9, Stored.Large, 0, 40);
        Stored.Pictures(pictures.Writer, Codec.Vp9, Stored.Small, 360_000, 20);
        Stored.Sounds(sounds.Writer, 0, 300);
        var picture = Stored.Placed(pictures.Finish(), Stored.At(90_000, 0, 0), "v.mp4");
        var sound = Stored.Placed(sounds.Finish(), Stored.At(48_000, 0, 0), "a.mp4");
        Golden("master", MasterPlaylist.Write(
            [MasterPlaylist.Picture(picture, "v.m3u8")],
            [MasterPlaylist.Sound(sound, "Ana \"la\n#profe\"", "a.m3u8"), new("aac", "AAC", "mp4a.40.2", 2, 192_000, "aac.m3u8")]));
        Golden("master-sound", MasterPlaylist.Write([], [MasterPlaylist.Sound(sound, "Ana", "a.m3u8")]));
        Golden("master-picture", MasterPlaylist.Write([MasterPlaylist.Picture(picture, "v.m3u8")], []));
    }

    internal static void Golden(string name, string text)
    {
        using var stream = typeof(VodPlaylistTests).Assembly.GetManifestResourceStream(name + ".txt");
        if (stream is null)
            Assert.Fail($"No {name}.txt:\n{text}");
        using var reader = new StreamReader(stream);
        Assert.Equal(reader.ReadToEnd(), text);
    }
}

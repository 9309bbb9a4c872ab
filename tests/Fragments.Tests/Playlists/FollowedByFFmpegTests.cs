using System.Globalization;
using System.Text;
using Muse.Fragments.Clock;
using Muse.Fragments.Parts;
using Muse.Fragments.Playlists;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Tests.Playlists;

/// <summary>A stranger follows the playlists into the one file of each track.</summary>
public sealed class FollowedByFFmpegTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("muse-hls-");

    public static TheoryData<Codec> VideoCodecs => [Codec.H264, Codec.Vp9, Codec.Av1];

    [Theory]
    [MemberData(nameof(VideoCodecs))]
    public void Every_frame_is_found_by_its_byte_range_and_both_tracks_have_one_clock(Codec codec)
    {
        FFmpeg.IsNeeded();
        var picture = new Recorded().Add(codec, Encoded.Pictures(codec, 640, 480)).Add(codec, Encoded.Pictures(codec, 320, 240)).Finish();
        // Three and a half seconds, begun a second before the picture and on another clock.
        var sound = new Recorded { Time = 77_000 }.Add(Codec.Opus, Encoded.Sound().Take(175)).Finish();
        Write(picture, Stored.At(90_000, 5_000_000_000, 1_000_000), "v");
        Write(sound, Stored.At(48_000, 77_000, 0), "a");
        var (v, a) = (Stored.Placed(picture, Stored.At(90_000, 5_000_000_000, 1_000_000), "v.mp4"), Stored.Placed(sound, Stored.At(48_000, 77_000, 0), "a.mp4"));
        Save("master.m3u8", MasterPlaylist.Write([MasterPlaylist.Picture(v, "v.m3u8")], [MasterPlaylist.Sound(a, "Ana", "a.m3u8")]));

        // The demuxer is told of extensions and protocols that it would not trust from the net.
        string[] open = ["-allowed_extensions", "ALL", "-protocol_whitelist", "file,crypto,data", "-i", Path("master.m3u8")];
        FFmpeg.Quiet("ffmpeg", [.. open, "-map", "0", "-f", "null", "-"]);
        var frames = Encoding.ASCII.GetString(FFmpeg.Quiet(
            "ffprobe", [.. open, "-show_frames", "-show_entries", "frame=media_type,pts_time,height", "-of", "csv=p=0"])).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var pictures = frames.Where(line => line.StartsWith("video", StringComparison.Ordinal)).Select(line => line.Split(',')).ToArray();
        Assert.Equal(180, pictures.Length);
        Assert.Equal(Enumerable.Range(0, 180).Select(i => i < 90 ? "480" : "240"), pictures.Select(each => each[2]));
        Assert.Equal(175, frames.Count(line => line.StartsWith("audio", StringComparison.Ordinal)));
        var (first, firstSound) = (Seconds(pictures[0][1]), Seconds(frames.First(line => line.StartsWith("audio", StringComparison.Ordinal)).Split(',')[1]));
        Assert.Equal(1, first - firstSound, 0.0001);
    }

    [Fact]
    public void The_files_of_a_DASH_manifest_are_found_by_the_times_that_it_tells()
    {
        FFmpeg.IsNeeded();
        Assert.SkipUnless(Encoding.ASCII.GetString(FFmpeg.Quiet("ffmpeg", "-demuxers")).Contains(" dash ", StringComparison.Ordinal), "ffmpeg reads no DASH");
        var picture = new Recorded().Add(Codec.H264, Encoded.Pictures(Codec.H264, 640, 480)).Add(Codec.H264, Encoded.Pictures(Codec.H264, 320, 240)).Finish();
        // As long as the picture: ffmpeg ends with the first track that does.
        var sound = new Recorded { Time = 77_000 }.Add(Codec.Opus, Encoded.Sound()).Add(Codec.Opus, Encoded.Sound().Take(105)).Finish();
        var (v, a) = (Stored.Placed(picture, Stored.At(90_000, 5_000_000_000, 0, 150_000), "v"), Stored.Placed(sound, Stored.At(48_000, 77_000, 0), "a"));
        Cut(picture, v);
        Cut(sound, a);
        Save("vod.mpd", DashManifest.Vod([("v", v), ("a", a)])!);
        var frames = Encoding.ASCII.GetString(FFmpeg.Quiet(
            "ffprobe", "-i", Path("vod.mpd"), "-show_frames", "-show_entries", "frame=media_type,height", "-of", "csv=p=0")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Enumerable.Range(0, 180).Select(i => i < 90 ? "480" : "240"), frames.Where(line => line.StartsWith("video", StringComparison.Ordinal)).Select(line => line.Split(',')[1]));
        Assert.InRange(frames.Count(line => line.StartsWith("audio", StringComparison.Ordinal)), 295, 310);
    }

    public void Dispose() => _folder.Delete(true);

    private static double Seconds(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    private void Save(string name, string text) => File.WriteAllText(Path(name), text);

    /// <summary>The files that a server would make of byte ranges.</summary>
    private void Cut(Recorded recorded, PlacedTrack track)
    {
        Directory.CreateDirectory(Path(track.Uri));
        using var media = new RetimedMedia(new MemoryStream(recorded.Media), track.Recording, track.Placement.Ticks);
        Piece("init.mp4", track.Recording.Inits[0].Offset, track.Recording.Inits[0].Length);
        foreach (var segment in track.Recording.Segments)
            Piece($"{track.Placement.Ticks(segment.Time)}.m4s", segment.Offset, segment.Length);

        void Piece(string name, long offset, long length)
        {
            var bytes = new byte[length];
            media.Position = offset;
            media.ReadExactly(bytes);
            File.WriteAllBytes(Path($"{track.Uri}/{name}"), bytes);
        }
    }

    private void Write(Recorded recorded, Placement placement, string name)
    {
        using var media = new RetimedMedia(new MemoryStream(recorded.Media), recorded.Open(), placement.Ticks, asAvc1: true);
        using var file = File.Create(Path(name + ".mp4"));
        media.CopyTo(file);
        Save(name + ".m3u8", VodPlaylist.Write(Stored.Placed(recorded, placement, name + ".mp4")));
    }
}

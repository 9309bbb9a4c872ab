using System.Globalization;
using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Renditions;

/// <summary>
/// The sound once more in AAC, for players that take no Opus in HLS: the files of a track, as everything here. Its times are already those of the
/// recording. Made for every recording: who needs it is known when an iPad is silent.
/// </summary>
public sealed class EncodeForApple : IRendition
{
    public const string Name = "aac", Folder = "aac";

    public string Kind => Name;

    string IRendition.File => Folder;

    public int Rank => 3;

    public async Task<byte[]?> Make(RenditionWork work, CancellationToken ct)
    {
        var sounds = work.Tracks.Where(track => track.Info.Kind == TrackKind.Audio).ToList();
        Directory.CreateDirectory(work.PathOf(Folder));
        for (var i = 0; i < sounds.Count; i++)
        {
            var track = sounds[i];
            var (sound, adts) = (work.PathOf("sound.mp4"), work.PathOf("sound.aac"));
            await work.Steady(track, sound, ct);
            // Not from the recording's beginning: who came half an hour late would have half an hour of silence.
            var from = track.Placement.Ticks(track.Recording.Parts[0].Time);
            await work.Run(
                ["-i", sound, "-map", "0:a:0", "-af", string.Create(CultureInfo.InvariantCulture, $"{MergeSides.Steadily},atrim=start_sample={from},asetpts=PTS-STARTPTS"),
                    "-ac", "2", "-ar", "48000", "-c:a", "aac", "-b:a", "192k", "-f", "adts", "-y", adts],
                bytesPerSecond: 60_000, (double)i / sounds.Count, 1.0 / sounds.Count, ct);
            await Task.Run(() => Store(adts, work.PathOf(Folder), track.Number, from), ct);
        }

        return null;
    }

    /// <summary>Null where none was made.</summary>
    /// <param name="beside">Where renditions lie.</param>
    public static TrackRecording? Open(string beside, int number)
    {
        var index = Named(Path.Combine(beside, Folder), number, "index");
        if (!File.Exists(index)) return null;
        using var bytes = File.OpenRead(MediaOf(beside, number));
        using var lines = File.OpenRead(index);
        return TrackRecording.Open(bytes, lines, checksMedia: false);
    }

    /// <inheritdoc cref="Open"/>
    public static string MediaOf(string beside, int number) => Named(Path.Combine(beside, Folder), number, "media");

    private static string Named(string folder, int number, string what) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"track-{number}.{what}"));

    /// <summary>The first frame is what the encoder has before it hears anything: 1,024 samples that are left out, so that all others are in their
    /// place.</summary>
    private static void Store(string adts, string folder, int number, long from)
    {
        using var input = File.OpenRead(adts);
        using var media = File.Create(Named(folder, number, "media"));
        using var index = File.Create(Named(folder, number, "index"));
        var writer = new PartWriter(new TrackFile(media, index), PartLimits.Lesson);
        var time = from;
        foreach (var frame in AacSample.Frames(input).Skip(1))
        {
            writer.Add(Codec.Aac, frame, time, 0);
            time += AacSample.Duration;
        }

        writer.Finish();
        media.Flush(flushToDisk: true);
        index.Flush(flushToDisk: true);
    }
}

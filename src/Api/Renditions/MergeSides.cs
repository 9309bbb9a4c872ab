using System.Globalization;
using System.Text;
using Muse.SelfHostedMedia.Rooms;
using OpenedTrack = Muse.SelfHostedMedia.Recording.RecordedTrack;

namespace Muse.Api.Renditions;

/// <summary>
/// One MP4 that plays everywhere: everybody beside each other, all sound together, as loud as it was. Each track is an input of its own, so that
/// who comes late or goes early makes ffmpeg hold nothing in memory.
/// </summary>
public sealed class MergeSides(Chapters chapters) : IRendition
{
    public const string Name = "merged", File = "merged.mp4";

    /// <summary>Of sound whose holes are filled (<see cref="RenditionWork.Steady"/>): drift is drawn in by at most 2 ‰, which nobody hears; what is left of
    /// a hole is filled at once.</summary>
    internal const string Steadily = "aresample=48000:async=100:min_hard_comp=0.01:first_pts=0";

    /// <summary>Pictures in a second.</summary>
    private const int Rate = 30;

    /// <summary>People beside each other at most; of who comes after them there is the sound.</summary>
    private const int MostPanes = 9;

    private const long BytesPerSecond = 1_250_000;

    public string Kind => Name;

    string IRendition.File => File;

    public int Rank => 2;

    public async Task<byte[]?> Make(RenditionWork work, CancellationToken ct)
    {
        var inputs = new List<string>();
        var filters = new StringBuilder();
        var length = work.Length.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
        var video = await Pictures(work, inputs, filters, length, ct);
        var audio = await Sounds(work, inputs, filters, ct);
        if (!video && !audio) throw new RenditionIsHopeless("Nobody was heard or seen.");
        var metadata = work.PathOf("chapters.txt");
        await System.IO.File.WriteAllTextAsync(metadata, Chapters.ToMetadata(await chapters.Of(work, ct)), ct);
        List<string> arguments = ["-copyts", .. inputs, "-f", "ffmetadata", "-i", metadata, "-filter_complex_threads", "1", "-filter_complex", filters.ToString().TrimEnd(';')];
        if (video)
            arguments.AddRange(["-map", "[v]", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-maxrate", "6M", "-bufsize", "12M", "-g", "60", "-pix_fmt", "yuv420p", "-threads", "2"]);
        if (audio)
            arguments.AddRange(["-map", "[a]", "-c:a", "aac", "-b:a", "192k"]);
        arguments.AddRange(["-map_chapters", InputsOf(inputs).ToString(CultureInfo.InvariantCulture), "-t", length, "-movflags", "+faststart", "-y", work.PathOf(File)]);
        await work.Run(arguments, BytesPerSecond, 0, 1, ct);
        return null;
    }

    private static async Task<bool> Pictures(RenditionWork work, List<string> inputs, StringBuilder filters, string length, CancellationToken ct)
    {
        var panes = work.Tracks.Where(track => track.Info.Kind == TrackKind.Video)
            .GroupBy(track => (Pane: work.PersonOf(track), IsScreen: track.Info.Source == TrackSource.Screen))
            .OrderBy(pane => pane.Key.IsScreen).ThenBy(pane => PartOf(work, pane.First())).ThenBy(pane => pane.Min(track => track.Number))
            .Take(MostPanes).Select(pane => pane.OrderBy(track => track.Number).ToList()).ToList();
        if (panes.Count == 0) return false;
        var columns = (int)Math.Ceiling(Math.Sqrt(panes.Count));
        var rows = (panes.Count + columns - 1) / columns;
        var (width, height) = panes.Count <= 4 ? (640, 480) : (480, 360);
        Add(filters, $"color=c=black:s={columns * width}x{rows * height}:r={Rate}:d={length}[b0];");
        var layers = 0;
        for (var i = 0; i < panes.Count; i++)
        {
            foreach (var track in panes[i])
            {
                var path = work.PathOf($"track-{track.Number}.mp4");
                await work.Plain(track, path, ct);
                // A codec that changed is a track of its own in that file.
                for (var stream = 0; stream < track.Recording.Segments.DistinctBy(segment => segment.Format.Codec).Count(); stream++, layers++)
                {
                    var input = InputsOf(inputs);
                    // A size that changes is the scaler's affair; ffmpeg would begin all filters anew.
                    inputs.AddRange(["-reinit_filter", "0", "-i", path]);
                    // Half a picture earlier, because a picture waits for the next place on the grid.
                    Add(filters, $"[{input}:v:{stream}]scale=w={width}:h={height}:force_original_aspect_ratio=decrease:force_divisible_by=2,setsar=1,setpts=PTS-{0.5 / Rate}/TB[s{layers}];");
                    var (x, y) = (i % columns * width, i / columns * height);
                    Add(filters, $"[b{layers}][s{layers}]overlay=x={x}+({width}-w)/2:y={y}+({height}-h)/2:eval=frame:eof_action=pass[b{layers + 1}];");
                }
            }
        }

        Add(filters, $"[b{layers}]null[v];");
        return true;
    }

    private static async Task<bool> Sounds(RenditionWork work, List<string> inputs, StringBuilder filters, CancellationToken ct)
    {
        var sounds = work.Tracks.Where(track => track.Info.Kind == TrackKind.Audio).ToList();
        if (sounds.Count == 0) return false;
        for (var i = 0; i < sounds.Count; i++)
        {
            var path = work.PathOf($"track-{sounds[i].Number}.mp4");
            await work.Steady(sounds[i], path, ct);
            Add(filters, $"[{InputsOf(inputs)}:a:0]{Steadily}[a{i}];");
            inputs.AddRange(["-i", path]);
        }

        Add(filters, $"{string.Concat(Enumerable.Range(0, sounds.Count).Select(i => $"[a{i}]"))}amix=inputs={sounds.Count}:normalize=0:duration=longest[a];");
        return true;
    }

    private static Domain.Lessons.Part PartOf(RenditionWork work, OpenedTrack track) =>
        work.Row.Tracks.FirstOrDefault(each => each.Number == track.Number)?.Who.Part ?? Domain.Lessons.Part.Guest;

    private static int InputsOf(List<string> inputs) => inputs.Count(each => each == "-i");

    private static void Add(StringBuilder filters, FormattableString text) => filters.Append(text.ToString(CultureInfo.InvariantCulture));
}

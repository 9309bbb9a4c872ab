using Muse.Adapters.Ffmpeg;
using Muse.Api.Recordings;
using Muse.Fragments.Parts;
using OpenedTrack = Muse.SelfHostedMedia.Recording.RecordedTrack;

namespace Muse.Api.Renditions;

/// <summary>Something that is made of a finalised recording, once, and lies beside it.</summary>
public interface IRendition
{
    string Kind { get; }

    /// <summary>Which is made first: small ones.</summary>
    int Rank { get; }

    /// <summary>The name of the file or folder that it is.</summary>
    string File { get; }

    /// <summary>Makes <see cref="File"/> in the work's folder anew from the beginning, whatever an earlier try has left; it is moved to its place
    /// when all is well.</summary>
    /// <returns>Its outline for lists; null where it has none.</returns>
    Task<byte[]?> Make(RenditionWork work, CancellationToken ct);
}

/// <summary>A recording of which a rendition is being made.</summary>
/// <param name="Folder">Empty; gone afterwards.</param>
/// <param name="Beside">Where finished renditions lie.</param>
/// <param name="Progress">Parts of 1.</param>
public sealed record RenditionWork(ShownRecording Recording, string Folder, string Beside, FfmpegProgram Ffmpeg, Action<double> Progress)
{
    /// <summary>Twice what was measured for large pictures, and some.</summary>
    private const double CpuPerSecond = 4;

    private const long Memory = 3L << 30;

    public RoomRecordingRow Row => Recording.Row;

    public IReadOnlyList<OpenedTrack> Tracks => Recording.Tracks;

    public TimeSpan Length => Row.Length!.Value.ToTimeSpan();

    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>However often they came; of a guest the stay.</summary>
    public Guid PersonOf(OpenedTrack track) => Row.Tracks.FirstOrDefault(each => each.Number == track.Number)?.Who.PersonId ?? track.Info.ParticipantId;

    /// <summary>A sound with its mapped times, its holes filled.</summary>
    public async Task Steady(OpenedTrack track, string path, CancellationToken ct)
    {
        await using var media = await Recording.OpenMedia(track.Number, ct);
        await using var output = File.Create(path);
        await Task.Run(() => SteadySound.Write(output, track.Recording, media, track.Placement.Ticks), ct);
    }

    /// <summary>A track with its mapped times.</summary>
    public async Task Plain(OpenedTrack track, string path, CancellationToken ct)
    {
        await using var file = new PlainFile(new PlainTrack(track.Recording, await Recording.OpenMedia(track.Number, ct), track.Placement.Ticks));
        await using var output = File.Create(path);
        await file.CopyToAsync(output, ct);
    }

    /// <param name="bytesPerSecond">Of output, at most.</param>
    /// <param name="from">Progress at its beginning.</param>
    /// <param name="share">Progress that it is.</param>
    public Task Run(IReadOnlyList<string> arguments, long bytesPerSecond, double from, double share, CancellationToken ct)
    {
        var limits = new FfmpegLimits(
            TimeSpan.FromSeconds(60 + (Length.TotalSeconds * CpuPerSecond)), Memory, (long)((Length.TotalSeconds + 60) * bytesPerSecond),
            TimeSpan.FromMinutes(10) + (Length * 10), TimeSpan.FromMinutes(5));
        return Ffmpeg.Run(arguments, Folder, Length, limits, fraction => Progress(from + (share * fraction)), ct);
    }
}

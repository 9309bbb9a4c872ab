using Muse.Adapters.Ffmpeg;
using Muse.Api.Recordings;

namespace Muse.Api.Renditions;

/// <summary>Something that is made of a finalised recording, once, and lies beside it.</summary>
public interface IRendition
{
    string Kind { get; }

    /// <summary>Which is made first: small ones.</summary>
    int Rank { get; }

    /// <summary>Makes it anew from the beginning, whatever an earlier try has left.</summary>
    /// <returns>What is to be known of it besides the file.</returns>
    Task<MadeRendition> Make(RenditionWork work, CancellationToken ct);
}

/// <param name="File">Below the work's folder; it is moved to its place when all is well.</param>
/// <param name="Outline">For lists; null where it has none.</param>
public sealed record MadeRendition(string File, byte[]? Outline = null);

/// <summary>A recording of which a rendition is being made.</summary>
/// <param name="Folder">Empty; gone afterwards.</param>
/// <param name="Beside">Where finished renditions lie.</param>
/// <param name="Progress">Parts of 1.</param>
public sealed record RenditionWork(
    RoomRecordingRow Row, IReadOnlyList<SelfHostedMedia.Recording.RecordedTrack> Tracks, string Folder, string Beside, FfmpegProgram Ffmpeg, Action<double> Progress)
{
    /// <summary>Twice what was measured for large pictures, and some.</summary>
    private const double CpuPerSecond = 4;

    private const long Memory = 3L << 30;

    public TimeSpan Length => Row.Length!.Value.ToTimeSpan();

    public string PathOf(string name) => Path.Combine(Folder, name);

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

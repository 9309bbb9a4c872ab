using System.Globalization;
using Muse.Adapters.Postgres;

namespace Muse.Api.Renditions;

/// <summary>The waveform of each side, and where anything is heard.</summary>
public sealed class DrawWaveform : IRendition
{
    public const string Name = "waveform", File = "waveform.json";

    public string Kind => Name;

    string IRendition.File => File;

    public int Rank => 0;

    public async Task<byte[]?> Make(RenditionWork work, CancellationToken ct)
    {
        var sounds = work.Tracks.Where(track => track.Info.Kind == SelfHostedMedia.Rooms.TrackKind.Audio).ToList();
        var drawn = new List<TrackWaveform>();
        foreach (var track in sounds)
        {
            ct.ThrowIfCancellationRequested();
            var (sound, pcm) = (work.PathOf("sound.mp4"), work.PathOf("sound.pcm"));
            await work.Steady(track, sound, ct);
            await work.Run(
                ["-i", sound, "-map", "0:a:0", "-af", MergeSides.Steadily, "-t", work.Length.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture),
                    "-ac", "1", "-ar", Waveform.Rate.ToString(CultureInfo.InvariantCulture), "-f", "s16le", "-y", pcm],
                bytesPerSecond: Waveform.Rate * 4, (double)drawn.Count / sounds.Count, 1.0 / sounds.Count, ct);
            await using var read = System.IO.File.OpenRead(pcm);
            drawn.Add(new(track.Number, Waveform.PeaksOf(read)));
        }

        var waveform = Waveform.Of(drawn);
        await System.IO.File.WriteAllTextAsync(work.PathOf(File), EventJson.Write(waveform), ct);
        return waveform.Outline();
    }
}

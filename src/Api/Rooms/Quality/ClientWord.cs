namespace Muse.Api.Rooms.Quality;

/// <summary>What one person's browser has last said of what it gets. A browser is believed about itself alone.</summary>
public sealed class ClientWord
{
    private readonly Dictionary<Guid, TrackWord> _tracks = [];

    /// <summary>As <see cref="ClientMessage.Measured.AllPaths"/>.</summary>
    public string? Path { get; private set; }

    public int? RoundTrip { get; private set; }

    public ClientMessage.MicrophoneProcessing? Processing { get; private set; }

    public TrackWord? Of(Guid track) => _tracks.GetValueOrDefault(track);

    /// <returns>Each track with what it said before, for differences. Tracks of which it says nothing more are forgotten.</returns>
    public IReadOnlyList<TrackWord> Heed(ClientMessage.Measured measured)
    {
        (Path, RoundTrip, Processing) = (measured.Path ?? Path, measured.RoundTrip ?? RoundTrip, measured.Processing ?? Processing);
        var said = measured.Tracks.Select(track => new TrackWord(track, Of(track.TrackId)?.Last)).ToList();
        _tracks.Clear();
        foreach (var track in said) _tracks[track.Last.TrackId] = track;
        return said;
    }
}

/// <param name="Before">Null the first time, and when the browser began to count anew.</param>
public sealed record TrackWord(ClientMessage.MeasuredTrack Last, ClientMessage.MeasuredTrack? Before)
{
    public long Samples => Since(track => track.Samples);

    public long Concealed => Since(track => track.Concealed);

    public long Freezes => Since(track => track.Freezes);

    public long Frozen => Since(track => track.Frozen);

    /// <summary>0…1; null when it played nothing.</summary>
    public double? ConcealedShare => Samples <= 0 ? null : Math.Round(Math.Clamp((double)Concealed / Samples, 0, 1), 4);

    private long Since(Func<ClientMessage.MeasuredTrack, long> count) => Math.Max(0, count(Last) - (Before is { } before ? count(before) : 0));
}

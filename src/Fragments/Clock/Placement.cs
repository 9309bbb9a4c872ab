using Muse.Fragments.Index;

namespace Muse.Fragments.Clock;

/// <summary>A track within a recording of several: who came late begins late.</summary>
/// <param name="Start">When the recording begins, µs since 1970 by the server's clock.</param>
public sealed record Placement(TrackTimes Times, double Start)
{
    /// <summary>µs from the recording's start. Less than 0 for what was before it.</summary>
    public double Micros(long rtp) => Times.At(rtp) - Start;

    public double Seconds(long rtp) => Micros(rtp) / 1e6;

    /// <summary>In ticks of the track from the recording's start, at least 0: what a player is to be told as decode time.</summary>
    public long Ticks(long rtp) => Math.Max(0, (long)Math.Round(Micros(rtp) * Times.Rate / 1e6));

    /// <summary>Places tracks in a recording that begins with the first sample of any of them.</summary>
    public static IReadOnlyList<Placement> Align(IReadOnlyList<(TrackTimes Times, long FirstRtp)> tracks)
    {
        var start = tracks.Count == 0 ? 0 : tracks.Min(each => each.Times.At(each.FirstRtp));
        return [.. tracks.Select(each => new Placement(each.Times, start))];
    }

    /// <summary>The mapping that a track's index tells. A recording that was killed before any was written is placed by the arrival of its
    /// parts.</summary>
    /// <returns>Null for a track without parts.</returns>
    public static TrackTimes? TimesOf(TrackRecording track)
    {
        if (track.Parts.Count == 0)
            return null;
        if (TrackTimes.From(track.Lines, track.TimeScale) is { } told)
            return told;
        var isVideo = track.Segments[0].Format.IsVideo;
        var clock = new ClockMapping(track.TimeScale, isVideo ? 0 : ClockMapping.OpusLookAhead, new());
        foreach (var part in track.Parts)
            clock.Packet(part.Time, part.ArrivalMilliseconds, isVideo ? 0 : (int)(part.Duration / part.Samples));
        return clock.Times();
    }
}

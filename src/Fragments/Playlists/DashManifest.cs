using System.Globalization;
using System.Security;
using System.Text;
using Muse.Fragments.Tracks;

namespace Muse.Fragments.Playlists;

/// <summary>A track of a DASH manifest.</summary>
/// <param name="Id">A word: it stands in addresses (<c>$RepresentationID$</c>).</param>
/// <param name="Bandwidth">bit/s</param>
public sealed record LiveRepresentation(string Id, TrackFormat Format, long Bandwidth);

/// <summary>DASH manifests (ISO/IEC 23009-1). Finished: segments by time, one list (SegmentTimeline). Live: by number and nominal duration, since a
/// list that grows stalls one of the players (docs/decisions/0039).</summary>
public static class DashManifest
{
    /// <summary>Files are <c>id/init.mp4</c> and <c>id/time.m4s</c>, the time in ticks of the track from the recording's start.</summary>
    /// <param name="tracks">With the word that names each.</param>
    /// <returns>Null when a track changes its codec: that would need a period for each, which no player was tried with; HLS plays it.</returns>
    public static string? Vod(IReadOnlyList<(string Id, PlacedTrack Track)> tracks)
    {
        if (tracks.Any(each => each.Track.CodecChanges.Count > 0))
            return null;
        var end = tracks.SelectMany(each => each.Track.Segments).Select(each => each.End).DefaultIfEmpty(0).Max();
        var text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Line(text, $"<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" type=\"static\" mediaPresentationDuration=\"PT{HlsText.Seconds(end)}S\" minBufferTime=\"PT2S\">");
        Line(text, $"  <Period id=\"0\" start=\"PT0S\">");
        foreach (var (id, track) in tracks.Where(each => each.Track.Segments.Count > 0))
        {
            var format = track.Recording.Segments.Select(each => each.Format).MaxBy(each => each.Width * each.Height)!;
            Representation(text, id, format, track.PeakBandwidth, () => Timeline(text, track));
        }

        Line(text, $"  </Period>");
        Line(text, $"</MPD>");
        return text.ToString();
    }

    /// <summary>Files are <c>id/init.mp4</c> and <c>id/number.m4s</c>; segments are sent while they are made, in chunks.</summary>
    /// <param name="start">When segment 0 began, µs since 1970.</param>
    /// <param name="now">µs since 1970.</param>
    public static string Live(IReadOnlyList<LiveRepresentation> tracks, LiveShape shape, double start, double now)
    {
        var text = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        Line(text, $"<MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" profiles=\"urn:mpeg:dash:profile:isoff-live:2011\" type=\"dynamic\" availabilityStartTime=\"{HlsText.Date(start)}\" publishTime=\"{HlsText.Date(now)}\" minimumUpdatePeriod=\"PT5S\" timeShiftBufferDepth=\"PT{HlsText.Seconds(shape.Segment.TotalMicroseconds * shape.Kept)}S\" suggestedPresentationDelay=\"PT{HlsText.Seconds(shape.HoldBack.TotalMicroseconds)}S\" minBufferTime=\"PT{HlsText.Seconds(shape.Part.TotalMicroseconds)}S\">");
        Line(text, $"  <Period id=\"0\" start=\"PT0S\">");
        foreach (var track in tracks)
        {
            Representation(text, track.Id, track.Format, track.Bandwidth, () => Line(
                text,
                $"        <SegmentTemplate timescale=\"{track.Format.TimeScale}\" duration=\"{(long)Math.Round(shape.Segment.TotalSeconds * track.Format.TimeScale)}\" startNumber=\"0\" availabilityTimeOffset=\"{HlsText.Seconds((shape.Segment - shape.Part).TotalMicroseconds)}\" availabilityTimeComplete=\"false\" initialization=\"$RepresentationID$/init.mp4\" media=\"$RepresentationID$/$Number$.m4s\"/>"));
        }

        Line(text, $"  </Period>");
        Line(text, $"  <UTCTiming schemeIdUri=\"urn:mpeg:dash:utc:direct:2014\" value=\"{HlsText.Date(now)}\"/>");
        Line(text, $"</MPD>");
        return text.ToString();
    }

    private static void Representation(StringBuilder text, string id, TrackFormat format, long bandwidth, Action template)
    {
        var attributes = format.IsVideo
            ? string.Create(CultureInfo.InvariantCulture, $" width=\"{format.Width}\" height=\"{format.Height}\"")
            : " audioSamplingRate=\"48000\"";
        Line(text, $"    <AdaptationSet contentType=\"{(format.IsVideo ? "video" : "audio")}\" mimeType=\"{(format.IsVideo ? "video" : "audio")}/mp4\" segmentAlignment=\"true\" startWithSAP=\"1\">");
        Line(text, $"      <Representation id=\"{SecurityElement.Escape(id)}\" codecs=\"{format.CodecString}\" bandwidth=\"{Math.Max(1, bandwidth)}\"{attributes}>");
        if (!format.IsVideo)
            Line(text, $"        <AudioChannelConfiguration schemeIdUri=\"urn:mpeg:dash:23003:3:audio_channel_configuration:2011\" value=\"{format.Channels}\"/>");
        template();
        Line(text, $"      </Representation>");
        Line(text, $"    </AdaptationSet>");
    }

    /// <summary>§5.3.9.6: t where the one before does not end there, r for as many more of the same length.</summary>
    private static void Timeline(StringBuilder text, PlacedTrack track)
    {
        Line(text, $"        <SegmentTemplate timescale=\"{track.Recording.TimeScale}\" initialization=\"$RepresentationID$/init.mp4\" media=\"$RepresentationID$/$Time$.m4s\">");
        Line(text, $"          <SegmentTimeline>");
        var runs = new List<(long Time, long Duration, int More)>();
        var segments = track.Recording.Segments;
        for (var i = 0; i < segments.Count; i++)
        {
            var (time, end) = (track.Placement.Ticks(segments[i].Time), track.Placement.Ticks(segments[i].End));
            // Drift that is corrected leaves a tick or two between two that follow each other.
            if (i + 1 < segments.Count && Math.Abs(track.Placement.Ticks(segments[i + 1].Time) - end) < track.Recording.TimeScale / 100)
                end = track.Placement.Ticks(segments[i + 1].Time);
            var duration = end - time;
            if (duration <= 0)
                continue;
            if (runs.Count > 0 && runs[^1].Duration == duration && runs[^1].Time + (duration * (runs[^1].More + 1)) == time)
                runs[^1] = runs[^1] with { More = runs[^1].More + 1 };
            else
                runs.Add((time, duration, 0));
        }

        foreach (var (time, duration, more) in runs)
            Line(text, $"            <S t=\"{time}\" d=\"{duration}\"{(more > 0 ? string.Create(CultureInfo.InvariantCulture, $" r=\"{more}\"") : "")}/>");
        Line(text, $"          </SegmentTimeline>");
        Line(text, $"        </SegmentTemplate>");
    }

    private static void Line(StringBuilder text, FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}

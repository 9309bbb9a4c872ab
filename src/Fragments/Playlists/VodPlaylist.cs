using Muse.Fragments.Index;

namespace Muse.Fragments.Playlists;

/// <summary>The HLS media playlist of a finished track (RFC 8216bis): byte ranges over its one file, nothing is copied.</summary>
public static class VodPlaylist
{
    /// <summary>µs without media that are still the segment's before it: players go over them.</summary>
    public const long LongestHole = 1_000_000;

    /// <param name="breaks">µs at which another rendition of the same person has an EXT-X-DISCONTINUITY: this one must have as many
    /// (RFC 8216bis §6.2.4), and has them at its next segment.</param>
    public static string Write(PlacedTrack track, params IEnumerable<long> breaks)
    {
        var uri = HlsText.Uri(track.Uri);
        var left = new Queue<long>(breaks.Order());
        var segments = track.Segments;
        var target = Target(segments);
        var text = new HlsText()
            .Line($"#EXT-X-VERSION:7")
            .Line($"#EXT-X-TARGETDURATION:{target}")
            .Line($"#EXT-X-MEDIA-SEQUENCE:0")
            .Line($"#EXT-X-PLAYLIST-TYPE:VOD")
            .Line($"#EXT-X-INDEPENDENT-SEGMENTS");
        InitEntry? init = null;
        var isDated = false;
        for (var i = 0; i < segments.Count; i++)
        {
            var (segment, start, end) = segments[i];
            var next = i + 1 < segments.Count ? segments[i + 1].Start : end;
            var isBreak = init is not null && init.Format.Codec != segment.Format.Codec;
            while (left.TryPeek(out var at) && at <= start)
            {
                isBreak |= init is not null;
                left.Dequeue();
            }

            if (isBreak)
                text.Line($"#EXT-X-DISCONTINUITY");
            if (segment.Init != init)
            {
                init = segment.Init;
                text.Line($"#EXT-X-MAP:URI=\"{uri}\",BYTERANGE=\"{init.Length}@{init.Offset}\"");
            }

            // With it renditions and people that begin at different times find each other.
            if (!isDated || isBreak)
                text.Line($"#EXT-X-PROGRAM-DATE-TIME:{HlsText.Date(track.Placement.Start + start)}");
            isDated = true;
            var isHole = next - end > LongestHole;
            text.Line($"#EXTINF:{HlsText.Seconds((isHole ? end : next) - start)},")
                .Line($"#EXT-X-BYTERANGE:{segment.Length}@{segment.Offset}")
                .Line($"{uri}");
            if (isHole)
                Hole(text, end, next, target, segment, uri);
        }

        return text.Line($"#EXT-X-ENDLIST").ToString();
    }

    /// <summary>§4.4.4.7: segments of which it is said that they are not there. Their byte range is never asked for.</summary>
    private static void Hole(HlsText text, long from, long to, long target, Segment before, string uri)
    {
        var pieces = Math.Max(1, (to - from + (target * 1_000_000) - 1) / (target * 1_000_000));
        for (var i = 0; i < pieces; i++)
        {
            var (start, end) = (from + ((to - from) * i / pieces), from + ((to - from) * (i + 1) / pieces));
            text.Line($"#EXT-X-GAP")
                .Line($"#EXTINF:{HlsText.Seconds(end - start)},")
                .Line($"#EXT-X-BYTERANGE:{before.Length}@{before.Offset}")
                .Line($"{uri}");
        }
    }

    private static long Target(IReadOnlyList<PlacedSegment> segments)
    {
        var longest = 1L;
        for (var i = 0; i < segments.Count; i++)
        {
            var (_, start, end) = segments[i];
            var next = i + 1 < segments.Count ? segments[i + 1].Start : end;
            longest = Math.Max(longest, HlsText.Rounded((next - end > LongestHole ? end : next) - start));
        }

        return longest;
    }
}

namespace Muse.Fragments.Playlists;

/// <summary>A rendition of one person's sound: as it was sent, or made for players that do not take that.</summary>
/// <param name="Group">A word; renditions of one codec are a group.</param>
/// <param name="Name">For people.</param>
/// <param name="Codecs">As in RFC 6381: <c>opus</c>, <c>mp4a.40.2</c>.</param>
/// <param name="Bandwidth">bit/s, at most.</param>
/// <param name="Uri">Of its playlist.</param>
public sealed record SoundRendition(string Group, string Name, string Codecs, int Channels, long Bandwidth, string Uri);

/// <summary>One person's picture, or a part of their time in another size or codec.</summary>
/// <param name="Codecs">As in RFC 6381.</param>
/// <param name="Bandwidth">bit/s, at most.</param>
/// <param name="Average">bit/s.</param>
/// <param name="Uri">Of its playlist.</param>
public sealed record PictureRendition(IReadOnlyList<string> Codecs, (int Width, int Height) Size, long Bandwidth, long Average, string Uri);

/// <summary>The HLS multivariant playlist of one person (RFC 8216bis §4.4.6). People are not variants of each other, so each has one; they are put
/// beside each other by EXT-X-PROGRAM-DATE-TIME.</summary>
public static class MasterPlaylist
{
    /// <param name="sounds">The first is what a player begins with where it can.</param>
    public static string Write(IReadOnlyList<PictureRendition> pictures, IReadOnlyList<SoundRendition> sounds)
    {
        var text = new HlsText().Line($"#EXT-X-VERSION:7").Line($"#EXT-X-INDEPENDENT-SEGMENTS");
        var groups = sounds.GroupBy(each => each.Group).ToArray();
        if (pictures.Count > 0)
        {
            foreach (var group in groups)
            {
                var isFirst = true;
                foreach (var sound in group)
                {
                    text.Line($"#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{HlsText.Name(sound.Group)}\",NAME=\"{HlsText.Name(sound.Name)}\",DEFAULT={(isFirst ? "YES" : "NO")},AUTOSELECT=YES,CHANNELS=\"{sound.Channels}\",URI=\"{HlsText.Uri(sound.Uri)}\"");
                    isFirst = false;
                }
            }
        }

        foreach (var picture in pictures)
        {
            var size = $"RESOLUTION={picture.Size.Width}x{picture.Size.Height}";
            if (groups.Length == 0)
                text.Line($"#EXT-X-STREAM-INF:BANDWIDTH={picture.Bandwidth},AVERAGE-BANDWIDTH={picture.Average},CODECS=\"{Codecs(picture.Codecs)}\",{size}").Line($"{HlsText.Uri(picture.Uri)}");
            foreach (var group in groups)
            {
                var sound = group.Max(each => each.Bandwidth);
                text.Line($"#EXT-X-STREAM-INF:BANDWIDTH={picture.Bandwidth + sound},AVERAGE-BANDWIDTH={picture.Average + sound},CODECS=\"{Codecs(picture.Codecs.Concat(group.Select(each => each.Codecs)))}\",{size},AUDIO=\"{HlsText.Name(group.Key)}\"")
                    .Line($"{HlsText.Uri(picture.Uri)}");
            }
        }

        if (pictures.Count == 0)
        {
            foreach (var sound in sounds)
                text.Line($"#EXT-X-STREAM-INF:BANDWIDTH={sound.Bandwidth},CODECS=\"{HlsText.Name(sound.Codecs)}\"").Line($"{HlsText.Uri(sound.Uri)}");
        }

        return text.ToString();
    }

    /// <param name="playlist">Address of the track's playlist.</param>
    public static PictureRendition Picture(PlacedTrack track, string playlist) =>
        new(track.HlsCodecs, track.Size ?? throw new ArgumentException("a picture is wanted", nameof(track)), track.PeakBandwidth, track.AverageBandwidth, playlist);

    /// <param name="name">For people.</param>
    /// <param name="playlist">Address of the track's playlist.</param>
    public static SoundRendition Sound(PlacedTrack track, string name, string playlist) =>
        new(track.Recording.Segments[0].Format.Codec == Tracks.Codec.Aac ? "aac" : "original", name, string.Join(',', track.HlsCodecs), track.Recording.Segments[0].Format.Channels, track.PeakBandwidth, playlist);

    private static string Codecs(IEnumerable<string> codecs) => string.Join(',', codecs.Select(HlsText.Name).Distinct());
}

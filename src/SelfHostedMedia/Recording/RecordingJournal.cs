using System.Globalization;
using Muse.Fragments.Index;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>What a recording's tracks are and when it was paused: <c>recording.index</c> in its folder, a line each, written as the index of a track
/// is. Times are ms since 1970 by the server's clock.</summary>
internal sealed class RecordingJournal(Stream file)
{
    public const string FileName = "recording.index";

    /// <summary>Pattern of what <see cref="MediaOf"/> names.</summary>
    public const string AnyMedia = "track-*.media";

    private const int Version = 1;

    public Stream File => file;

    public static string MediaOf(int track) => string.Create(CultureInfo.InvariantCulture, $"track-{track}.media");

    public static string IndexOf(int track) => string.Create(CultureInfo.InvariantCulture, $"track-{track}.index");

    public void Began(Guid recordingId, long now) => Write("recording", Version, recordingId.ToString("N"), now);

    public void Opened(int track, TrackInfo info, long now) =>
        Write("opened", track, info.Id.ToString("N"), info.ParticipantId.ToString("N"), info.Kind, info.Source, info.Codec, now);

    public void Ended(int track, long now) => Write("ended", track, now);

    public void Paused(long now) => Write("paused", now);

    public void Resumed(long now) => Write("resumed", now);

    public void Stopped(long now) => Write("stopped", now);

    public void Broke(RecordingFault why, long now) => Write("broke", why, now);

    /// <returns>The lines of a folder that are whole; null where nothing was recorded.</returns>
    public static IReadOnlyList<IndexLine>? Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        if (!System.IO.File.Exists(path))
            return null;
        var lines = new List<IndexLine>();
        ReadOnlySpan<byte> rest = System.IO.File.ReadAllBytes(path);
        for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            if (IndexLine.Parse(rest[..end]) is { } line)
                lines.Add(line);
            rest = rest[(end + 1)..];
        }

        return lines;
    }

    /// <returns>Null for another kind of line.</returns>
    public static (int Number, TrackInfo Info)? TrackOf(IndexLine line) =>
        line.Kind == "opened" && line.Fields.Count >= 6 && line.TryNumber(0, out var number) && number is > 0 and <= byte.MaxValue
        && Guid.TryParseExact(line.Fields[1], "N", out var id) && Guid.TryParseExact(line.Fields[2], "N", out var participant)
        && Enum.TryParse<TrackKind>(line.Fields[3], out var kind) && Enum.TryParse<TrackSource>(line.Fields[4], out var source)
            ? ((int)number, new TrackInfo(id, participant, kind, source, line.Fields[5]))
            : null;

    private void Write(string kind, params ReadOnlySpan<object> fields) => file.Write(IndexLine.Of(kind, fields).ToBytes());
}

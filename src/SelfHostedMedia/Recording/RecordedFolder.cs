using System.Security.Cryptography;
using Muse.Fragments.Clock;
using Muse.Fragments.Index;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>A recording as it lies on the disk: while it is being made, stopped, or killed.</summary>
public static class RecordedFolder
{
    /// <summary>Reasons of gaps in which nothing is missing.</summary>
    private static readonly string[] s_meant = ["paused", "silent", "silenced", "beginning"];

    /// <summary>Cuts off what a killed process has left behind the last good part, and says what there is. To be called when nobody writes any
    /// more; no media is rewritten, and a second time nothing changes.</summary>
    /// <exception cref="InvalidDataException">There is no recording.</exception>
    /// <exception cref="IOException">The disk says no.</exception>
    public static FinishedRecording Finish(string folder)
    {
        var lines = RecordingJournal.Read(folder);
        if (lines is null || !(lines.FirstOrDefault() is { Kind: "recording", Fields.Count: >= 3 } first)
            || !Guid.TryParseExact(first.Fields[1], "N", out var id) || !first.TryNumber(2, out var created))
            throw new InvalidDataException($"No recording in {folder}");
        var tracks = Open(folder, checksMedia: true);
        var cut = 0L;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var track in tracks)
        {
            cut += track.Recording.Cut.Bytes;
            using var media = new FileStream(track.MediaPath, FileMode.Open, track.Recording.Cut.Bytes > 0 ? FileAccess.ReadWrite : FileAccess.Read);
            if (track.Recording.Cut.Bytes > 0)
            {
                media.SetLength(track.Recording.MediaLength);
                media.Flush(flushToDisk: true);
            }

            Add(hash, media);
        }

        // What never got a good part is nothing but its end.
        cut += DropUnfinished(folder, lines, tracks);
        var finished = tracks.Select(Finished).ToList();
        return new(
            id,
            tracks.Count == 0 ? DateTimeOffset.FromUnixTimeMilliseconds(created) : DateTimeOffset.UnixEpoch + Micros(tracks[0].Placement.Start),
            finished.Count == 0 ? TimeSpan.Zero : finished.Max(track => track.From + track.Length),
            finished.Sum(track => track.Bytes),
            Convert.ToHexStringLower(hash.GetHashAndReset()),
            finished,
            cut,
            lines.Any(line => line.Kind == "stopped"));
    }

    /// <summary>Whether nobody ever began to record into it, or was killed before the first line and the first byte of media.</summary>
    public static bool IsEmpty(string folder) =>
        !Directory.Exists(folder)
        || (RecordingJournal.Read(folder) is null or [] && new DirectoryInfo(folder).EnumerateFiles(RecordingJournal.AnyMedia).All(media => media.Length == 0));

    /// <summary>The tracks that have something, by number. Nothing is written.</summary>
    /// <param name="checksMedia">False believes the index, which <see cref="Finish"/> has held against the media.</param>
    /// <param name="elsewhere">Opens by its name the media of a track that are not in the folder any more, seekable; null when there are none.</param>
    public static IReadOnlyList<RecordedTrack> Open(string folder, bool checksMedia = false, Func<string, Stream?>? elsewhere = null)
    {
        var opened = new List<(int Number, TrackInfo Info, string Media, TrackRecording Recording, TrackTimes Times)>();
        foreach (var (number, info) in Tracks(RecordingJournal.Read(folder) ?? []))
        {
            var path = Path.Combine(folder, RecordingJournal.MediaOf(number));
            var indexPath = Path.Combine(folder, RecordingJournal.IndexOf(number));
            if (!File.Exists(indexPath))
                continue;
            using var media = File.Exists(path)
                ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
                : elsewhere?.Invoke(RecordingJournal.MediaOf(number));
            if (media is null)
                continue;
            using var index = new FileStream(indexPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var recording = TrackRecording.Open(media, index, checksMedia);
            if (Placement.TimesOf(recording) is { } times)
                opened.Add((number, info, path, recording, times));
        }

        var placements = Placement.Align([.. opened.Select(each => (each.Times, each.Recording.Parts[0].Time))]);
        return [.. opened.Select((each, i) => new RecordedTrack(each.Number, each.Info, each.Media, each.Recording, placements[i]))];
    }

    private static IEnumerable<(int Number, TrackInfo Info)> Tracks(IReadOnlyList<IndexLine> lines) =>
        lines.Select(RecordingJournal.TrackOf).OfType<(int Number, TrackInfo Info)>().DistinctBy(track => track.Number).OrderBy(track => track.Number);

    private static long DropUnfinished(string folder, IReadOnlyList<IndexLine> lines, IReadOnlyList<RecordedTrack> good)
    {
        var dropped = 0L;
        foreach (var (number, _) in Tracks(lines))
        {
            var media = new FileInfo(Path.Combine(folder, RecordingJournal.MediaOf(number)));
            if (good.Any(track => track.Number == number) || !media.Exists || media.Length == 0)
                continue;
            dropped += media.Length;
            using var file = media.Open(FileMode.Open, FileAccess.Write);
            file.SetLength(0);
        }

        return dropped;
    }

    private static FinishedTrack Finished(RecordedTrack track)
    {
        var recording = track.Recording;
        var (first, end) = (recording.Parts[0].Time, recording.Parts[^1].End);
        var from = track.Placement.Micros(first);
        var all = Gaps.Of(recording);
        var meant = Gaps.Merge(recording.Gaps.Where(gap => s_meant.Contains(gap.Reason)));
        var counted = Gaps.Merge(recording.Gaps.Where(gap => !s_meant.Contains(gap.Reason))).Entries.Count
            + all.Entries.Count(gap => gap.Reason == Gaps.Untold);
        return new(
            track.Number,
            track.Info.Id,
            track.Info.ParticipantId,
            track.Info.Kind,
            track.Info.Source,
            recording.Segments[0].Format.CodecString,
            Micros(from),
            Micros(track.Placement.Micros(end) - from),
            recording.MediaLength,
            // What was meant is part of all: the rest was not.
            Micros((all.Sum - meant.Sum) * 1e6 / recording.TimeScale),
            counted);
    }

    private static void Add(IncrementalHash hash, FileStream media)
    {
        var buffer = new byte[128 * 1_024];
        int read;
        while ((read = media.Read(buffer)) > 0)
            hash.AppendData(buffer, 0, read);
    }

    private static TimeSpan Micros(double micros) => new((long)(micros * TimeSpan.TicksPerMicrosecond));
}

using System.Collections.Concurrent;
using System.Globalization;
using Muse.Api.Renditions;
using Muse.Api.Tokens;
using Muse.Fragments.Clock;
using Muse.Fragments.Parts;
using Muse.Fragments.Playlists;
using Muse.SelfHostedMedia.Recording;
using OpenedTrack = Muse.SelfHostedMedia.Recording.RecordedTrack;

namespace Muse.Api.Recordings;

/// <summary>A recording that is being looked at, with its tracks opened.</summary>
public sealed class ShownRecording(RoomRecordingRow row, IReadOnlyList<OpenedTrack> tracks, RoomFiles files)
{
    public RoomRecordingRow Row => row;

    public IReadOnlyList<OpenedTrack> Tracks => tracks;

    /// <summary>Null when there is no track of that number.</summary>
    public int? Track(string number) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var wanted) && tracks.Any(track => track.Number == wanted) ? wanted : null;

    public PlacedTrack Placed(int number)
    {
        var track = Of(number);
        return new(track.Recording, track.Placement, string.Create(CultureInfo.InvariantCulture, $"{number}.mp4"));
    }

    /// <summary>The AAC rendition of a track's sound, whose times are the recording's; null where none was made.</summary>
    public PlacedTrack? Aac(int number, RecordingFolders folders)
    {
        if (EncodeForApple.Open(folders.RenditionsOf(row.Id), number) is not { Parts.Count: > 0 } made) return null;
        var start = Of(number).Placement.Start;
        return new(
            made, new Placement(new TrackTimes(made.TimeScale, [new ClockPiece(0, (long)start, 0, ClockSource.Arrival)], []), (long)start),
            string.Create(CultureInfo.InvariantCulture, $"{number}.mp4"));
    }

    /// <summary>From the disk, or from the shelf when they are here no longer.</summary>
    /// <exception cref="IOException">It was deleted meanwhile.</exception>
    public async Task<Stream> OpenMedia(int number, CancellationToken ct)
    {
        var path = Of(number).MediaPath;
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 128 * 1024, FileOptions.Asynchronous);
        }
        catch (FileNotFoundException)
        {
            if (await files.FromShelf(row.Id, Path.GetFileName(path), ct) is { } there) return there;
            throw;
        }
    }

    /// <summary>All tracks in one MP4, as they were sent.</summary>
    /// <exception cref="IOException">It was deleted meanwhile.</exception>
    public async Task<Stream> OpenWhole(CancellationToken ct)
    {
        var opened = new List<PlainTrack>();
        try
        {
            foreach (var track in tracks) opened.Add(new(track.Recording, await OpenMedia(track.Number, ct), track.Placement.Ticks));
            return new PlainFile([.. opened]);
        }
        catch
        {
            foreach (var track in opened) await track.Media.DisposeAsync();
            throw;
        }
    }

    private OpenedTrack Of(int number) => tracks.First(track => track.Number == number);
}

/// <summary>Finds what a viewing's ticket shows; asked for each piece, so that what is taken back or deleted is shown no longer.</summary>
internal sealed class Shown(Viewings viewings, RoomRecordingRows rows, RecordingFolders folders, RoomFiles files, RecordingViewers viewers, RefreshTokens sessions)
{
    /// <summary>Recordings whose indexes are kept in memory, some 200 bytes a second of lesson and track.</summary>
    private const int MostOpen = 16;

    private readonly ConcurrentDictionary<Guid, ShownRecording> _open = new();

    /// <returns>Null when the ticket is none, or nothing is shown for it any more.</returns>
    public async Task<ShownRecording?> Find(string ticket, CancellationToken ct) =>
        await Lets(ticket, ct) is { Room: { IsFinalised: true } row } ? await Open(row, ct) : null;

    /// <returns>What the ticket lets see now, and the room's recording if it is one; null when it is none, its person has signed out, or somebody took
    /// the consent back.</returns>
    public async Task<(Viewing Viewing, RoomRecordingRow? Room)?> Lets(string ticket, CancellationToken ct)
    {
        if (viewings.Read(ticket) is not { } viewing) return null;
        if (viewing.Session is { } session && !await sessions.IsOpen(session, ct)) return null;
        var room = await rows.Find(viewing.RecordingId, ct);
        return await viewers.IsWithdrawn(viewing.LessonId, room, ct) ? null : (viewing, room);
    }

    public async Task<ShownRecording> Open(RoomRecordingRow row, CancellationToken ct)
    {
        if (_open.TryGetValue(row.Id, out var open)) return open;
        // Which one goes does not matter: it is read again when it is wanted.
        if (_open.Count >= MostOpen) _open.TryRemove(_open.Keys.First(), out _);
        await files.BringIndexes(row, ct);
        // Headers are read from the media, which may mean asking the shelf: not on a thread that others wait for.
        var tracks = await Task.Run(() => RecordedFolder.Open(folders.Of(row.Id), elsewhere: name => files.FromShelf(row.Id, name, ct).GetAwaiter().GetResult()), ct);
        return _open[row.Id] = new ShownRecording(row, tracks, files);
    }
}

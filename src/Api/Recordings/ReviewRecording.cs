using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Renditions;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using Muse.Fragments.Parts;
using Muse.Fragments.Playlists;
using NodaTime;
using Npgsql;

namespace Muse.Api.Recordings;

/// <summary>One person's side of a recording, for a player of its own: the sides run on one clock, beside each other.</summary>
/// <param name="Name">Empty when the person is not known (any more).</param>
/// <param name="From">ms from the recording's beginning to that of the side's picture, or of its sound where it has none: where a player's clock is 0.</param>
/// <param name="Length">ms.</param>
/// <param name="SoundTrack">Number of the track whose waveform is the side's.</param>
/// <param name="Playlist">HLS, for the side's pictures and sound; below the viewing's address.</param>
public sealed record ReviewSide(string Playlist, Part Part, string Name, bool HasPicture, bool HasSound, long From, long Length, int? SoundTrack);

/// <param name="Address">Where the playlists are; whoever has it sees this recording until then.</param>
/// <param name="Place">ms from the lesson's planned start to the recording's beginning: a mark's place less this is where it stands in the recording.</param>
/// <param name="Length">ms.</param>
/// <param name="Sides">None of a provider's file.</param>
/// <param name="File">All of it as one file, for keeping; a provider's is played as it is. Below the address.</param>
public sealed record ReviewView(string Address, Instant Until, long Place, long Length, IReadOnlyList<ReviewSide> Sides, string File);

/// <summary>A recording for a player: <c>POST …/viewings</c> makes the address; below it are HLS playlists and the media of a built-in room, or a
/// provider's file.</summary>
internal static class ReviewRecording
{
    public const string PlaylistType = "application/vnd.apple.mpegurl";

    public static async Task<IResult> Begin(
        Guid id, Guid recordingId, Caller caller, RecordingViewers viewers, RoomRecordingRows rows, Viewings viewings, RecordingViewLog views, People people,
        NpgsqlDataSource database, HttpContext http, CancellationToken ct)
    {
        var row = await rows.Find(recordingId, ct);
        if (row is not null && row.LessonId != id) return Problems.NotFound();
        var (viewer, refused) = await viewers.Find(id, row, caller, ct);
        if (refused is not null) return refused;
        var file = row is null ? await RecordingRoutes.Files(database, id, recordingId, ct) : [];
        if (row is null && file.Count == 0) return Problems.NotFound();
        if (row is { IsFinalised: false } || file is [{ State: not "shelved" }]) return NotReady();
        await views.Write(recordingId, caller.PersonId, viewer!.Part, ct);
        var (ticket, until) = viewings.Issue(new Viewing(recordingId, id, caller.PersonId, viewer.Part, caller.Session));
        http.Response.Headers.CacheControl = "no-store";
        if (row is null)
        {
            return TypedResults.Ok(new ReviewView(
                $"/v1/viewings/{ticket}/", until, (long)(file[0].From - viewer.Lesson.Start).TotalMilliseconds, (long)((file[0].To ?? file[0].From) - file[0].From).TotalMilliseconds,
                [], "file"));
        }
        var known = await people.Of([.. row.Tracks.Select(track => track.Who.PersonId).OfType<Guid>().Distinct()], ct);
        return TypedResults.Ok(new ReviewView(
            $"/v1/viewings/{ticket}/", until, (long)((row.From ?? row.StartedAt) - viewer.Lesson.Start).TotalMilliseconds, (long)row.Length!.Value.TotalMilliseconds,
            [.. Sides(row).Select((side, i) => new ReviewSide(
                string.Create(CultureInfo.InvariantCulture, $"sides/{i + 1}.m3u8"), side[0].Who.Part,
                side[0].Who.PersonId is { } person && known.TryGetValue(person, out var who) ? who.DisplayName : "",
                side.Any(IsPicture), side.Any(track => !IsPicture(track)),
                (long)side[0].From.TotalMilliseconds, (long)(side.Max(track => track.From + track.Length) - side[0].From).TotalMilliseconds,
                side.FirstOrDefault(track => !IsPicture(track))?.Number))],
            "lesson.mp4"));
    }

    public static async Task<IResult> Side(string ticket, string side, Shown shown, RecordingFolders folders, CancellationToken ct)
    {
        if (await shown.Find(ticket, ct) is not { } found) return Problems.NotFound();
        var sides = Sides(found.Row);
        if (!int.TryParse(side, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1 || number > sides.Count) return Problems.NotFound();
        var mine = sides[number - 1];
        var pictures = mine.Where(IsPicture).Select(track => MasterPlaylist.Picture(found.Placed(track.Number), $"../tracks/{track.Number}.m3u8"));
        var sounds = mine.Where(track => !IsPicture(track))
            .Select(track => MasterPlaylist.Sound(found.Placed(track.Number), $"{track.Source} {track.Number}", $"../tracks/{track.Number}.m3u8"));
        // Beside it for players that take no Opus, as soon as it is made.
        var apple = mine.Where(track => !IsPicture(track)).Select(track => (track.Number, Made: found.Aac(track.Number, folders))).Where(track => track.Made is not null)
            .Select(track => MasterPlaylist.Sound(track.Made!, $"AAC {track.Number}", $"../aac/{track.Number}.m3u8"));
        return Text(MasterPlaylist.Write([.. pictures], [.. sounds, .. apple]));
    }

    public static async Task<IResult> AacPlaylist(string ticket, string track, Shown shown, RecordingFolders folders, CancellationToken ct)
    {
        if (await shown.Find(ticket, ct) is not { } found || found.Track(track) is not { } number || found.Aac(number, folders) is not { } made) return Problems.NotFound();
        var side = Sides(found.Row).First(tracks => tracks.Any(one => one.Number == number));
        return Text(VodPlaylist.Write(made, side.Where(one => one.Number != number).SelectMany(one => found.Placed(one.Number).CodecChanges)));
    }

    public static async Task<IResult> AacMedia(string ticket, string track, Shown shown, RecordingFolders folders, CancellationToken ct)
    {
        if (await shown.Find(ticket, ct) is not { } found || found.Track(track) is not { } number) return Problems.NotFound();
        var file = EncodeForApple.MediaOf(folders.RenditionsOf(found.Row.Id), number);
        if (!File.Exists(file)) return Problems.NotFound();
        return TypedResults.PhysicalFile(file, "audio/mp4", enableRangeProcessing: true);
    }

    public static async Task<IResult> Playlist(string ticket, string track, Shown shown, CancellationToken ct)
    {
        if (await shown.Find(ticket, ct) is not { } found || found.Track(track) is not { } number) return Problems.NotFound();
        var side = Sides(found.Row).First(tracks => tracks.Any(one => one.Number == number));
        // Every rendition of a side has a discontinuity where any of them has one.
        var breaks = side.Where(one => one.Number != number).SelectMany(one => found.Placed(one.Number).CodecChanges);
        return Text(VodPlaylist.Write(found.Placed(number), breaks));
    }

    /// <summary>The track's one file, in ranges.</summary>
    public static async Task<IResult> Media(string ticket, string track, Shown shown, CancellationToken ct)
    {
        if (await shown.Find(ticket, ct) is not { } found || found.Track(track) is not { } number) return Problems.NotFound();
        var placed = found.Placed(number);
        return TypedResults.Stream(
            new RetimedMedia(await found.OpenMedia(number, ct), placed.Recording, placed.Placement.Ticks, asAvc1: true), placed.IsVideo ? "video/mp4" : "audio/mp4",
            enableRangeProcessing: true);
    }

    /// <summary>For keeping.</summary>
    public static async Task<IResult> Whole(string ticket, Shown shown, HttpContext http, CancellationToken ct)
    {
        if (await shown.Find(ticket, ct) is not { } found) return Problems.NotFound();
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"lesson-{found.Row.StartedAt.ToString("uuuu-MM-dd-HHmm", CultureInfo.InvariantCulture)}.mp4\"";
        return await AsOneFile(found, ct);
    }

    public static async Task<IResult> ProvidersFile(string ticket, Shown shown, NpgsqlDataSource database, IRecordingShelf shelf, CancellationToken ct) =>
        await shown.Lets(ticket, ct) is { Viewing: var viewing }
        && await RecordingRoutes.Files(database, viewing.LessonId, viewing.RecordingId, ct) is [{ State: "shelved" } row]
        && await shelf.Open(row.Id, ct) is { } file
            ? RecordingRoutes.Served(file, row)
            : Problems.NotFound();

    /// <summary>The same bytes for whoever goes on where a download broke off: its hash is what was recorded.</summary>
    public static async Task<IResult> AsOneFile(ShownRecording recording, CancellationToken ct) => TypedResults.Stream(
        await recording.OpenWhole(ct), "video/mp4", fileDownloadName: null, lastModified: null,
        entityTag: recording.Row.Sha256 is { Length: > 0 } hash ? new EntityTagHeaderValue($"\"{hash}\"") : null, enableRangeProcessing: true);

    public static ProblemHttpResult NotReady() =>
        Problems.Of(StatusCodes.Status409Conflict, "recording_not_ready", "The recording is not ready yet.");

    /// <summary>A stay's picture and sound together, the tutor's first; what was published anew is a side of its own, later on the same clock, and so is
    /// a screen.</summary>
    private static List<RecordedTrack[]> Sides(RoomRecordingRow row)
    {
        var sides = new List<RecordedTrack[]>();
        foreach (var stay in row.Tracks.GroupBy(track => (track.ParticipantId, track.Who.Part, IsScreen: track.Source.StartsWith("screen", StringComparison.Ordinal)))
            .OrderBy(stay => stay.Key.IsScreen).ThenBy(stay => stay.Key.Part).ThenBy(stay => stay.Min(track => track.Number)))
        {
            RecordedTrack[] pictures = [.. stay.Where(IsPicture).OrderBy(track => track.Number)], sounds = [.. stay.Where(track => !IsPicture(track)).OrderBy(track => track.Number)];
            for (var i = 0; i < Math.Max(pictures.Length, sounds.Length); i++)
                sides.Add([.. pictures.Skip(i).Take(1), .. sounds.Skip(i).Take(1)]);
        }
        return sides;
    }

    private static bool IsPicture(RecordedTrack track) => track.Kind == "video";

    private static ContentHttpResult Text(string playlist) => TypedResults.Text(playlist, PlaylistType);
}

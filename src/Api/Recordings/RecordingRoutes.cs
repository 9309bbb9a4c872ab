using Microsoft.Net.Http.Headers;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Renditions;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Recordings;

/// <summary>One file of what was recorded by a provider, or all that was recorded of the built-in room from one start to one stop.</summary>
/// <param name="Provider"><c>builtin</c> for the rooms of this server, which have <paramref name="Tracks"/> and can be reviewed.</param>
/// <param name="Kind"><c>room</c>, or the provider's word for what it shows, such as <c>shared_screen_with_speaker_view</c> or <c>audio_only</c>.</param>
/// <param name="Size">Bytes; null while nobody knows.</param>
/// <param name="To">Null while it goes on.</param>
/// <param name="State"><c>recording</c>, <c>paused</c>; <c>found</c>, <c>stopped</c>: being fetched or looked through; <c>shelved</c>: can be seen and
/// downloaded; <c>fetch_failed</c>.</param>
/// <param name="Sha256">Of the bytes, once shelved: 64 lower-case hex digits.</param>
/// <param name="Missing">ms of which nothing came, all tracks together; null of a provider's file.</param>
/// <param name="Tracks">Of the built-in room, once shelved.</param>
/// <param name="Because">Why a room's recording ended: <c>room_closed</c>, <c>tutor</c>, <c>consent_revoked</c>, <c>disk_full</c>, <c>failed</c>,
/// <c>server_stopped</c>, <c>server_lost</c>; null while it goes on, and of a provider's file.</param>
/// <param name="Outline">Its picture: loudness from 0 to 255 in at most 120 pieces of equal length, base64; null until it was drawn.</param>
public sealed record RecordingView(
    Guid Id, string Provider, string Kind, string MediaType, long? Size, Instant From, Instant? To, string State, string? Sha256, long? Missing,
    IReadOnlyList<RecordingTrackView> Tracks, byte[]? Outline = null, string? Because = null);

/// <param name="From">ms since the recording began.</param>
/// <param name="Length">ms.</param>
/// <param name="Missing">ms of which nothing came.</param>
public sealed record RecordingTrackView(int Number, Part Part, string Kind, string Source, string Codec, long From, long Length, long Size, long Missing);

/// <summary>All of a lesson's, earliest first.</summary>
/// <param name="MayDelete">The caller may.</param>
public sealed record RecordingList(IReadOnlyList<RecordingView> Items, bool MayDelete);

/// <summary>A lesson's recordings for <see cref="RecordingViewers"/>; nothing here is ever public.</summary>
public static class RecordingRoutes
{
    private const string Tag = "Recordings";
    private static readonly string[] Refusals = [RecordingViewers.NotYours, RecordingViewers.Withdrawn];

    public static IEndpointRouteBuilder MapRecordings(this IEndpointRouteBuilder app)
    {
        var recordings = app.MapGroup("/v1/lessons/{id:guid}/recordings").RequireAuthorization();
        recordings.MapGet("", List).Described("listRecordings", Tag, "What was recorded of a lesson; with recording_withdrawn who may delete it learns recordings (ids) and deletedAt", Refusals).Produces<RecordingList>();
        recordings.MapGet("/{recordingId:guid}", Download)
            .Described("getRecording", Tag, "The file itself, whole or a range of it; of the built-in room all tracks in one MP4, as they were sent. Each access is logged",
                [.. Refusals, "recording_not_ready"])
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream");
        recordings.MapDelete("/{recordingId:guid}", Delete)
            .Described("deleteRecording", Tag, "Delete a recording, for good; what a provider keeps itself is deleted there", [.. Refusals, "recording_runs"])
            .Produces(StatusCodes.Status204NoContent);
        recordings.MapPost("/{recordingId:guid}/viewings", ReviewRecording.Begin)
            .Described("reviewRecording", Tag, "An address for players, good for a while; below it are HLS playlists and the media", [.. Refusals, "recording_not_ready"])
            .Produces<ReviewView>();
        // The ticket in the path is the right to see it: players send no header.
        var viewings = app.MapViewings();
        viewings.MapGet("/sides/{side}.m3u8", ReviewRecording.Side)
            .Described("getViewingSide", Tag, "HLS: a side's picture and sound").Produces<string>(StatusCodes.Status200OK, ReviewRecording.PlaylistType);
        viewings.MapGet("/tracks/{track}.m3u8", ReviewRecording.Playlist)
            .Described("getViewingPlaylist", Tag, "HLS: byte ranges of a track").Produces<string>(StatusCodes.Status200OK, ReviewRecording.PlaylistType);
        viewings.MapGet("/tracks/{track}.mp4", ReviewRecording.Media)
            .Described("getViewingTrack", Tag, "A track's media, whole or a range of it").Produces<byte[]>(StatusCodes.Status200OK, "video/mp4");
        viewings.MapGet("/aac/{track}.m3u8", ReviewRecording.AacPlaylist)
            .Described("getViewingAacPlaylist", Tag, "HLS: byte ranges of a sound track in AAC").Produces<string>(StatusCodes.Status200OK, ReviewRecording.PlaylistType);
        viewings.MapGet("/aac/{track}.mp4", ReviewRecording.AacMedia)
            .Described("getViewingAacTrack", Tag, "A sound track in AAC, whole or a range of it").Produces<byte[]>(StatusCodes.Status200OK, "audio/mp4");
        viewings.MapGet("/lesson.mp4", ReviewRecording.Whole)
            .Described("getViewingFile", Tag, "All tracks in one MP4, as they were sent").Produces<byte[]>(StatusCodes.Status200OK, "video/mp4");
        viewings.MapGet("/file", ReviewRecording.ProvidersFile)
            .Described("getViewingProvidersFile", Tag, "What a provider recorded, whole or a range of it").Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream");
        return app;
    }

    private static async Task<IResult> List(
        Guid id, Caller caller, RecordingViewers viewers, RoomRecordingRows rooms, RenditionRows renditions, NpgsqlDataSource database, CancellationToken ct)
    {
        var (viewer, refused) = await viewers.Find(id, null, caller, ct, alsoWithdrawn: true);
        if (refused is not null) return refused;
        var ours = await rooms.OfLesson(id, ct);
        if (await viewers.DeletedAt(viewer!.Lesson, ct) is { } deletedAt)
        {
            // Who may delete it now, or ask for it to be agreed to again, has to know which, and how long there is time; and nothing else of them.
            return RecordingViewers.IsWithdrawn(viewer.MayDelete
                ? new Dictionary<string, object?>
                {
                    ["deletedAt"] = deletedAt,
                    ["recordings"] = ours.Select(row => row.Id).Concat((await Files(database, id, null, ct)).Select(file => file.Id)).ToArray(),
                }
                : null);
        }
        var outlines = await renditions.Outlines([.. ours.Select(row => row.Id)], ct);
        var items = ours.Select(row => View(row) with { Outline = outlines.GetValueOrDefault(row.Id) }).Concat(await Files(database, id, null, ct)).OrderBy(item => item.From).ThenBy(item => item.Id);
        return TypedResults.Ok(new RecordingList([.. items], viewer.MayDelete));
    }

    private static async Task<IResult> Download(
        Guid id, Guid recordingId, Caller caller, HttpContext http, RecordingViewers viewers, RoomRecordingRows rooms, Shown shown, RecordingViewLog views,
        NpgsqlDataSource database, IRecordingShelf shelf, CancellationToken ct)
    {
        var room = await rooms.Find(recordingId, ct);
        if (room is not null && room.LessonId != id) return Problems.NotFound();
        var (viewer, refused) = await viewers.Find(id, room, caller, ct);
        if (refused is not null) return refused;
        if (room is not null)
        {
            if (!room.IsFinalised) return ReviewRecording.NotReady();
            await views.Write(recordingId, caller.PersonId, viewer!.Part, ct);
            http.Response.Headers.CacheControl = "private, no-store";
            return await ReviewRecording.AsOneFile(await shown.Open(room, ct), ct);
        }
        if (await Files(database, id, recordingId, ct) is not [var row]) return Problems.NotFound();
        if (row.State != "shelved" || await shelf.Open(recordingId, ct) is not { } file) return ReviewRecording.NotReady();
        try
        {
            await views.Write(recordingId, caller.PersonId, viewer!.Part, ct);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
        http.Response.Headers.CacheControl = "private, no-store";
        return Served(file, row);
    }

    private static async Task<IResult> Delete(
        Guid id, Guid recordingId, Caller caller, RecordingViewers viewers, RoomRecordingRows rooms, DeleteRecording delete, NpgsqlDataSource database, CancellationToken ct)
    {
        // Who took the consent back may well want it gone at once.
        var (viewer, refused) = await viewers.Find(id, null, caller, ct, alsoWithdrawn: true);
        if (refused is not null) return refused;
        if (!viewer!.MayDelete) return Problems.From(Domain.Refusal.Forbidden("A guardian or the tutor can delete it."));
        var isOfLesson = await rooms.Find(recordingId, ct) is { } room ? room.LessonId == id : await Files(database, id, recordingId, ct) is [_];
        if (!isOfLesson) return Problems.NotFound();
        var actor = new Actor(caller.PersonId, viewer.Part is Part.Tutor ? Role.Tutor : viewer.Part is Part.Guardian ? Role.Guardian : Role.Student);
        return await delete.Delete(recordingId, DeletedBecause.Asked, new Who(caller.PersonId, viewer.Part), actor, ct) is { } no ? Problems.From(no) : TypedResults.NoContent();
    }

    private static RecordingView View(RoomRecordingRow row) => new(
        row.Id, Domain.Meetings.ProviderPolicy.BuiltIn, "room", "video/mp4", row.Size, row.From ?? row.StartedAt,
        row.Length is { } length ? (row.From ?? row.StartedAt) + length : row.StoppedAt, row.IsFinalised ? "shelved" : row.State, row.Sha256,
        row.IsFinalised ? (long)row.Tracks.Sum(track => track.Missing.TotalMilliseconds) : null,
        [.. row.Tracks.Select(track => new RecordingTrackView(
            track.Number, track.Who.Part, track.Kind, track.Source, track.Codec, (long)track.From.TotalMilliseconds, (long)track.Length.TotalMilliseconds,
            track.Size, (long)track.Missing.TotalMilliseconds))], Because: row.Because);

    internal static IResult Served(Stream file, RecordingView row) => TypedResults.Stream(
        file, ServedAs(row.MediaType), fileDownloadName: null, lastModified: null,
        entityTag: row.Sha256 is { } hash ? new EntityTagHeaderValue($"\"{hash}\"") : null, enableRangeProcessing: true);

    /// <summary>A provider's word must not make a browser run something from our origin.</summary>
    private static string ServedAs(string mediaType) =>
        mediaType.StartsWith("video/", StringComparison.Ordinal) || mediaType.StartsWith("audio/", StringComparison.Ordinal)
        || mediaType is "text/vtt" or "text/plain" or "text/csv" or "application/json"
            ? mediaType
            : "application/octet-stream";

    /// <summary>Of providers; <paramref name="recordingId"/>: this one alone.</summary>
    internal static async Task<List<RecordingView>> Files(NpgsqlDataSource database, Guid lessonId, Guid? recordingId, CancellationToken ct)
    {
        await using var read = database.Command("""
            select id, provider, kind, media_type, size, from_at, to_at, state, sha256 from recordings
            where lesson_id = $1 and ($2::uuid is null or id = $2) and state <> 'deleted' order by from_at, id limit $3
            """, lessonId, recordingId, 10 * Recording.MostOfALesson);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new List<RecordingView>();
        while (await rows.ReadAsync(ct))
            found.Add(new RecordingView(rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.IsDBNull(4) ? null : rows.GetInt64(4),
                rows.Instant(5), rows.Instant(6), rows.GetString(7), rows.IsDBNull(8) ? null : rows.GetString(8), null, []));
        return found;
    }
}

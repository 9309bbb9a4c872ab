using Microsoft.Net.Http.Headers;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Lessons;
using Muse.Api.OpenApi;
using Muse.Domain.Guardians;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Recordings;

/// <summary>One file of what was recorded.</summary>
/// <param name="Kind">The provider's word for what it shows, such as <c>shared_screen_with_speaker_view</c> or <c>audio_only</c>.</param>
/// <param name="Size">Bytes; null while nobody knows.</param>
/// <param name="State"><c>found</c>: being fetched; <c>shelved</c>: can be played and downloaded; <c>fetch_failed</c>.</param>
/// <param name="Sha256">Of the bytes, once shelved: 64 lower-case hex digits.</param>
public sealed record RecordingView(
    Guid Id, string Provider, string Kind, string MediaType, long? Size, Instant From, Instant To, string State, string? Sha256);

/// <summary>All of a lesson's, earliest first.</summary>
public sealed record RecordingList(IReadOnlyList<RecordingView> Items);

/// <summary>
/// A lesson's recordings, for the tutor, the student's guardians, and a student of age. Consent to recording does not exist yet in Muse, so a
/// child's own account and device do not get them, and nothing here is ever public.
/// </summary>
public static class RecordingRoutes
{
    private const string Tag = "Recordings";

    public static IEndpointRouteBuilder MapRecordings(this IEndpointRouteBuilder app)
    {
        var recordings = app.MapGroup("/v1/lessons/{id:guid}/recordings").RequireAuthorization();
        recordings.MapGet("", List).Described("listRecordings", Tag, "What was recorded of a lesson", ["recording_not_yours"]).Produces<RecordingList>();
        recordings.MapGet("/{recordingId:guid}", Download)
            .Described("getRecording", Tag, "The file itself, whole or a range of it; each access is logged", ["recording_not_yours", "recording_not_ready"])
            .Produces<byte[]>(StatusCodes.Status200OK, "application/octet-stream");
        return app;
    }

    private static async Task<IResult> List(
        Guid id, Caller caller, LessonReader lessons, People people, NpgsqlDataSource database, TimeProvider time, CancellationToken ct)
    {
        var (_, refused) = await Viewer(id, caller, lessons, people, time, ct);
        if (refused is not null) return refused;
        return TypedResults.Ok(new RecordingList(await Rows(database, id, null, ct)));
    }

    private static async Task<IResult> Download(
        Guid id, Guid recordingId, Caller caller, HttpContext http, LessonReader lessons, People people, NpgsqlDataSource database, IRecordingShelf shelf,
        TimeProvider time, CancellationToken ct)
    {
        var (part, refused) = await Viewer(id, caller, lessons, people, time, ct);
        if (refused is not null) return refused;
        if (await Rows(database, id, recordingId, ct) is not [var row]) return Problems.NotFound();
        if (row.State != "shelved" || await shelf.Open(recordingId, ct) is not { } file)
            return Problems.Of(StatusCodes.Status409Conflict, "recording_not_ready", "The recording is not on the shelf.");
        try
        {
            // Before the first byte: what cannot be logged is not shown.
            await Log(database, recordingId, caller.PersonId, part!.Value, time.GetUtcNow(), ct);
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
        http.Response.Headers.CacheControl = "private, no-store";
        return TypedResults.Stream(file, ServedAs(row.MediaType), fileDownloadName: null, lastModified: null,
            entityTag: row.Sha256 is { } hash ? new EntityTagHeaderValue($"\"{hash}\"") : null, enableRangeProcessing: true);
    }

    /// <summary>A provider's word must not make a browser run something from our origin.</summary>
    private static string ServedAs(string mediaType) =>
        mediaType.StartsWith("video/", StringComparison.Ordinal) || mediaType.StartsWith("audio/", StringComparison.Ordinal)
        || mediaType is "text/vtt" or "text/plain" or "text/csv" or "application/json"
            ? mediaType
            : "application/octet-stream";

    private static async Task<(Part? Part, IResult? Refused)> Viewer(
        Guid id, Caller caller, LessonReader lessons, People people, TimeProvider time, CancellationToken ct)
    {
        if (await lessons.Find(id, ct) is not { } lesson) return (null, Problems.NotFound());
        if (caller.TutorId == lesson.TutorId) return (Part.Tutor, null);
        if (caller.Children.Contains(lesson.StudentId)) return (Part.Guardian, null);
        if (caller.StudentId != lesson.StudentId) return (null, Problems.NotFound());
        return !caller.IsChildsDevice && await IsOfAge(lesson.StudentId, people, time, ct)
            ? (Part.Student, null)
            : (null, Problems.Of(StatusCodes.Status403Forbidden, "recording_not_yours", "A child's recordings are shown to the tutor and the guardians."));
    }

    /// <summary>Who signed up without naming a birth date counts as of age: children are added by a guardian, who names one.</summary>
    private static async Task<bool> IsOfAge(Guid studentId, People people, TimeProvider time, CancellationToken ct)
    {
        if (await people.ByRole(studentId, ct) is not { } student) return false;
        return student.BirthDate is not { } born || born.AddYears(Guardian.AgeOfMajority) <= DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
    }

    private static async Task<List<RecordingView>> Rows(NpgsqlDataSource database, Guid lessonId, Guid? recordingId, CancellationToken ct)
    {
        await using var read = database.Command("""
            select id, provider, kind, media_type, size, from_at, to_at, state, sha256 from recordings
            where lesson_id = $1 and ($2::uuid is null or id = $2) order by from_at, id limit $3
            """, lessonId, recordingId, 10 * Recording.MostOfALesson);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new List<RecordingView>();
        while (await rows.ReadAsync(ct))
            found.Add(new RecordingView(rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetString(3), rows.IsDBNull(4) ? null : rows.GetInt64(4),
                rows.Instant(5), rows.Instant(6), rows.GetString(7), rows.IsDBNull(8) ? null : rows.GetString(8)));
        return found;
    }

    private static async Task Log(NpgsqlDataSource database, Guid recordingId, Guid personId, Part part, DateTimeOffset now, CancellationToken ct)
    {
        await using var write = database.Command("""
            insert into recording_views (recording_id, person_id, hour, part, first_at, last_at, requests)
            values ($1, $2, date_trunc('hour', $3::timestamptz, 'UTC'), $4, $3, $3, 1)
            on conflict (recording_id, person_id, hour) do update set last_at = excluded.last_at, requests = recording_views.requests + 1
            """, recordingId, personId, now, part.ToString().ToLowerInvariant());
        await write.ExecuteNonQueryAsync(ct);
    }
}

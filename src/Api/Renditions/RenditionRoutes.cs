using System.Globalization;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Recordings;

namespace Muse.Api.Renditions;

/// <summary>What is made of a recording, and how far it is.</summary>
/// <param name="Kind"><c>waveform</c>, <c>poster</c>, <c>merged</c>, <c>aac</c>.</param>
/// <param name="State"><c>waiting</c>, <c>making</c>, <c>made</c>, <c>failed</c>; <c>unavailable</c>: this server has no ffmpeg.</param>
/// <param name="Progress">Part of 1.</param>
/// <param name="Size">Bytes, once made.</param>
/// <param name="File">Below the viewing's address, once made; null of <c>aac</c>, which the playlists name.</param>
public sealed record RenditionView(string Kind, string State, double Progress, long? Size, string? File);

public sealed record RenditionList(IReadOnlyList<RenditionView> Items);

public static class RenditionRoutes
{
    private const string Tag = "Recordings";

    public static IEndpointRouteBuilder MapRenditions(this IEndpointRouteBuilder app)
    {
        app.MapPost("/v1/lessons/{id:guid}/recordings/{recordingId:guid}/merged", Merge).RequireAuthorization()
            .Described("mergeRecording", Tag, "Have one MP4 made of everybody side by side, at low priority; repeatable",
                [RecordingViewers.NotYours, RecordingViewers.Withdrawn, "recording_not_ready", "not_supported"])
            .Produces<RenditionView>(StatusCodes.Status202Accepted);
        var viewings = app.MapViewings();
        viewings.MapGet("/renditions", List)
            .Described("listRenditions", Tag, "What is made of a recording besides what was sent, and how far it is").Produces<RenditionList>();
        viewings.MapGet("/waveform.json", (string ticket, Shown shown, RecordingFolders folders, HttpContext http, CancellationToken ct) =>
                File(ticket, DrawWaveform.File, "application/json", shown, folders, http, ct))
            .Described("getWaveform", Tag, "Loudness of each sound track, and the passages in which anybody is heard").Produces<Waveform>();
        viewings.MapGet("/poster.png", (string ticket, Shown shown, RecordingFolders folders, HttpContext http, CancellationToken ct) =>
                File(ticket, DrawPoster.File, "image/png", shown, folders, http, ct))
            .Described("getPoster", Tag, "A picture for where it is not played yet: how loud each of the people was; nobody is to be seen in it")
            .Produces<byte[]>(StatusCodes.Status200OK, "image/png");
        viewings.MapGet("/merged.mp4", (string ticket, Shown shown, RecordingFolders folders, HttpContext http, CancellationToken ct) =>
                File(ticket, MergeSides.File, "video/mp4", shown, folders, http, ct))
            .Described("getMerged", Tag, "Everybody side by side in one MP4, whole or a range of it").Produces<byte[]>(StatusCodes.Status200OK, "video/mp4");
        return app;
    }

    private static async Task<IResult> Merge(
        Guid id, Guid recordingId, Caller caller, RecordingViewers viewers, RoomRecordingRows recordings, RenditionRows rows, MakeRenditions makes, CancellationToken ct)
    {
        if (await recordings.Find(recordingId, ct) is not { } row || row.LessonId != id) return Problems.NotFound();
        var (_, refused) = await viewers.Find(id, row, caller, ct);
        if (refused is not null) return refused;
        if (!row.IsFinalised) return ReviewRecording.NotReady();
        if (makes.Ffmpeg.Missing is not null)
            return Problems.Of(StatusCodes.Status409Conflict, "not_supported", "This server has no ffmpeg, and cannot make a file of a recording.");
        await makes.Want(recordingId, MergeSides.Name, ct);
        return TypedResults.Accepted((string?)null, View((await rows.Of(recordingId, ct)).First(each => each.Kind == MergeSides.Name), makes));
    }

    private static async Task<IResult> List(string ticket, Shown shown, RenditionRows rows, MakeRenditions makes, CancellationToken ct)
    {
        if (await shown.Find(ticket, ct) is not { } found) return Problems.NotFound();
        var known = await rows.Of(found.Row.Id, ct);
        return TypedResults.Ok(new RenditionList([.. known.Select(row => View(row, makes))]));
    }

    private static async Task<IResult> File(
        string ticket, string name, string type, Shown shown, RecordingFolders folders, HttpContext http, CancellationToken ct)
    {
        if (await shown.Find(ticket, ct) is not { } found) return Problems.NotFound();
        var path = Path.Combine(folders.RenditionsOf(found.Row.Id), name);
        if (!System.IO.File.Exists(path)) return Problems.NotFound();
        if (name == MergeSides.File)
        {
            http.Response.Headers.ContentDisposition = string.Create(CultureInfo.InvariantCulture,
                $"attachment; filename=\"lesson-{found.Row.StartedAt.ToString("uuuu-MM-dd-HHmm", CultureInfo.InvariantCulture)}-merged.mp4\"");
        }
        return TypedResults.PhysicalFile(path, type, enableRangeProcessing: true);
    }

    private static RenditionView View(RenditionRow row, MakeRenditions makes) => new(
        row.Kind, row.State is "waiting" or "making" && makes.Ffmpeg.Missing is not null ? "unavailable" : row.State, Math.Round(row.Progress, 3), row.Size,
        row.State != "made" ? null : row.Kind switch { MergeSides.Name => MergeSides.File, DrawWaveform.Name => DrawWaveform.File, DrawPoster.Name => DrawPoster.File, _ => null });
}

using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Ffmpeg;
using Muse.Adapters.Postgres;
using Muse.Api.OpenApi;
using Muse.Api.Projections;
using Muse.Api.Recordings;
using Muse.Api.Rooms;
using NodaTime;
using Npgsql;

namespace Muse.Api.Health;

public sealed record StoppedHealth(long Sequence, string Error);

public sealed record ProjectionHealth(
    string Name, long Position, long Behind,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StoppedHealth? Stopped);

public sealed record ErrandHealth(long Waiting, long Dead);

/// <param name="DataChannels">False when libusrsctp is not installed: rooms work without them.</param>
/// <param name="Ffmpeg">False when it is not installed: recordings have no waveform and no other renditions.</param>
public sealed record MediaState(
    string State, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Port,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? DataChannels, bool Ffmpeg);

/// <param name="Status"><c>ok</c> when everything serves, else <c>failing</c>.</param>
/// <param name="Database"><c>ok</c> or <c>unreachable</c>.</param>
/// <param name="Migrations"><c>ok</c>, <c>pending</c> or <c>unknown</c>.</param>
/// <param name="Shelf">Of the bucket for recordings: <c>ok</c>, <c>unknown</c> until it has answered, or why it does not serve; null without one. Lessons
/// and their recording go on without it, so it is not part of the status.</param>
/// <param name="Errands"><c>waiting</c> and <c>dead</c> counts; null when the database is unreachable.</param>
public sealed record HealthReport(
    string Status, string Database, string Migrations, IReadOnlyList<ProjectionHealth> Projections, ErrandHealth? Errands, MediaState Media,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Shelf = null);

/// <summary>
/// What serves and what does not. For everyone, because watchdogs have no account; so it names no person and no machine, and the text of
/// an error stays inside (administrators see it at <c>/v1/admin/projections</c>).
/// </summary>
internal static class Health
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Errands this long overdue mean that nobody runs them.</summary>
    private static readonly Duration MostOverdue = Duration.FromMinutes(15);

    public static void MapHealth(this IEndpointRouteBuilder app) => app
        .MapGet("/v1/health", Report)
        .AllowAnonymous()
        .Described("getHealth", "The server", "State of the database, read models, errands and media; 200 only when all serve", ["unavailable"]);

    private static async Task<Results<Ok<HealthReport>, JsonHttpResult<HealthReport>>> Report(
        EventStore store, ErrandQueue queue, FfmpegProgram ffmpeg, IServiceProvider services, HttpContext http, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        var media = services.GetService<MediaHost>()?.Health;
        var mediaState = new MediaState(media?.State ?? "absent", media?.Port, media?.DataChannels, ffmpeg.Missing is null);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(Patience);
        HealthReport report;
        try
        {
            var pending = await Pending(store.Source, patience.Token);
            var projections = await store.ProjectionStates(patience.Token);
            var errands = await queue.Counts(patience.Token);
            var serves = !pending && projections.All(state => state.StoppedAt is null) && errands.Overdue <= MostOverdue && media?.Serves is not false;
            report = new HealthReport(
                serves ? "ok" : "failing", "ok", pending ? "pending" : "ok",
                [.. projections.Select(ProjectionEndpoints.View).Select(view => new ProjectionHealth(
                    view.Name, view.Position, view.Behind,
                    view.Stopped is { } stopped ? new StoppedHealth(stopped.Sequence, "See /v1/admin/projections.") : null))],
                new ErrandHealth(errands.Waiting, errands.Dead), mediaState, services.GetService<WatchShelf>()?.State);
        }
        catch (Exception broken) when (!ct.IsCancellationRequested && broken is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            report = new HealthReport("failing", "unreachable", "unknown", [], null, mediaState);
        }
        return report.Status == "ok"
            ? TypedResults.Ok(report)
            : TypedResults.Json(report, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<bool> Pending(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.Command("select count(*) from schema_migrations where number = any($1)",
            Migration.OfMuse.Select(migration => migration.Number).ToArray());
        return (long)(await command.ExecuteScalarAsync(ct))! < Migration.OfMuse.Count;
    }
}

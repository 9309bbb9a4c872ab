using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain;
using NodaTime;

namespace Muse.Api.Errands;

/// <summary>What an administrator sees of an errand; its body may name people and stays inside.</summary>
/// <param name="State"><c>waiting</c> or <c>dead</c>.</param>
public sealed record ErrandView(Guid Id, string Kind, string State, Guid CausedBy, Instant DueAt, int Attempts, string? LastError, Instant CreatedAt, Instant? DeadAt);

public static class ErrandEndpoints
{
    private const string Tag = "The server";

    /// <summary>Runs errands in this server. Handlers are registered beside what they do, as <see cref="IErrandHandler"/>.</summary>
    public static IServiceCollection AddErrands(this IServiceCollection services) => services
        .AddHostedService<RunErrands>().AddHostedService<ForgetErrands>();

    public static IEndpointRouteBuilder MapErrands(this IEndpointRouteBuilder app)
    {
        var errands = app.MapGroup("/v1/admin/errands");
        errands.MapGet("", List)
            .Described("listErrands", Tag, "Errands that wait or are dead, oldest first", ["not_allowed", "unknown_state", "malformed_cursor", "out_of_range"]);
        errands.MapPost("{id:guid}/replay", Replay).Described("replayErrand", Tag, "Start a dead errand anew", ["not_allowed"]);
        return app;
    }

    private static async Task<Results<Ok<Page<ErrandView>>, ProblemHttpResult>> List(
        Caller? caller, ErrandQueue queue, CancellationToken ct, string? state = null, string? after = null, int? limit = null)
    {
        if (Admins.Refuse(caller) is { } refused) return refused;
        if (state is not (null or "waiting" or "dead"))
            return Problems.From(Refusal.Invalid("unknown_state", "state is waiting or dead."));
        if (Cursor.Limit(limit, out var most) is { } tooMany) return Problems.From(tooMany);
        if (Cursor.TryRead<Position>(after, out var position) is { } malformed) return Problems.From(malformed);
        var rows = await queue.List(state is "dead", position is null ? null : (Instant.FromUnixTimeTicks(position.CreatedAtTicks), position.Id), most + 1, ct);
        var views = rows.Select(row => new ErrandView(
            row.Id, row.Kind, row.DeadAt is null ? "waiting" : "dead", row.CausedBy, row.DueAt, row.Attempts, row.LastError, row.CreatedAt, row.DeadAt)).ToList();
        return TypedResults.Ok(Cursor.PageOf(views, most, view => new Position(view.CreatedAt.ToUnixTimeTicks(), view.Id)));
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> Replay(Guid id, Caller? caller, ErrandQueue queue, CancellationToken ct)
    {
        if (Admins.Refuse(caller) is { } refused) return refused;
        return await queue.Replay(id, new Actor(caller!.PersonId, Role.Admin), ct)
            ? TypedResults.Accepted((string?)null)
            : Problems.From(Refusal.NotFound("There is no dead errand with this id."));
    }

    private sealed record Position(long CreatedAtTicks, Guid Id);
}

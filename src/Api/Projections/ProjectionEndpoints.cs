using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain;

namespace Muse.Api.Projections;

/// <param name="Sequence">The event that could not be applied.</param>
public sealed record StoppedView(long Sequence, string Error);

/// <param name="Lifecycle"><c>inline</c> or <c>async</c>.</param>
/// <param name="Behind">Sequence numbers still to read.</param>
public sealed record ProjectionView(string Name, int Version, string Lifecycle, long Position, long Behind, StoppedView? Stopped);

public sealed record ProjectionsView(IReadOnlyList<ProjectionView> Items);

public static class ProjectionEndpoints
{
    private const string Tag = "The server";

    /// <summary>Runs the async projections in this server. Each is registered beside its table, as <see cref="IProjection"/>.</summary>
    public static IServiceCollection AddProjections(this IServiceCollection services) => services.AddHostedService<RunProjections>();

    public static IEndpointRouteBuilder MapProjections(this IEndpointRouteBuilder app)
    {
        var projections = app.MapGroup("/v1/admin/projections");
        projections.MapGet("", List).Described("listProjections", Tag, "How far each read model is, and what stopped it", ["not_allowed"]);
        projections.MapPost("{name}/rebuild", Rebuild).Described("rebuildProjection", Tag, "Empty a read model and build it from all events", ["not_allowed"]);
        return app;
    }

    public static ProjectionView View(ProjectionState state) => new(
        state.Name, state.Version, state.Lifecycle == ProjectionLifecycle.Inline ? "inline" : "async", state.Position, state.Behind,
        state.StoppedAt is { } at ? new StoppedView(at, state.StoppedBy ?? "") : null);

    private static async Task<Results<Ok<ProjectionsView>, ProblemHttpResult>> List(Caller? caller, EventStore store, CancellationToken ct)
    {
        if (Admins.Refuse(caller) is { } refused) return refused;
        var states = await store.ProjectionStates(ct);
        return TypedResults.Ok(new ProjectionsView([.. states.Select(View)]));
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> Rebuild(string name, Caller? caller, EventStore store, CancellationToken ct)
    {
        if (Admins.Refuse(caller) is { } refused) return refused;
        var projection = store.Projections.FirstOrDefault(p => p.Name == name);
        if (projection is null) return Problems.From(Refusal.NotFound("There is no projection with this name."));
        // Not with the request's token: whoever closes the browser must not leave it half asked for.
        await store.Rebuild(projection, CancellationToken.None);
        return TypedResults.Accepted((string?)null);
    }
}

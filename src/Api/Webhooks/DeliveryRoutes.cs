using System.Text.Json.Serialization;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Api.ApiKeys;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain;
using Muse.Domain.ApiKeys;
using NodaTime;

namespace Muse.Api.Webhooks;

/// <param name="Number">Counted from 1; a number is missing when the server died in the middle of it.</param>
/// <param name="DurationMs">From the connection to the answer's head.</param>
/// <param name="Status">Of HTTP; null when there was no answer.</param>
/// <param name="Error"><c>timeout</c>, <c>name_not_found</c>, <c>not_reached</c>, <c>tls</c>, <c>bad_answer</c> or <c>no_secret</c>; null when there was an answer.</param>
public sealed record AttemptShape(int Number, Instant At, int DurationMs, int? Status, string? Error);

/// <param name="Id">The <c>webhook-id</c> header, the same at every attempt and replay.</param>
/// <param name="EventId">Of the feed; of a test event nobody's.</param>
/// <param name="State"><c>waiting</c>, <c>delivered</c> or <c>failed</c>.</param>
/// <param name="DueAt">When it is tried next; while an earlier one of the same lesson waits, behind that.</param>
public sealed record DeliveryShape(
    string Id, Guid EndpointId, Guid EventId, string Type, string State, Instant MadeAt, Instant? DueAt, int Attempts, Instant? SettledAt, int? LastStatus,
    string? LastError,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Body = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<AttemptShape>? Log = null);

/// <param name="Since">Of the events, within thirty days.</param>
/// <param name="Until">Now when left out.</param>
/// <param name="All">What was taken, too; left out, what failed and what was never sent.</param>
/// <param name="After">The last answer's <c>next</c>.</param>
public sealed record WantedReplay(Instant Since, Instant? Until = null, bool All = false, string? After = null);

/// <param name="Count">How many wait now.</param>
/// <param name="Next">There may be more: ask again with it as <c>after</c>.</param>
public sealed record Replayed(int Count, string? Next);

internal sealed class WantedReplayRules : AbstractValidator<WantedReplay>
{
    public WantedReplayRules(TimeProvider time)
    {
        RuleFor(replay => replay.Since).Must(since => since >= Instant.FromDateTimeOffset(time.GetUtcNow()) - ForgetDeliveries.Kept)
            .WithErrorCode("out_of_range").WithMessage("Within the last 30 days.");
        RuleFor(replay => replay.Until).Must((replay, until) => until is null || until > replay.Since).WithErrorCode("out_of_range").WithMessage("Behind since.");
    }
}

/// <summary><c>/v1/webhooks/deliveries</c>: the log of thirty days, replaying, and test events.</summary>
internal static class DeliveryRoutes
{
    private const string Tag = "Webhooks";
    private const string Path = "/v1/webhooks/deliveries";
    private const string Prefix = "msg_";

    /// <summary>Events of one replay of a range.</summary>
    private const int MostReplayed = 1_000;

    private const int MostTestsOfADay = 100;

    private static readonly string[] States = ["waiting", "delivered", "failed"];

    private sealed record Place(long MadeTicks, Guid Id);

    private sealed record Position(long Value);

    public static void MapDeliveries(this IEndpointRouteBuilder app)
    {
        app.MapGet(Path, List).ForKeys(ApiScope.WebhooksManage)
            .Described("listWebhookDeliveries", Tag, "What was sent in the last thirty days, newest first; of an endpoint, a state, a type, a lesson",
                ["not_allowed", "unknown_state", "malformed_cursor", "out_of_range"]);
        app.MapGet(Path + "/{id}", Read).ForKeys(ApiScope.WebhooksManage).Described("getWebhookDelivery", Tag, "One delivery with its body and its attempts");
        app.MapPost(Path + "/{id}/replay", Replay).ForKeys(ApiScope.WebhooksManage)
            .Described("replayWebhookDelivery", Tag, "Send it again, with the same id", ["endpoint_disabled"]);
        app.MapPost("/v1/webhooks/endpoints/{id:guid}/replay", ReplayRange).ForKeys(ApiScope.WebhooksManage).Validated<WantedReplay>()
            .Described("replayWebhookRange", Tag, "Send again what happened in a time: what failed, and what was never sent because it was disabled",
                ["endpoint_disabled", "out_of_range", "malformed_cursor"], new WantedReplay(Instant.FromUtc(2026, 12, 7, 7, 30)));
        app.MapPost("/v1/webhooks/endpoints/{id:guid}/test", Test).ForKeys(ApiScope.WebhooksManage).Idempotent()
            .Described("testWebhookEndpoint", Tag, "Send it an event of the type webhook.test", ["endpoint_disabled", "too_many_tests"]);
    }

    private static async Task<Results<Ok<Page<DeliveryShape>>, ProblemHttpResult>> List(
        Caller caller, EndpointDesk desk, DeliveryLog log, CancellationToken ct,
        Guid? endpoint = null, string? state = null, string? type = null, Guid? lesson = null, string? after = null, int? limit = null)
    {
        if (!await desk.May(caller, ct))
            return Integrators.Refuse();
        if (state is not null && !States.Contains(state))
            return Problems.From(Refusal.Invalid("unknown_state", $"A state is one of {string.Join(", ", States)}."));
        if (Cursor.TryRead<Place>(after, out var place) is { } malformed)
            return Problems.From(malformed);
        if (Cursor.Limit(limit, out var most) is { } outside)
            return Problems.From(outside);
        Guid[] own = [.. (await desk.Of(caller, ct)).Select(row => row.Id).Where(id => endpoint is null || id == endpoint)];
        var found = await log.List(own, state, type, lesson, place is null ? null : Instant.FromUnixTimeTicks(place.MadeTicks), place?.Id, most + 1, ct);
        var page = Cursor.PageOf(found, most, last => new Place(last.MadeAt.ToUnixTimeTicks(), last.Id));
        return TypedResults.Ok(new Page<DeliveryShape>([.. page.Items.Select(View)], page.Next));
    }

    private static async Task<Results<Ok<DeliveryShape>, ProblemHttpResult>> Read(string id, Caller caller, EndpointDesk desk, DeliveryLog log, CancellationToken ct)
    {
        if (await Find(id, caller, desk, log, ct) is not var (_, row))
            return Problems.NotFound();
        // The attempts first: what is said of the delivery is then never older than they are.
        var attempts = await log.AttemptsOf(row.Id, ct);
        return await log.Find(row.Id, ct) is { } now ? TypedResults.Ok(View(now) with { Body = now.Body, Log = attempts }) : Problems.NotFound();
    }

    private static async Task<Results<Accepted<DeliveryShape>, ProblemHttpResult>> Replay(
        string id, Caller caller, EndpointDesk desk, DeliveryLog log, DeliverWebhooks worker, CancellationToken ct)
    {
        if (await Find(id, caller, desk, log, ct) is not var (endpoint, row))
            return Problems.NotFound();
        if (endpoint.Disabled is not null)
            return Disabled();
        await log.Replay(row.Id, desk.Now, ct);
        worker.Look();
        return TypedResults.Accepted($"{Path}/{id}", View((await log.Find(row.Id, ct))!));
    }

    private static async Task<Results<Ok<Replayed>, ProblemHttpResult>> ReplayRange(
        Guid id, WantedReplay wanted, Caller caller, EndpointDesk desk, FanOut fanOut, DeliverWebhooks worker, CancellationToken ct)
    {
        if (await desk.Find(id, caller, ct) is not { } endpoint)
            return Problems.NotFound();
        if (endpoint.Disabled is not null)
            return Disabled();
        if (Cursor.TryRead<Position>(wanted.After, out var after) is { } malformed)
            return Problems.From(malformed);
        var (count, next) = await fanOut.Replay(id, wanted.Since, wanted.Until ?? desk.Now, wanted.All, after?.Value ?? 0, MostReplayed, ct);
        worker.Look();
        return TypedResults.Ok(new Replayed(count, next is { } last ? Cursor.Of(new Position(last)) : null));
    }

    private static async Task<Results<Accepted<DeliveryShape>, ProblemHttpResult>> Test(
        Guid id, Caller caller, EndpointDesk desk, FanOut fanOut, DeliveryLog log, DeliverWebhooks worker, CancellationToken ct)
    {
        if (await desk.Find(id, caller, ct) is not { } endpoint)
            return Problems.NotFound();
        if (endpoint.Disabled is not null)
            return Disabled();
        if (await fanOut.Test(id, MostTestsOfADay, ct) is not { } delivery || await log.Find(delivery, ct) is not { } row)
            return Problems.From(new Refusal("too_many_tests", $"At most {MostTestsOfADay} test events of an endpoint within a day."));
        worker.Look();
        return TypedResults.Accepted($"{Path}/{Prefix}{delivery:n}", View(row));
    }

    private static ProblemHttpResult Disabled() => Problems.From(new Refusal("endpoint_disabled", "Nothing is sent to this endpoint; enable it first."));

    private static async Task<(EndpointRow Endpoint, DeliveryRow Row)?> Find(string id, Caller caller, EndpointDesk desk, DeliveryLog log, CancellationToken ct) =>
        id.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParseExact(id[Prefix.Length..], "n", out var delivery)
        && await log.Find(delivery, ct) is { } row && await desk.Find(row.EndpointId, caller, ct) is { } endpoint ? (endpoint, row) : null;

    private static DeliveryShape View(DeliveryRow row) => new(
        $"{Prefix}{row.Id:n}", row.EndpointId, row.EventId, row.Type, row.State, row.MadeAt, row.State == "waiting" ? row.DueAt : null, row.Attempts, row.SettledAt,
        row.LastStatus, row.LastError);
}

using System.Text.Json.Serialization;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Webhooks;
using Muse.Api.ApiKeys;
using Muse.Api.Feed;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain;
using Muse.Domain.ApiKeys;
using Muse.Domain.Webhooks;
using NodaTime;
using Npgsql;

namespace Muse.Api.Webhooks;

/// <param name="Url">https; it must lead to a public address.</param>
/// <param name="Types">Of public events; all when left out or empty.</param>
/// <param name="Test">True: of the own sandbox. Left out: as the key is; of a signed-in person live.</param>
public sealed record WantedEndpoint(string Url, IReadOnlyList<string>? Types = null, bool? Test = null);

/// <summary>What is left out stays.</summary>
public sealed record ChangedEndpoint(string? Url = null, IReadOnlyList<string>? Types = null);

/// <param name="Secret">What its webhooks are signed with; shown once.</param>
/// <param name="OldUntil">Of a rotation: until when they are signed with the one before, too.</param>
public sealed record EndpointSecret(
    Guid Id, string Secret, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Instant? OldUntil = null);

/// <param name="Types">Empty: all.</param>
/// <param name="Test">It hears of the own sandbox only.</param>
/// <param name="Disabled">Why nothing is sent: <c>asked</c>, <c>gone</c> (it answered 410) or <c>failing</c> (it took nothing for five days); null while it is sent to.</param>
/// <param name="FailingSince">Nothing was taken since.</param>
/// <param name="OldSecretUntil">While it is signed with two secrets.</param>
public sealed record EndpointShape(
    Guid Id, string Url, IReadOnlyList<string> Types, bool Test, Instant MadeAt, string? Disabled, Instant? DisabledAt, Instant? FailingSince,
    Instant? OldSecretUntil, long Version);

/// <summary>Oldest first.</summary>
public sealed record EndpointList(IReadOnlyList<EndpointShape> Items);

internal sealed class WantedEndpointRules : AbstractValidator<WantedEndpoint>
{
    public WantedEndpointRules() =>
        RuleFor(endpoint => endpoint.Types).Must(types => types is null || types.Count <= PublicEvents.Types.Count).WithErrorCode("too_many")
            .WithMessage($"At most {PublicEvents.Types.Count}.");
}

internal sealed class ChangedEndpointRules : AbstractValidator<ChangedEndpoint>
{
    public ChangedEndpointRules() =>
        RuleFor(endpoint => endpoint.Types).Must(types => types is null || types.Count <= PublicEvents.Types.Count).WithErrorCode("too_many")
            .WithMessage($"At most {PublicEvents.Types.Count}.");
}

/// <summary><c>/v1/webhooks/endpoints</c>: an integrator's own, signed in or by a key, which sees those of its world.</summary>
internal static class EndpointRoutes
{
    private const string Tag = "Webhooks";
    private const string Path = "/v1/webhooks/endpoints";
    private const string One = Path + "/{id:guid}";

    private static readonly string[] OfAnUrl = ["wrong_url", "url_not_found", "url_not_public"];

    public static void MapEndpoints(this IEndpointRouteBuilder app)
    {
        // Not idempotent on purpose: the answer is a secret that nobody shows again.
        app.MapPost(Path, Make).ForKeys(ApiScope.WebhooksManage).Validated<WantedEndpoint>()
            .Described("createWebhookEndpoint", Tag, "Have what happens posted to an address; the secret is shown once",
                ["not_allowed", "unknown_type", "too_many", "wrong_world", "too_many_endpoints", .. OfAnUrl],
                new WantedEndpoint("https://timetable.example.org/muse", ["lesson.booked", "lesson.moved", "lesson.cancelled"]));
        app.MapGet(Path, List).ForKeys(ApiScope.WebhooksManage).Described("listWebhookEndpoints", Tag, "The own endpoints", ["not_allowed"]);
        app.MapGet(One, Read).ForKeys(ApiScope.WebhooksManage).Described("getWebhookEndpoint", Tag, "One endpoint");
        app.MapPatch(One, Change).ForKeys(ApiScope.WebhooksManage).Validated<ChangedEndpoint>()
            .Described("changeWebhookEndpoint", Tag, "Give it another address or other types",
                ["unknown_type", "too_many", .. OfAnUrl, .. DescribedRoutes.Preconditions], new ChangedEndpoint(Types: ["lesson.booked"]));
        app.MapDelete(One, Remove).ForKeys(ApiScope.WebhooksManage).Described("removeWebhookEndpoint", Tag, "Remove it with its secret and its log");
        app.MapPost(One + "/disable", Disable).ForKeys(ApiScope.WebhooksManage)
            .Described("disableWebhookEndpoint", Tag, "Send it nothing more; what waits is given up");
        app.MapPost(One + "/enable", Enable).ForKeys(ApiScope.WebhooksManage)
            .Described("enableWebhookEndpoint", Tag, "Send to it again; what it missed is replayed only when asked for");
        app.MapPost(One + "/rotate-secret", Rotate).ForKeys(ApiScope.WebhooksManage)
            .Described("rotateWebhookSecret", Tag, "Sign with another secret; for a day with both");
    }

    private static async Task<Results<Created<EndpointSecret>, ProblemHttpResult>> Make(
        WantedEndpoint wanted, Caller caller, EndpointDesk desk, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!await desk.May(caller, ct))
            return Integrators.Refuse();
        var (id, secret) = (Guid.CreateVersion7(time.GetUtcNow()), WebhookSecret.Make());
        return await desk.Make(id, wanted, secret, caller, ct) is { } refused
            ? Problems.From(refused)
            : TypedResults.Created($"{Path}/{id}", new EndpointSecret(id, secret.Reveal()));
    }

    private static async Task<Results<Ok<EndpointList>, ProblemHttpResult>> List(Caller caller, EndpointDesk desk, CancellationToken ct) =>
        await desk.May(caller, ct)
            ? TypedResults.Ok(new EndpointList([.. (await desk.Of(caller, ct)).Select(row => View(row, desk.Now))]))
            : Integrators.Refuse();

    private static async Task<Results<Ok<EndpointShape>, ProblemHttpResult>> Read(Guid id, Caller caller, EndpointDesk desk, HttpContext http, CancellationToken ct)
    {
        if (await desk.Find(id, caller, ct) is not { } row)
            return Problems.NotFound();
        ETags.Put(http, row.Version);
        return TypedResults.Ok(View(row, desk.Now));
    }

    private static async Task<Results<Ok<EndpointShape>, ProblemHttpResult>> Change(
        Guid id, ChangedEndpoint wanted, Caller caller, EndpointDesk desk, HttpContext http, CancellationToken ct)
    {
        if (EndpointDesk.Unknown(wanted.Types ?? []) is { } unknown)
            return Problems.From(unknown);
        if (await desk.Find(id, caller, ct) is null)
            return Problems.NotFound();
        var seen = IfMatch.Required(http);
        if (wanted.Url is { } url && await desk.WhyNot(url, ct) is { } wrong)
            return Problems.From(wrong);
        return await desk.Decided(id, caller.As(Role.Integrator), seen,
            endpoint => endpoint.Change(wanted.Url ?? endpoint.Url, wanted.Types ?? endpoint.Types, desk.Now), ct) is { } refused
            ? Problems.From(refused)
            : await Read(id, caller, desk, http, ct);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(Guid id, Caller caller, EndpointDesk desk, CancellationToken ct)
    {
        if (await desk.Find(id, caller, ct) is null)
            return Problems.NotFound();
        await desk.Decided(id, caller.As(Role.Integrator), null, endpoint => endpoint.Remove(caller.PersonId, desk.Now), ct,
            (connection, cancel) => EndpointSecrets.Forget(connection, id, cancel));
        return TypedResults.NoContent();
    }

    private static Task<Results<Ok<EndpointShape>, ProblemHttpResult>> Disable(Guid id, Caller caller, EndpointDesk desk, HttpContext http, CancellationToken ct) =>
        Decide(id, caller, desk, endpoint => endpoint.Disable(WebhookDisabled.Asked, caller.PersonId, desk.Now), http, ct,
            (connection, cancel) => DeliveryRows.GiveUp(connection, id, desk.Now, cancel));

    private static Task<Results<Ok<EndpointShape>, ProblemHttpResult>> Enable(Guid id, Caller caller, EndpointDesk desk, HttpContext http, CancellationToken ct) =>
        Decide(id, caller, desk, endpoint => endpoint.Enable(caller.PersonId, desk.Now), http, ct,
            (connection, cancel) => DeliveryRows.Forgive(connection, id, cancel));

    private static async Task<Results<Ok<EndpointShape>, ProblemHttpResult>> Decide(
        Guid id, Caller caller, EndpointDesk desk, Func<WebhookEndpoint, Decision> decide, HttpContext http, CancellationToken ct,
        Func<NpgsqlConnection, CancellationToken, Task>? after = null)
    {
        if (await desk.Find(id, caller, ct) is null)
            return Problems.NotFound();
        return await desk.Decided(id, caller.As(Role.Integrator), null, decide, ct, after) is { } refused ? Problems.From(refused) : await Read(id, caller, desk, http, ct);
    }

    private static async Task<Results<Ok<EndpointSecret>, ProblemHttpResult>> Rotate(
        Guid id, Caller caller, EndpointDesk desk, EndpointSecrets secrets, HttpContext http, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await desk.Find(id, caller, ct) is null)
            return Problems.NotFound();
        var (secret, now) = (WebhookSecret.Make(), desk.Now);
        return await desk.Decided(id, caller.As(Role.Integrator), null, endpoint => endpoint.RotateSecret(now), ct,
            (connection, cancel) => secrets.Keep(connection, id, secret, cancel)) is { } refused
            ? Problems.From(refused)
            : TypedResults.Ok(new EndpointSecret(id, secret.Reveal(), (now + WebhookEndpoint.BothSign).Cut()));
    }

    private static EndpointShape View(EndpointRow row, Instant now) => new(
        row.Id, row.Url, row.Types, row.IsTest, row.MadeAt, row.Disabled, row.DisabledAt, row.FailingSince, row.OldUntil > now ? row.OldUntil : null, row.Version);
}

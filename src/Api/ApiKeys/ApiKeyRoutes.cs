using System.Text.Json.Serialization;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Domain;
using Muse.Domain.ApiKeys;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Api.ApiKeys;

/// <param name="Name">For people, 1 to 100 characters.</param>
/// <param name="Test">True: it works on the own sandbox only.</param>
/// <param name="ExpiresAt">Until it is revoked when left out; within ten years.</param>
public sealed record WantedApiKey(string Name, IReadOnlyList<string> Scopes, bool Test = false, Instant? ExpiresAt = null);

/// <param name="Secret">The key itself; shown once.</param>
/// <param name="OldUntil">Of a rotation: until when the secret before works, too.</param>
public sealed record NewApiKey(
    Guid Id, string Secret, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Instant? OldUntil = null);

/// <param name="UsedAt">When it was last used, to the minute.</param>
/// <param name="OldUntil">While the secret before the last rotation still works.</param>
public sealed record ApiKeyShape(
    Guid Id, Guid OwnerId, string OwnerName, string Name, IReadOnlyList<string> Scopes, bool Test, Instant MadeAt, Instant? ExpiresAt, Instant? UsedAt,
    Instant? RotatedAt, Instant? OldUntil);

internal sealed class WantedApiKeyRules : AbstractValidator<WantedApiKey>
{
    public WantedApiKeyRules() =>
        RuleFor(key => key.Scopes).Must(scopes => scopes.Count <= ApiScope.All.Count).WithErrorCode("too_many").WithMessage($"At most {ApiScope.All.Count}.");
}

/// <summary>Making, seeing, rotating and revoking API keys: an integrator's own, an administrator's everybody's to see and revoke. Never by a key.</summary>
public static class ApiKeyRoutes
{
    private const string Tag = "API keys";
    private const string Path = "/v1/api-keys";
    private const int MostTries = 5;

    private sealed record Place(long MadeTicks, Guid Id);

    public static void MapApiKeyRoutes(this IEndpointRouteBuilder app)
    {
        // Not idempotent on purpose: the answer is a secret that nobody keeps.
        app.MapPost(Path, Make).Validated<WantedApiKey>().Described("createApiKey", Tag, "Make an API key; it is shown once",
            ["not_allowed", "wrong_name", "no_scope", "unknown_scope", "too_many", "out_of_range", "too_many_api_keys"],
            new WantedApiKey("Timetable of the school", [ApiScope.PeopleRead, ApiScope.BookingsRead, ApiScope.BookingsWrite]));
        app.MapGet(Path, List).Described("listApiKeys", Tag, "The own API keys that still work; with everybody=true, for an administrator, all",
            ["not_allowed", "malformed_cursor", "out_of_range"]);
        app.MapPost(Path + "/{keyId:guid}/rotate", Rotate).Described("rotateApiKey", Tag, "Give a key another secret; for a day both work", ["not_allowed", "key_expired"]);
        app.MapDelete(Path + "/{keyId:guid}", Revoke).Described("revokeApiKey", Tag, "Revoke a key; it and its tokens are dead at once", ["not_allowed"]);
    }

    /// <summary>One stream for each integrator.</summary>
    public static Guid StreamOf(Guid ownerId) => NameBasedId.From(ownerId, "api-keys");

    private static async Task<Results<Created<NewApiKey>, ProblemHttpResult>> Make(
        WantedApiKey wanted, Caller caller, EventStore store, Integrators integrators, IPersonKeys keys, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!await integrators.May(caller.PersonId, ct))
            return Integrators.Refuse();
        if (ApiKeyRing.WrongName(wanted.Name) is { } wrong)
            return Problems.From(wrong);
        var (keyId, secret) = (Guid.CreateVersion7(time.GetUtcNow()), KeyText.Make(wanted.Test));
        var name = await keys.Seal(caller.PersonId, wanted.Name.Trim(), ct);
        return await Decided(caller.PersonId, caller, store,
            ring => ring.Make(keyId, name, wanted.Scopes, wanted.Test, KeyText.HashOf(secret), wanted.ExpiresAt, Instant.FromDateTimeOffset(time.GetUtcNow())), ct) is { } refused
            ? Problems.From(refused)
            : TypedResults.Created($"{Path}/{keyId}", new NewApiKey(keyId, secret));
    }

    private static async Task<Results<Ok<Page<ApiKeyShape>>, ProblemHttpResult>> List(
        Caller caller, ApiKeyRows rows, Integrators integrators, IPersonKeys names, People people, TimeProvider time, CancellationToken ct,
        bool everybody = false, string? after = null, int? limit = null)
    {
        if (!await integrators.May(caller.PersonId, ct) || (everybody && !caller.IsAdmin))
            return Integrators.Refuse();
        if (Cursor.TryRead<Place>(after, out var place) is { } malformed)
            return Problems.From(malformed);
        if (Cursor.Limit(limit, out var most) is { } outside)
            return Problems.From(outside);
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var found = await rows.Live(
            everybody ? null : caller.PersonId, now, place is null ? null : Instant.FromUnixTimeTicks(place.MadeTicks), place?.Id, most + 1, ct);
        var opened = await names.Open([.. found.Select(key => new SealedText(key.OwnerId, key.Name))], ct);
        var owners = await people.Of([.. found.Select(key => key.OwnerId).Distinct()], ct);
        var shapes = found.Zip(opened, (key, name) => new ApiKeyShape(
            key.Id, key.OwnerId, owners.GetValueOrDefault(key.OwnerId)?.DisplayName ?? "", name ?? "", key.Scopes, key.IsTest, key.MadeAt, key.ExpiresAt, key.UsedAt,
            key.RotatedAt, key.OldUntil > now ? key.OldUntil : null)).ToArray();
        return TypedResults.Ok(Cursor.PageOf(shapes, most, last => new Place(last.MadeAt.ToUnixTimeTicks(), last.Id)));
    }

    private static async Task<Results<Ok<NewApiKey>, ProblemHttpResult>> Rotate(
        Guid keyId, Caller caller, EventStore store, ApiKeyRows rows, Integrators integrators, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!await integrators.May(caller.PersonId, ct))
            return Integrators.Refuse();
        if (await rows.Find(keyId, ct) is not { } key || key.OwnerId != caller.PersonId)
            return Problems.NotFound();
        var (secret, now) = (KeyText.Make(key.IsTest), Instant.FromDateTimeOffset(time.GetUtcNow()));
        return await Decided(key.OwnerId, caller, store, ring => ring.Rotate(keyId, KeyText.HashOf(secret), now), ct) is { } refused
            ? Problems.From(refused)
            : TypedResults.Ok(new NewApiKey(keyId, secret, (now + ApiKeyRing.BothWork).Cut()));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(
        Guid keyId, Caller caller, EventStore store, ApiKeyRows rows, TimeProvider time, CancellationToken ct)
    {
        if (await rows.Find(keyId, ct) is not { } key || (key.OwnerId != caller.PersonId && !caller.IsAdmin))
            return Problems.NotFound();
        await Decided(key.OwnerId, caller, store, ring => ring.Revoke(keyId, caller.PersonId, Instant.FromDateTimeOffset(time.GetUtcNow())), ct);
        return TypedResults.NoContent();
    }

    /// <summary>Two who change one integrator's keys at once meet on the stream; nobody sent an If-Match, so the later one decides again.</summary>
    internal static async Task<Refusal?> Decided(Guid ownerId, Caller caller, EventStore store, Func<ApiKeyRing, Decision> decide, CancellationToken ct)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var session = store.OpenSession(caller.As(caller.PersonId == ownerId ? Role.Integrator : Role.Admin));
                var id = StreamOf(ownerId);
                var stream = await session.FetchForWriting<ApiKeyRing>(id, ct);
                var decision = decide(stream.Aggregate ?? ApiKeyRing.None(id, ownerId));
                if (decision.IsRefused)
                    return decision.Refusal;
                if (decision.ChangesNothing)
                    return null;
                stream.AppendMany(decision.Events);
                await session.SaveChangesAsync(ct);
                return null;
            }
            catch (Exception raced) when (raced is StaleVersion or StreamExists && tries < MostTries)
            {
            }
        }
    }
}

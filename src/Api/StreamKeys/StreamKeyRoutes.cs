using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Rooms;
using Muse.Domain.Lessons;
using Muse.Domain.StreamKeys;
using NodaTime;
using Npgsql;

namespace Muse.Api.StreamKeys;

/// <param name="Listeners">Of a key to watch: how many at a time; 1 when left out, which is oneself.</param>
/// <param name="ExpiresAt">Left out: 30 days after the lesson.</param>
public sealed record WantedStreamKey(StreamUse Use, int? Listeners = null, Instant? ExpiresAt = null);

internal sealed class WantedStreamKeyRules : AbstractValidator<WantedStreamKey>
{
    public WantedStreamKeyRules()
    {
        RuleFor(wanted => wanted.Use).IsInEnum();
        RuleFor(wanted => wanted.Listeners).InclusiveBetween(1, StreamKeyRing.MostListeners);
    }
}

/// <param name="Token">Shown once.</param>
/// <param name="Url">What OBS calls "server" (WHIP), or a player's address (WHEP).</param>
public sealed record NewStreamKey(Guid Id, StreamUse Use, int Listeners, string Token, string Url, Instant ExpiresAt);

/// <param name="IsOwn">Made by the caller.</param>
/// <param name="Sessions">How many use it now.</param>
/// <param name="Url">As when it was made.</param>
/// <param name="UsedAt">When it last let somebody in.</param>
public sealed record StreamKeyShape(
    Guid Id, StreamUse Use, Part MadeBy, bool IsOwn, int Listeners, int Sessions, string Url, Instant MadeAt, Instant ExpiresAt, Instant? UsedAt);

public sealed record StreamKeyList(IReadOnlyList<StreamKeyShape> Items);

/// <summary><c>/v1/lessons/{id}/stream-keys</c>: secrets by which an encoder publishes into a lesson, and players watch it.</summary>
internal static class StreamKeyRoutes
{
    private const string Path = "/v1/lessons/{id:guid}/stream-keys";
    private const string Tag = "Streams";

    public static IServiceCollection AddStreamKeys(this IServiceCollection services) => services
        .AddSingleton<StreamKeyRows>()
        .AddSingleton<IValidator<WantedStreamKey>, WantedStreamKeyRules>()
        .AddSingleton<IProjection>(provider => provider.GetRequiredService<StreamKeyRows>());

    public static void MapStreamKeys(this IEndpointRouteBuilder app)
    {
        // Not idempotent on purpose: the answer is a secret that nobody keeps.
        app.MapPost(Path, Make).Validated<WantedStreamKey>().Described("createStreamKey", Tag, "Make a stream key for OBS, another encoder, or players; its token is shown once",
            ["lesson_over", "out_of_range", "listeners_of_watch_keys_only", "guardian_needed", "not_allowed", "too_many_stream_keys"],
            new WantedStreamKey(StreamUse.Publish));
        app.MapGet(Path, List).Described("listStreamKeys", Tag, "The stream keys of a lesson that still work: one's own, for tutor and guardians all");
        app.MapDelete(Path + "/{keyId:guid}", Revoke).Described("revokeStreamKey", Tag, "Revoke a stream key; what runs by it ends at once", ["not_allowed"]);
    }

    /// <summary>One stream for each person and lesson.</summary>
    public static Guid StreamOf(Guid lessonId, Guid personId) => NameBasedId.From(lessonId, $"stream-keys:{personId}");

    private static async Task<Results<Created<NewStreamKey>, ProblemHttpResult>> Make(
        Guid id, WantedStreamKey wanted, Caller caller, EventStore store, NpgsqlDataSource database, TimeProvider time, HttpContext http,
        CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        await using var session = store.OpenSession(new Actor(caller.PersonId));
        if (await Of(session, id, caller, ct) is not { } found)
            return Problems.NotFound();
        var (lesson, who) = found;
        if (caller.NeedsGuardianFor(lesson.StudentId) is { } guardian)
            return Problems.From(guardian);
        var token = Tickets.RandomSecret();
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        var keysId = StreamOf(id, caller.PersonId);
        var stream = await session.FetchForWriting<StreamKeyRing>(keysId, ct);
        var keyId = Guid.CreateVersion7(time.GetUtcNow());
        var decision = (stream.Aggregate ?? StreamKeyRing.None(keysId, id)).Make(
            keyId, lesson, who, await IsChild(database, lesson.StudentId, ct), wanted.Use, wanted.Listeners ?? 1, Tickets.KeyOf(token), wanted.ExpiresAt, now);
        if (decision.IsRefused)
            return Problems.From(decision.Refusal);
        stream.AppendMany(decision.Events);
        await session.SaveChangesAsync(ct);
        var made = (StreamKeyMade)decision.Events[0];
        return TypedResults.Created(
            $"/v1/lessons/{id}/stream-keys/{keyId}", new NewStreamKey(keyId, made.Use, made.Listeners, token, UrlOf(http, id, made.Use), made.ExpiresAt));
    }

    private static async Task<Results<Ok<StreamKeyList>, ProblemHttpResult>> List(
        Guid id, Caller caller, EventStore store, StreamKeyRows rows, WhipSessions sessions, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        if (await Of(session, id, caller, ct) is not { } found)
            return Problems.NotFound();
        var keys = await rows.Of(id, Instant.FromDateTimeOffset(time.GetUtcNow()), ct);
        return TypedResults.Ok(new StreamKeyList(
        [
            .. keys.Where(key => StreamKeyRing.MayRevoke(found.Who, key.PersonId)).Select(key => new StreamKeyShape(
                key.Id, key.Use, key.Part, key.PersonId == caller.PersonId, key.Listeners, sessions.OfBearer(key.TokenHash).Count, UrlOf(http, id, key.Use),
                key.MadeAt, key.ExpiresAt, key.UsedAt)),
        ]));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(
        Guid id, Guid keyId, Caller caller, EventStore store, StreamKeyRows rows, WhipSessions sessions, TimeProvider time, CancellationToken ct)
    {
        await using var session = store.OpenSession(new Actor(caller.PersonId));
        if (await Of(session, id, caller, ct) is not { } found || await rows.Find(id, keyId, ct) is not { } key
            || !StreamKeyRing.MayRevoke(found.Who, key.PersonId))
            return Problems.NotFound();
        var stream = await session.FetchForWriting<StreamKeyRing>(key.StreamId, ct);
        if (stream.Aggregate is not { } keys)
            return Problems.NotFound();
        var decision = keys.Revoke(keyId, found.Who, Instant.FromDateTimeOffset(time.GetUtcNow()));
        if (!decision.ChangesNothing)
        {
            stream.AppendMany(decision.Events);
            await session.SaveChangesAsync(ct);
        }
        foreach (var running in sessions.OfBearer(key.TokenHash)) await sessions.End(running);
        return TypedResults.NoContent();
    }

    private static string UrlOf(HttpContext http, Guid lessonId, StreamUse use) =>
        $"{http.Request.Scheme}://{http.Request.Host}/v1/rooms/{lessonId}/{(use is StreamUse.Publish ? "whip" : "whep")}";

    private static async Task<(Lesson Lesson, Who Who)?> Of(EventSession session, Guid id, Caller caller, CancellationToken ct) =>
        await session.AggregateStreamAsync<Lesson>(id, ct) is { } lesson
        && lesson.PartOf(caller.TutorId, caller.StudentId, caller.Children.Contains(lesson.StudentId)) is { } part
            ? (lesson, new Who(caller.PersonId, part))
            : null;

    private static async Task<bool> IsChild(NpgsqlDataSource database, Guid studentId, CancellationToken ct)
    {
        await using var command = database.Command("select exists (select 1 from guardianships where student_id = $1)", studentId);
        return await command.ExecuteScalarAsync(ct) is true;
    }
}

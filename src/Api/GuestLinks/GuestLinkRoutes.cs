using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.OpenApi;
using Muse.Api.Rooms;
using Muse.Domain.GuestLinks;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.GuestLinks;

/// <param name="Link">Shown once.</param>
/// <param name="GoodUntil">When the lesson's room closes, as the lesson is planned now; the link moves with the lesson.</param>
public sealed record NewGuestLink(Guid Id, string Link, Instant MadeAt, Instant GoodUntil);

/// <param name="Guests">How many have come in by it, each once however often they came.</param>
public sealed record GuestLinkShape(Guid Id, Instant MadeAt, Instant GoodUntil, int Guests);

public sealed record GuestLinkList(IReadOnlyList<GuestLinkShape> Items);

/// <summary><c>/v1/lessons/{id}/guest-links</c>: addresses by which people without an account come before the door of a lesson's room.</summary>
internal static class GuestLinkRoutes
{
    private const string Path = "/v1/lessons/{id:guid}/guest-links";
    internal const string Tag = "Guests";

    public static IServiceCollection AddGuestLinks(this IServiceCollection services) => services
        .AddSingleton<GuestLinkRows>()
        .AddSingleton<IValidator<WantedGuestVisit>, WantedGuestVisitRules>()
        .AddSingleton<IProjection>(provider => provider.GetRequiredService<GuestLinkRows>());

    public static void MapGuestLinks(this IEndpointRouteBuilder app)
    {
        // Not idempotent on purpose: the answer is a secret that nobody keeps.
        app.MapPost(Path, Make).Described("createGuestLink", Tag, "Make a link by which guests come before the door of the lesson's room; it is shown once",
            ["not_allowed", "lesson_over", "lesson_cancelled", "not_built_in", "meeting_not_ready", "meeting_failed", "no_provider_allowed", "too_many_guest_links"]);
        app.MapGet(Path, List).Described("listGuestLinks", Tag, "The guest links of a lesson that still work", ["not_allowed"]);
        app.MapDelete(Path + "/{linkId:guid}", Revoke).Described("revokeGuestLink", Tag, "Revoke a guest link: nobody comes by it any more, who is in stays",
            ["not_allowed"]);
        app.MapVisitAsGuest();
    }

    /// <summary>One stream for each lesson.</summary>
    public static Guid StreamOf(Guid lessonId) => NameBasedId.From(lessonId, "guest-links");

    private static async Task<Results<Created<NewGuestLink>, ProblemHttpResult>> Make(
        Guid id, Caller caller, EventStore store, LessonDoors doors, TimeProvider time, HttpContext http, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        await using var session = store.OpenSession(new Actor(caller.PersonId));
        if (await Of(session, id, caller, ct) is not { } found)
            return Problems.NotFound();
        var (lesson, who) = found;
        if (LessonGuestLinks.MayNotInvite(who) is { } notTheirs)
            return Problems.From(notTheirs);
        var meeting = await doors.Find(id, ct);
        if (!lesson.IsClosed() && meeting.NotJoinable() is { } notJoinable)
            return Problems.From(notJoinable);
        var secret = Tickets.RandomSecret();
        var linksId = StreamOf(id);
        var stream = await session.FetchForWriting<LessonGuestLinks>(linksId, ct);
        var linkId = Guid.CreateVersion7(time.GetUtcNow());
        var decision = (stream.Aggregate ?? LessonGuestLinks.None(linksId, id)).Make(
            linkId, lesson, meeting.Provider, who, Tickets.KeyOf(secret), Instant.FromDateTimeOffset(time.GetUtcNow()));
        if (decision.IsRefused)
            return Problems.From(decision.Refusal);
        stream.AppendMany(decision.Events);
        await session.SaveChangesAsync(ct);
        var made = (GuestLinkMade)decision.Events[0];
        // The secret stands behind the #, so that it reaches no server's log.
        return TypedResults.Created($"/v1/lessons/{id}/guest-links/{linkId}",
            new NewGuestLink(linkId, $"{http.Request.Scheme}://{http.Request.Host}/guest#{secret}", made.At, GoodUntil(lesson)));
    }

    private static async Task<Results<Ok<GuestLinkList>, ProblemHttpResult>> List(
        Guid id, Caller caller, EventStore store, GuestLinkRows rows, TimeProvider time, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        if (await Of(session, id, caller, ct) is not { } found)
            return Problems.NotFound();
        if (LessonGuestLinks.MayNotInvite(found.Who) is { } notTheirs)
            return Problems.From(notTheirs);
        if (LessonGuestLinks.IsOver(found.Lesson, Instant.FromDateTimeOffset(time.GetUtcNow())))
            return TypedResults.Ok(new GuestLinkList([]));
        return TypedResults.Ok(new GuestLinkList(
            [.. (await rows.Of(id, ct)).Select(link => new GuestLinkShape(link.Id, link.MadeAt, GoodUntil(found.Lesson), link.Guests))]));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(
        Guid id, Guid linkId, Caller caller, EventStore store, GuestLinkRows rows, LiveRooms rooms, TimeProvider time, CancellationToken ct)
    {
        await using var session = store.OpenSession(new Actor(caller.PersonId));
        if (await Of(session, id, caller, ct) is not { } found)
            return Problems.NotFound();
        if (LessonGuestLinks.MayNotInvite(found.Who) is { } notTheirs)
            return Problems.From(notTheirs);
        if (await rows.Find(id, linkId, ct) is not { } link)
            return Problems.NotFound();
        var stream = await session.FetchForWriting<LessonGuestLinks>(link.StreamId, ct);
        if (stream.Aggregate is not { } links)
            return Problems.NotFound();
        var decision = links.Revoke(linkId, found.Who, Instant.FromDateTimeOffset(time.GetUtcNow()));
        if (decision.IsRefused)
            return Problems.From(decision.Refusal);
        if (!decision.ChangesNothing)
        {
            stream.AppendMany(decision.Events);
            await session.SaveChangesAsync(ct);
        }
        rooms.Find(id)?.WaitingRoom.Revoke(linkId);
        return TypedResults.NoContent();
    }

    private static Instant GoodUntil(Lesson lesson) => lesson.Time.End() + Lesson.ClosesAfter;

    private static async Task<(Lesson Lesson, Who Who)?> Of(EventSession session, Guid id, Caller caller, CancellationToken ct) =>
        await session.AggregateStreamAsync<Lesson>(id, ct) is { } lesson
        && lesson.PartOf(caller.TutorId, caller.StudentId, caller.Children.Contains(lesson.StudentId)) is { } part
            ? (lesson, new Who(caller.PersonId, part))
            : null;
}

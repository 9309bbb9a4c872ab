using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.OpenApi;
using Muse.Api.Rooms;
using Muse.Domain;
using Muse.Domain.GuestLinks;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.GuestLinks;

/// <param name="Secret">What stands behind the # of the link.</param>
/// <param name="Country">ISO 3166-1 alpha-2: where the guest sits. Some countries forbid rooms as this server has them.</param>
/// <param name="Visit">From the answer before: the same guest comes again, and does not wait again.</param>
public sealed record WantedGuestVisit(string Secret, string DisplayName, string Country, string? Visit = null);

internal sealed class WantedGuestVisitRules : AbstractValidator<WantedGuestVisit>
{
    private const int LongestSecret = 64;

    public WantedGuestVisitRules()
    {
        RuleFor(visit => visit.Secret).MaximumLength(LongestSecret).WithErrorCode("too_long");
        RuleFor(visit => visit.DisplayName).DisplayName();
        RuleFor(visit => visit.Country).Country();
        RuleFor(visit => visit.Visit).Length(Tickets.SecretLength).WithErrorCode("wrong_length");
    }
}

/// <param name="Visit">Names this guest: sent with the next visit, it makes that the same guest's. Secret.</param>
/// <param name="TutorName">Whose lesson it is; of the student nothing is told.</param>
/// <param name="Door">As joining a lesson answers.</param>
public sealed record GuestVisit(string Visit, string TutorName, Instant Start, Instant End, LessonDoor Door);

/// <summary><c>POST /v1/guest-visits</c>: somebody without an account comes before the door of a lesson's room.</summary>
internal static class VisitAsGuest
{
    private const int MostBytes = 4_096;

    public static void MapVisitAsGuest(this IEndpointRouteBuilder app) =>
        // Not idempotent on purpose: the ticket is good once, and another try wants another.
        app.MapPost("/v1/guest-visits", Handle)
            .AllowAnonymous()
            .WithMetadata(new RequestSizeLimitAttribute(MostBytes))
            .Validated<WantedGuestVisit>()
            .LimitedAs(Limit.GuestVisits)
            .Described("visitAsGuest", GuestLinkRoutes.Tag, "Come before the door of a lesson's room by a guest link, without an account",
                [.. PersonRules.NameCodes, "unknown_country", "guest_link_unknown", "guest_link_over", "not_allowed_in_country", "not_built_in", "room_not_open",
                    "room_full", "no_provider_allowed", "meeting_not_ready", "meeting_failed", "media_unavailable"],
                new WantedGuestVisit("xIGm8cjJT2XfSlI4JmmGkTq8dPZy5z2bqvDZ3YcJzGg", "Aunt Salma", "JO"));

    private static async Task<Results<Ok<GuestVisit>, ProblemHttpResult>> Handle(
        WantedGuestVisit wanted, EventStore store, GuestLinkRows rows, LessonDoors doors, LiveRooms rooms, People people, TimeProvider time, HttpContext http,
        CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        await using var session = store.OpenSession();
        if (await rows.BySecret(Tickets.KeyOf(wanted.Secret), ct) is not { } link
            || await session.AggregateStreamAsync<Lesson>(link.LessonId, ct) is not { } lesson
            || await people.ByRole(lesson.TutorId, ct) is not { } tutor)
            return Problems.From(new Refusal("guest_link_unknown", "There is no such link; it may be cut off.") { Kind = RefusalKind.NotFound });
        var meeting = await doors.Find(lesson.Id, ct);
        if (LessonGuestLinks.MayNotCome(lesson, link.IsRevoked, meeting.Provider, wanted.Country, Instant.FromDateTimeOffset(time.GetUtcNow())) is { } refusal)
            return Problems.From(refusal);
        if (meeting.NotJoinable() is { } notJoinable)
            return Problems.From(notJoinable);
        var visit = wanted.Visit ?? Tickets.RandomSecret();
        // Of the link as well: a guest is known by nothing from one lesson to another.
        var guestId = NameBasedId.From(link.Id, $"guest:{Tickets.KeyOf(visit)}");
        var holder = new TicketHolder(lesson.Id, guestId, wanted.DisplayName.Trim(), RoomRole.Guest, link.Id);
        if (rooms.Find(lesson.Id) is { IsClosed: false } room && room.IsFullFor(holder))
            return Problems.From(new Refusal("room_full", "Every seat for guests is taken."));
        return doors.OpenHere(lesson, holder, http) is { } door
            ? TypedResults.Ok(new GuestVisit(visit, tutor.DisplayName, lesson.Time.Start, lesson.Time.End(), door))
            : LessonDoors.NoMedia();
    }
}

using Muse.Adapters.Postgres;
using Muse.Api.Bookings;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Lessons;
using Muse.Api.OpenApi;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Meetings;

/// <summary>Something that did not work, at which provider.</summary>
/// <param name="Type">The event's name: <c>meeting_arrangement_failed</c>, <c>meeting_troubled</c> or <c>meeting_lost</c>.</param>
public sealed record MeetingFailure(string Type, string Provider, string Code, Instant At);

/// <summary>How a lesson's meeting came to be where it is.</summary>
/// <param name="State">As in the lesson: later, arranging, ready, failed, no_provider_allowed or withdrawn.</param>
/// <param name="ChosenBecause">Code of the one in use; see <paramref name="Reasons"/>.</param>
/// <param name="Reasons">For each provider of this server: chosen, reserve, last_resort or ruled_out, and the code why, when it was last chosen.</param>
/// <param name="Failures">First to last.</param>
/// <param name="Account">Whose account at the provider holds it: school or tutor; told to the tutor, and null in the built-in room.</param>
/// <param name="SeenAt">When it was last known to be at the provider as it should be.</param>
/// <param name="TriedAgainAt">When every provider was last asked anew after all had failed: failures before it say nothing of the meeting there is.</param>
public sealed record MeetingStoryView(
    string? Provider, MeetingState State, string? ChosenBecause, IReadOnlyList<ProviderReason> Reasons, IReadOnlyList<MeetingFailure> Failures,
    Instant? SeenAt, MeetingAccount? Account, Instant? TriedAgainAt);

/// <summary><c>GET /v1/lessons/{id}/meeting</c>: read from the meeting's own stream, for the people of the lesson.</summary>
internal static class MeetingStory
{
    public static void MapMeetingStory(this IEndpointRouteBuilder app) => app.MapGet("/v1/lessons/{id:guid}/meeting", Read)
        .RequireAuthorization()
        .Described("getMeeting", "Lessons", "Where a lesson is held, why there, and what did not work before").Produces<MeetingStoryView>();

    private static async Task<IResult> Read(Guid id, Caller caller, LessonReader lessons, EventStore store, TimeProvider time, CancellationToken ct)
    {
        if (await lessons.Find(id, ct) is not { } lesson || BookingDesk.WhoIs(caller, lesson.TutorId, lesson.StudentId) is not { } who)
            return Problems.NotFound();
        return TypedResults.Ok(await Of(store, id, lesson.Start, Instant.FromDateTimeOffset(time.GetUtcNow()), who.Part, ct));
    }

    /// <param name="reader">Only the tutor is told whose account it is.</param>
    internal static async Task<MeetingStoryView> Of(EventStore store, Guid id, Instant start, Instant now, Part reader, CancellationToken ct)
    {
        var stream = SettleMeeting.StreamOf(id);
        await using var session = store.OpenSession();
        var meeting = await session.AggregateStreamAsync<Meeting>(stream, ct) ?? Meeting.None(stream, id);
        var events = (await session.FetchStreamAsync(stream, ct)).Select(e => e.Data).ToArray();
        var reasons = events.Select(e => e switch
        {
            MeetingArranged a => a.Reasons,
            NoProviderAllowed n => n.Reasons,
            _ => null,
        }).LastOrDefault(r => r is not null) ?? [];
        return new MeetingStoryView(
            meeting.IsReady() ? meeting.Provider : null, meeting.Shown(start, now),
            meeting.IsReady() ? reasons.FirstOrDefault(r => r.Provider == meeting.Provider)?.Code : null,
            reasons, [.. events.Select(Failure).OfType<MeetingFailure>()], meeting.SeenAt,
            meeting.IsReady() && reader is Part.Tutor ? events.OfType<MeetingArranged>().Last().Account : null,
            events.OfType<MeetingTriedAgain>().LastOrDefault(again => again.Provider is null)?.At);
    }

    private static MeetingFailure? Failure(object happened) => happened switch
    {
        MeetingArrangementFailed f => new MeetingFailure("meeting_arrangement_failed", f.Provider, f.Code, f.At),
        MeetingTroubled t => new MeetingFailure("meeting_troubled", t.Provider, t.Code, t.At),
        MeetingLost l => new MeetingFailure("meeting_lost", l.Provider, l.Code, l.At),
        _ => null,
    };
}

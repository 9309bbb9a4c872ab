using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Rooms;

/// <summary>Where a lesson is held. For the built-in provider: how to come in; for any other: the address to go to.</summary>
/// <param name="SignalUrl">WebSocket of docs/signalling.md.</param>
public sealed record LessonDoor(
    string Provider, string? JoinUrl = null, Guid? Room = null, string? Ticket = null, IReadOnlyList<IceServer>? IceServers = null,
    string? SignalUrl = null);

/// <summary><c>POST /v1/lessons/{id}/join</c>: may this person come in now, and how?</summary>
public static class JoinLesson
{
    public static async Task<Results<Ok<LessonDoor>, ProblemHttpResult>> Handle(
        Guid id, Caller caller, EventStore store, People people, Tickets tickets, IceServers iceServers, MediaHost media, TimeProvider time,
        HttpContext http, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        if (await session.AggregateStreamAsync<Lesson>(id, ct) is not { } lesson
            || lesson.PartOf(caller.TutorId, caller.StudentId, caller.Children.Contains(lesson.StudentId)) is not { } part)
            return Problems.NotFound();
        var refusal = lesson.MayNotJoin(new Who(caller.PersonId, part), Instant.FromDateTimeOffset(time.GetUtcNow()));
        var early = refusal is { OpensAt: not null };
        if (refusal is not null && !early) return Problems.From(refusal);
        var (provider, state, joinUrl) = await MeetingOf(store.Source, id, ct);
        var notJoinable = NotJoinable(state);
        // Who may not use a room at all is told so at once, instead of being asked to wait for it to open.
        if (early && notJoinable is not { Code: "no_provider_allowed" }) return Problems.From(refusal!);
        if (notJoinable is not null) return Problems.From(notJoinable);
        if (provider != ProviderPolicy.BuiltIn) return TypedResults.Ok(new LessonDoor(provider!, joinUrl));
        if (!media.Server.IsRunning)
            return Problems.Of(StatusCodes.Status503ServiceUnavailable, "media_unavailable", "The media server does not run.");
        if (await people.Of(caller.PersonId, ct) is not { } person) return Problems.NotFound();
        var role = part switch
        {
            Part.Tutor => RoomRole.Tutor,
            Part.Student => RoomRole.Student,
            _ => RoomRole.Guardian,
        };
        var ticket = tickets.Issue(new TicketHolder(id, caller.PersonId, person.DisplayName, role));
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(new LessonDoor(
            provider, null, id, ticket, iceServers.ForLesson(caller.PersonId, lesson.Time.End()), $"{(http.Request.IsHttps ? "wss" : "ws")}://{http.Request.Host}/v1/rooms/{id}/signal"));
    }

    private static async Task<(string? Provider, string? State, string? JoinUrl)> MeetingOf(NpgsqlDataSource source, Guid lesson, CancellationToken ct)
    {
        await using var command = source.CreateCommand("select provider, state, join_url from meetings where lesson_id = $1");
        command.Parameters.AddWithValue(lesson);
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return default;
        return (row.IsDBNull(0) ? null : row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2));
    }

    // The meeting's own words for why not; a lesson without a row is still being arranged.
    private static Refusal? NotJoinable(string? state)
    {
        var meeting = Meeting.None(Guid.Empty, Guid.Empty) with
        {
            State = state switch
            {
                "ready" => MeetingState.Ready,
                "failed" => MeetingState.Failed,
                "no_provider_allowed" => MeetingState.NoProviderAllowed,
                "withdrawn" => MeetingState.Withdrawn,
                _ => MeetingState.Arranging,
            },
        };
        return meeting.NotJoinable();
    }
}

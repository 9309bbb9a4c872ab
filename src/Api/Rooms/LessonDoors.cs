using Microsoft.AspNetCore.Http.HttpResults;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Meetings;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Rooms;

/// <summary>Where a lesson is held. For the built-in provider: how to come in; for any other: the address to go to.</summary>
/// <param name="JoinUrl">For one person, now: it may carry a secret, so it is nothing to keep or pass on.</param>
/// <param name="SignalUrl">WebSocket of docs/protocol.md.</param>
/// <param name="Unanswered">True when the provider did not answer just now: the address is the one it gave when the meeting was made, and may
/// lead to nothing. Everybody of the lesson may go on elsewhere (<c>fallback</c>).</param>
public sealed record LessonDoor(
    string Provider, string? JoinUrl = null, Guid? Room = null, string? Ticket = null, IReadOnlyList<IceServer>? IceServers = null,
    string? SignalUrl = null, bool? Unanswered = null);

/// <summary>Where the meeting of a lesson is, as the read model knows it.</summary>
/// <param name="SeenAt">When it was last known to be at the provider as it should be.</param>
internal sealed record MeetingAtDoor(string? Provider, MeetingState State, MeetingPlace? Place, Instant? SeenAt = null)
{
    /// <summary>The meeting's own words for why nobody can join it, or null.</summary>
    public Refusal? NotJoinable() => (Meeting.None(Guid.Empty, Guid.Empty) with { State = State }).NotJoinable();
}

/// <summary>Opens a lesson's meeting for one of its people, whoever holds it.</summary>
internal sealed partial class LessonDoors(
    NpgsqlDataSource database, People people, Tickets tickets, IceServers iceServers, MediaHost media, MeetingProviders providers,
    MeetingOrders orders, MeetingSights sights, ILogger<LessonDoors> log)
{
    public async Task<MeetingAtDoor> Find(Guid lessonId, CancellationToken ct)
    {
        await using var read = database.Command("select provider, state, reference, join_url, seen_at from meetings where lesson_id = $1", lessonId);
        await using var row = await read.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return new MeetingAtDoor(null, MeetingState.Arranging, null);
        var state = row.GetString(1) switch
        {
            "ready" => MeetingState.Ready,
            "failed" => MeetingState.Failed,
            "no_provider_allowed" => MeetingState.NoProviderAllowed,
            "withdrawn" => MeetingState.Withdrawn,
            _ => MeetingState.Arranging,
        };
        return new MeetingAtDoor(
            row.IsDBNull(0) ? null : row.GetString(0), state, row.IsDBNull(2) ? null : new MeetingPlace(row.GetString(2), row.GetString(3)),
            row.IsDBNull(4) ? null : row.Instant(4));
    }

    /// <param name="meeting">One that is joinable.</param>
    public async Task<Results<Ok<LessonDoor>, ProblemHttpResult>> Open(
        Lesson lesson, MeetingAtDoor meeting, Guid personId, Part part, HttpContext http, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await people.Of(personId, ct) is not { } person) return Problems.NotFound();
        // A meeting that turns out to be gone is replaced once; the new one was made this moment.
        for (var replaced = false; meeting.Provider != ProviderPolicy.BuiltIn; replaced = true)
        {
            var sight = replaced ? DoorSight.There : await Look(lesson, meeting, part, ct);
            if (sight is DoorSight.There or DoorSight.Trouble)
            {
                var (opened, gone) = await OpenElsewhere(lesson, meeting, person, part, sight, ct);
                if (gone is null || replaced) return opened;
                sight = gone.Value;
            }
            if (!await sights.Replace(lesson.Id, meeting.Provider!, meeting.Place!.Reference, sight, ct)) return Unreachable();
            meeting = await Find(lesson.Id, ct);
            if (meeting.NotJoinable() is { } notJoinable) return Problems.From(notJoinable);
        }
        var role = part switch
        {
            Part.Tutor => RoomRole.Tutor,
            Part.Student => RoomRole.Student,
            _ => RoomRole.Guardian,
        };
        return OpenHere(lesson, new TicketHolder(lesson.Id, personId, person.DisplayName, role), http) is { } door ? TypedResults.Ok(door) : NoMedia();
    }

    /// <summary>The lesson's room on this server, for one who may come; null when the media server does not run.</summary>
    public LessonDoor? OpenHere(Lesson lesson, TicketHolder holder, HttpContext http)
    {
        if (!media.Server.IsRunning) return null;
        http.Response.Headers.CacheControl = "no-store";
        return new LessonDoor(
            ProviderPolicy.BuiltIn, null, lesson.Id, tickets.Issue(holder), iceServers.ForLesson(holder.PersonId, lesson.Time.End()),
            $"{(http.Request.IsHttps ? "wss" : "ws")}://{http.Request.Host}/v1/rooms/{lesson.Id}/signal");
    }

    public static ProblemHttpResult NoMedia() =>
        Problems.Of(StatusCodes.Status503ServiceUnavailable, "media_unavailable", "The media server does not run.");

    /// <summary>On the tutor the others wait, so the tutor is not sent to where a meeting was half a minute ago.</summary>
    private Task<DoorSight> Look(Lesson lesson, MeetingAtDoor meeting, Part part, CancellationToken ct) => sights.Of(
        lesson, meeting.Provider!, meeting.Place!.Reference, meeting.SeenAt, part is Part.Tutor ? MeetingSights.Fresh : MeetingSights.Shared, ct);

    /// <returns>And how the meeting is lost, if the provider says so.</returns>
    private async Task<(Results<Ok<LessonDoor>, ProblemHttpResult> Opened, DoorSight? Gone)> OpenElsewhere(
        Lesson lesson, MeetingAtDoor meeting, Person person, Part part, DoorSight sight, CancellationToken ct)
    {
        var (name, place) = (meeting.Provider!, meeting.Place!);
        try
        {
            var provider = providers.Find(name) ?? throw new ProviderTrouble("not_configured", $"{name} is no longer configured.");
            var guest = new MeetingGuest(person.PersonId, part, person.DisplayName, person.Locale, await EmailOf(person.PersonId, ct));
            var joinUrl = await provider.DoorFor(guest, await orders.Of(lesson, ct), place, ct);
            return (TypedResults.Ok(new LessonDoor(name, joinUrl, Unanswered: sight is DoorSight.Trouble ? true : null)), null);
        }
        catch (Exception shut) when (!ct.IsCancellationRequested)
        {
            var code = (shut as ProviderTrouble)?.Code;
            LogShut(log, name, lesson.Id, code ?? shut.GetType().Name);
            var gone = MeetingSights.GoneBy(code);
            if (gone is null) sights.NoteTrouble(lesson.Id, place.Reference);
            // The address that the provider gave when the meeting was made lets guests in; only the host's own is made at the click. A room at
            // Jitsi opens to nobody without a token.
            if (part is not Part.Tutor && name != ProviderPolicy.Jitsi) return (TypedResults.Ok(new LessonDoor(name, place.JoinUrl, Unanswered: true)), gone);
            return (Unreachable(), gone);
        }
    }

    private static ProblemHttpResult Unreachable() => Problems.Of(StatusCodes.Status503ServiceUnavailable, "provider_unreachable",
        "The meeting provider does not answer. Try again in a moment, or go on at the next provider: POST /v1/lessons/{id}/fallback.");

    private async Task<string?> EmailOf(Guid personId, CancellationToken ct)
    {
        await using var read = database.Command("select email from accounts where account_id = $1", personId);
        return (string?)await read.ExecuteScalarAsync(ct);
    }

    // Its message may quote an address with a secret in it, so only the code is logged.
    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} gives no door to lesson {Lesson}: {Code}")]
    private static partial void LogShut(ILogger log, string provider, Guid lesson, string code);
}

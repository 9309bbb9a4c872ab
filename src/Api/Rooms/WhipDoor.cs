using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.StreamKeys;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using Muse.Domain.StreamKeys;
using Muse.Domain.Tutors;
using NodaTime;

namespace Muse.Api.Rooms;

/// <summary>Decides by its bearer where a WHIP or WHEP client may go, and as whom.</summary>
internal sealed class WhipDoor(
    StreamKeyRows keys, EventStore store, People people, LessonDoors doors, LiveRooms rooms, IceServers iceServers, WhipSessions sessions,
    RoomsOptions options, MediaHost media, TimeProvider time)
{
    private const string Scheme = "Bearer ";
    private const int LongestBearer = 256;

    private readonly byte[]? _benchKey = options.Bench.Key switch
    {
        null => null,
        { Length: >= BenchOptions.LeastKeyLength } key => Encoding.UTF8.GetBytes(key),
        _ => throw new OptionsValidationException("Rooms:Bench", typeof(BenchOptions),
            [$"Rooms:Bench: Key needs at least {BenchOptions.LeastKeyLength} characters: openssl rand -hex 32."]),
    };

    /// <summary>The bearer of the header; never one of the query, where logs would keep it.</summary>
    public static string? BearerOf(HttpRequest request) =>
        request.Headers.Authorization is [{ Length: <= LongestBearer } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && value[Scheme.Length..].Trim() is { Length: > 0 } bearer
            ? bearer
            : null;

    public static ProblemHttpResult Unknown() => Problems.Of(StatusCodes.Status401Unauthorized, "stream_key_invalid",
        "Send a stream key as Authorization: Bearer; it may be revoked or too old.");

    public static ProblemHttpResult Full(int listeners) =>
        Problems.Of(StatusCodes.Status503ServiceUnavailable, "room_full", $"{listeners} listen by this key already.");

    /// <summary>Asked once the session is there: a key that was revoked while it began found nothing to end. The use of it is written
    /// down.</summary>
    public async Task<bool> StillLetsIn(string room, string bearer, CancellationToken ct) =>
        WhipBench.IsName(room)
        || await keys.Use(Tickets.KeyOf(bearer), Instant.FromDateTimeOffset(time.GetUtcNow()), ct);

    /// <summary>The way in for this bearer, or why there is none.</summary>
    /// <param name="room">As in the path.</param>
    /// <param name="benchName"><c>?as=</c>, in rooms for load tests only.</param>
    public async Task<(WhipRoom? Room, ProblemHttpResult? Refused)> Open(
        string room, string bearer, bool publishes, string? benchName, CancellationToken ct)
    {
        if (!media.Server.IsRunning)
            return (null, Problems.Of(StatusCodes.Status503ServiceUnavailable, "media_unavailable", "The media server does not run."));
        if (WhipBench.IsName(room) && _benchKey is { } benchKey)
        {
            if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(bearer), benchKey)) return (null, Unknown());
            return WhipBench.IsGoodAs(benchName)
                ? (new WhipBench(media.Server.Rooms, room, benchName, publishes, time) { OnlyOne = null }, null)
                : (null, Problems.NotFound());
        }
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        if (await keys.ByToken(Tickets.KeyOf(bearer), ct) is not { } key || !key.IsLive(now)) return (null, Unknown());
        if (!Guid.TryParse(room, out var lessonId) || lessonId != key.LessonId) return (null, Problems.NotFound());
        if (key.Use is StreamUse.Publish != publishes)
            return (null, Problems.From(Refusal.Forbidden($"This key is one to {key.Use.ToString().ToLowerInvariant()}.")));
        return await OpenLesson(key, now, ct);
    }

    private async Task<(WhipRoom? Room, ProblemHttpResult? Refused)> OpenLesson(StreamKeyRow key, Instant now, CancellationToken ct)
    {
        await using var session = store.OpenSession();
        if (await session.AggregateStreamAsync<Lesson>(key.LessonId, ct) is not { } lesson || await people.Of(key.PersonId, ct) is not { } person)
            return (null, Problems.NotFound());
        if (lesson.MayNotJoin(key.Who, now) is { } refusal) return (null, Problems.From(refusal));
        var meeting = await doors.Find(lesson.Id, ct);
        if (meeting.NotJoinable() is { } notJoinable) return (null, Problems.From(notJoinable));
        if (meeting.Provider != ProviderPolicy.BuiltIn)
            return (null, Problems.Of(StatusCodes.Status409Conflict, "lesson_elsewhere", "This lesson is not held in a room of this server."));
        if (key.Listeners > 1 && sessions.OfBearer(key.TokenHash).Count >= key.Listeners)
            return (null, Full(key.Listeners));
        var tutor = await session.AggregateStreamAsync<Tutor>(lesson.TutorId, ct);
        var holder = new TicketHolder(lesson.Id, key.PersonId, person.DisplayName, RoleOf(key.Part));
        return (new WhipLesson(lesson.Id, rooms, holder, key.Use, key.Listeners, () => rooms.Open(lesson, tutor?.Meetings ?? MeetingPreferences.Default, ct))
        {
            // The newest wins, as in the browser: an encoder that lost its line posts anew while the old session still looks alive.
            OnlyOne = key.Listeners > 1 ? null : key.TokenHash,
            Most = key.Listeners > 1 ? key.Listeners : int.MaxValue,
            IceServers = iceServers.ForLesson(key.PersonId, lesson.Time.End()),
        }, null);
    }

    private static RoomRole RoleOf(Part part) => part switch
    {
        Part.Tutor => RoomRole.Tutor,
        Part.Student => RoomRole.Student,
        _ => RoomRole.Guardian,
    };
}

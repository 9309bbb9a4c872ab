using System.Text.Json;
using System.Text.Json.Serialization;

namespace Muse.Api.Rooms;

/// <summary>What the server says on the signalling socket (docs/signalling.md §4).</summary>
public abstract record ServerMessage(string Type)
{
    public sealed record Joined(
        Guid ParticipantId, string Secret, Guid Room, Profile Profile, LessonTimes Lesson,
        IReadOnlyList<ParticipantShape> Participants, IReadOnlyList<TrackShape> Tracks) : ServerMessage("joined");

    /// <summary>To a connection test instead of <see cref="Joined"/>.</summary>
    public sealed record TestRoomOpen(string ClosesAt) : ServerMessage("testRoomOpen");

    public sealed record Answer(int Id, ConnectionKind Connection, string Sdp) : ServerMessage("answer");

    public sealed record ParticipantJoined(ParticipantShape Participant) : ServerMessage("participantJoined");

    public sealed record ParticipantLeft(Guid ParticipantId, string Reason) : ServerMessage("participantLeft");

    public sealed record TrackPublished(TrackShape Track) : ServerMessage("trackPublished");

    public sealed record TrackUnpublished(Guid TrackId) : ServerMessage("trackUnpublished");

    public sealed record Muted(Guid ParticipantId, MediaKind Kind, [property: JsonPropertyName("muted")] bool IsMuted) : ServerMessage("muted");

    public sealed record LessonStarted(string At) : ServerMessage("lessonStarted");

    /// <param name="Provider">Where the lesson goes on; the way there is asked for by joining again.</param>
    public sealed record Fallback(string Provider) : ServerMessage("fallback");

    public sealed record RoomClosed(string Reason) : ServerMessage("roomClosed");

    public sealed record Error(string Code, string Detail, int? Id = null) : ServerMessage("error");

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, GetType(), Options);
}

/// <param name="AudioBitrate">Bits per second that the answer asks the publisher's Opus for.</param>
/// <param name="MaxVideoHeight">Pixels.</param>
public sealed record Profile(bool Music, int AudioBitrate, int MaxVideoHeight);

/// <summary>Instants as RFC 3339 with Z.</summary>
public sealed record LessonTimes(string Start, string End, string ClosesAt, bool Started);

public sealed record ParticipantShape(Guid ParticipantId, string DisplayName, RoomRole Role, bool AudioMuted, bool VideoMuted);

public sealed record TrackShape(Guid TrackId, Guid ParticipantId, MediaKind Kind);

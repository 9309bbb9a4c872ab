using System.Text.Json;
using System.Text.Json.Serialization;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Rooms;

/// <summary>What the server says on the signalling socket (docs/protocol.md §4).</summary>
public abstract record ServerMessage(string Type)
{
    /// <param name="Self">As the others see the one who joined.</param>
    /// <param name="ResumeWithin">Seconds that the seat waits for a lost socket.</param>
    /// <param name="MeasureEvery">Seconds after which the client says what it has measured.</param>
    /// <param name="DoorClosed">For those who may keep the door; null for others.</param>
    /// <param name="AtTheDoor">Likewise.</param>
    /// <param name="HasTiming">The subscribing connection may have the data channel <c>muse.timing</c>.</param>
    public sealed record Joined(
        int Protocol, Guid ParticipantId, string Secret, int ResumeWithin, Guid Room, Profile Profile, LessonTimes Lesson,
        ParticipantShape Self, IReadOnlyList<ParticipantShape> Participants, IReadOnlyList<TrackShape> Tracks,
        [property: JsonPropertyName("spotlight")] Guid? Spotlit, [property: JsonPropertyName("speaker")] Guid? Speaks,
        [property: JsonPropertyName("delays")] IReadOnlyList<DelayShape> OneWay, int MeasureEvery, bool? DoorClosed,
        [property: JsonPropertyName("waiting")] IReadOnlyList<WaitingShape>? AtTheDoor,
        [property: JsonPropertyName("timing")] bool HasTiming, [property: JsonPropertyName("recording")] RecordingShape Recorded)
        : ServerMessage("joined");

    /// <summary>The ticket was good, but the door is closed: the same socket hears <see cref="Joined"/> when it is let in.</summary>
    /// <param name="Reason"><c>door_closed</c>.</param>
    public sealed record Waiting(Guid WaitingId, Guid Room, string Reason, LessonTimes Lesson) : ServerMessage("waiting");

    /// <summary>To those who may let them in: all who wait now.</summary>
    public sealed record WaitingPeople(IReadOnlyList<WaitingShape> People) : ServerMessage("waitingPeople");

    public sealed record Door(bool Closed) : ServerMessage("door");

    /// <summary>To a connection test instead of <see cref="Joined"/>.</summary>
    public sealed record TestRoomOpen(string ClosesAt) : ServerMessage("testRoomOpen");

    public sealed record Answer(int Id, ConnectionKind Connection, string Sdp) : ServerMessage("answer");

    public sealed record ParticipantJoined(ParticipantShape Participant) : ServerMessage("participantJoined");

    public sealed record ParticipantLeft(Guid ParticipantId, string Reason) : ServerMessage("participantLeft");

    public sealed record TrackPublished(TrackShape Track) : ServerMessage("trackPublished");

    public sealed record TrackUnpublished(Guid TrackId) : ServerMessage("trackUnpublished");

    public sealed record Muted(Guid ParticipantId, MediaKind Kind, [property: JsonPropertyName("muted")] bool IsMuted) : ServerMessage("muted");

    /// <summary>The tutor's doing, enforced by the media server; also to the one whom it is about.</summary>
    public sealed record Silenced(Guid ParticipantId, MediaKind Kind, [property: JsonPropertyName("silenced")] bool IsSilenced)
        : ServerMessage("silenced");

    /// <param name="ParticipantId">Null: nobody is large.</param>
    public sealed record Spotlight(Guid? ParticipantId) : ServerMessage("spotlight");

    /// <param name="ParticipantId">Null: nobody has been heard, or they left.</param>
    public sealed record Speaker(Guid? ParticipantId) : ServerMessage("speaker");

    public sealed record Picture(Guid TrackId, PictureState State, int Height) : ServerMessage("picture");

    public sealed record Delays(IReadOnlyList<DelayShape> OneWay) : ServerMessage("delays");

    public sealed record Pong() : ServerMessage("pong");

    /// <summary>Whether the room is recorded has changed.</summary>
    public sealed record Recording([property: JsonPropertyName("recording")] RecordingShape Shape) : ServerMessage("recording");

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

/// <param name="AudioMuted">By the person.</param>
/// <param name="AudioSilenced">By the tutor.</param>
public sealed record ParticipantShape(
    Guid ParticipantId, string DisplayName, RoomRole Role, bool AudioMuted, bool VideoMuted, bool AudioSilenced, bool VideoSilenced);

public sealed record WaitingShape(Guid WaitingId, string DisplayName, RoomRole Role);

/// <param name="Milliseconds">From this person to the server, or back: half of the round trip.</param>
public sealed record DelayShape(Guid ParticipantId, double Milliseconds);

public sealed record TrackShape(Guid TrackId, Guid ParticipantId, MediaKind Kind);

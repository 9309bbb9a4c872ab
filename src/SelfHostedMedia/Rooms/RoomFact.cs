namespace Muse.SelfHostedMedia.Rooms;

/// <summary>Something that happened in a room, read from <see cref="MediaServer.Facts"/> in the order in which it happened.</summary>
public abstract record RoomFact(Guid RoomId, DateTimeOffset At);

/// <param name="Session">Tells two stays of the same participant apart: <see cref="Participant.Session"/>.</param>
public sealed record ParticipantJoined(
    Guid RoomId, DateTimeOffset At, Guid ParticipantId, long Session, string DisplayName, ParticipantRole Role) : RoomFact(RoomId, At);

public sealed record ParticipantLeft(Guid RoomId, DateTimeOffset At, Guid ParticipantId, long Session, LeaveReason Reason)
    : RoomFact(RoomId, At);

public sealed record TrackPublished(Guid RoomId, DateTimeOffset At, TrackInfo Track) : RoomFact(RoomId, At);

public sealed record TrackUnpublished(Guid RoomId, DateTimeOffset At, TrackInfo Track) : RoomFact(RoomId, At);

/// <param name="Detail">For a log line: the SRTP profile when connected, the reason when failed.</param>
public sealed record ConnectionChanged(
    Guid RoomId, DateTimeOffset At, Guid ParticipantId, ConnectionKind Kind, ConnectionState State, string Detail) : RoomFact(RoomId, At);

/// <summary>Many packets of a connection do not open: its keys, or our code, are not what they should be. At most one a minute and
/// connection.</summary>
/// <param name="Packets">Refused in the last second.</param>
public sealed record AuthenticationFailing(Guid RoomId, DateTimeOffset At, Guid ParticipantId, ConnectionKind Kind, int Packets)
    : RoomFact(RoomId, At);

/// <summary>What a viewer gets of a picture has changed, by the viewer's line or wish. For the viewer alone.</summary>
/// <param name="ParticipantId">The viewer.</param>
/// <param name="Height">Lines; 0 when not known or nothing is sent.</param>
public sealed record PictureChanged(
    Guid RoomId, DateTimeOffset At, Guid ParticipantId, Guid TrackId, PictureState State, int Height) : RoomFact(RoomId, At);

/// <summary>Somebody else than before speaks or plays. Told at most a few times a second; not told when that one leaves.</summary>
public sealed record SpeakerChanged(Guid RoomId, DateTimeOffset At, Guid ParticipantId) : RoomFact(RoomId, At);

public sealed record RoomClosed(Guid RoomId, DateTimeOffset At) : RoomFact(RoomId, At);

public enum PictureState
{
    /// <summary>The best that is of use. Every picture begins so; this is told only after another.</summary>
    Whole,

    /// <summary>The viewer's line does not carry the larger picture that is there.</summary>
    Smaller,

    /// <summary>Some of the pictures are left out.</summary>
    Thinned,

    /// <summary>The line does not carry even the smallest: sound goes first.</summary>
    Paused,

    /// <summary>The viewer does not show it.</summary>
    Hidden,
}

public enum ParticipantRole
{
    Tutor,
    Student,
    Guardian,
    Guest,

    /// <summary>One of many who only hear and see; counted apart (<see cref="MediaOptions.MaxListeners"/>).</summary>
    Listener,
}

public enum LeaveReason
{
    /// <summary><see cref="Participant.Leave()"/> was called.</summary>
    Left,

    /// <summary>Had a media connection and has had none for <see cref="MediaOptions.SilenceTimeout"/>.</summary>
    TimedOut,

    /// <summary>The same participant joined again.</summary>
    Replaced,

    RoomClosed,
}

public enum ConnectionKind
{
    Publish,
    Subscribe,
}

public enum ConnectionState
{
    /// <summary>The offer is answered; no keys yet.</summary>
    Connecting,
    Connected,
    Failed,
    Closed,
}

/// <summary>A recording stopped by itself; the lesson goes on.</summary>
/// <param name="Detail">For a log line.</param>
public sealed record RecordingBroke(Guid RoomId, DateTimeOffset At, Guid RecordingId, Recording.RecordingFault Why, string Detail)
    : RoomFact(RoomId, At);

/// <summary>A track will not be in the recording.</summary>
public sealed record TrackNotRecorded(Guid RoomId, DateTimeOffset At, Guid RecordingId, Guid TrackId, WhyNotRecorded Why) : RoomFact(RoomId, At);

public enum WhyNotRecorded
{
    /// <summary>VP8 has no place in CMAF that browsers play.</summary>
    Codec,

    /// <summary>A recording has 64 at most.</summary>
    TooManyTracks,
}

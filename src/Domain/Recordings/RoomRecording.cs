using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Domain.Recordings;

/// <summary>Why a recording of a room came to its end.</summary>
public enum StoppedBecause
{
    /// <summary>The room was closed: the lesson is over, cancelled, moved, or goes on elsewhere.</summary>
    RoomClosed,

    /// <summary>The tutor did not want it any longer.</summary>
    Tutor,

    /// <summary>Somebody who was in it, or a guardian, no longer agrees.</summary>
    ConsentRevoked,

    /// <summary>No room is left where recordings are kept.</summary>
    DiskFull,

    /// <summary>It could not be written.</summary>
    Failed,

    /// <summary>The server was stopped.</summary>
    ServerStopped,

    /// <summary>The server ended without a word: what was written until then is there.</summary>
    ServerLost,
}

/// <summary>Why a recording is no longer there.</summary>
public enum DeletedBecause
{
    /// <summary>It was kept as long as this installation keeps recordings.</summary>
    Expired,

    /// <summary>Somebody who is in it, or a guardian, took the consent back and did not give it again.</summary>
    ConsentRevoked,

    /// <summary>One of those whom it shows, a guardian or the tutor wanted it gone.</summary>
    Asked,
}

/// <summary>The room of a lesson is being recorded from now on.</summary>
public sealed record RoomRecordingStarted(Guid RecordingId, Guid LessonId, Instant At);

/// <summary>From now on nothing is written. <paramref name="Why"/>: every reason, at least one.</summary>
public sealed record RoomRecordingPaused(Guid RecordingId, Guid LessonId, IReadOnlyList<Pause> Why, Instant At);

public sealed record RoomRecordingResumed(Guid RecordingId, Guid LessonId, Instant At);

public sealed record RoomRecordingStopped(Guid RecordingId, Guid LessonId, StoppedBecause Because, Instant At);

/// <summary>One person's sound or picture in a recording.</summary>
/// <param name="Number">Of the track in its recording, from 1.</param>
/// <param name="ParticipantId">The stay in the room, as <see cref="ParticipantJoined"/> names it: who comes again has another.</param>
/// <param name="Who">Whose it is.</param>
/// <param name="Kind"><c>audio</c>, <c>video</c>.</param>
/// <param name="Source"><c>camera</c>, <c>microphone</c>, <c>screen</c>, <c>screen_audio</c>.</param>
/// <param name="Codec">RFC 6381.</param>
/// <param name="From">Since the recording began.</param>
/// <param name="Missing">Of its length, in sum; the list of gaps stands beside the media.</param>
public sealed record RecordedTrack(
    int Number, Guid ParticipantId, Who Who, string Kind, string Source, string Codec, Duration From, Duration Length, long Size, Duration Missing, int Gaps);

/// <summary>All of it is there that will ever be, and checked.</summary>
/// <param name="From">When its first track begins; null where nobody was heard or seen.</param>
/// <param name="Sha256">Of all tracks' media in the order of their numbers, 64 lower-case hex digits.</param>
/// <param name="Cut">Bytes behind the last good part, of which nothing can be shown: 0 unless the server died.</param>
public sealed record RoomRecordingFinalised(
    Guid RecordingId, Guid LessonId, Instant? From, Duration Length, long Size, string Sha256, IReadOnlyList<RecordedTrack> Tracks, Duration Missing,
    long Cut, Instant At);

/// <param name="Name">In its folder, such as <c>track-1.media</c>.</param>
/// <param name="Sha256">64 lower-case hex digits.</param>
public sealed record ShelvedRoomFile(string Name, long Size, string Sha256);

/// <summary>All its files lie in the bucket, too.</summary>
public sealed record RoomRecordingShelved(Guid RecordingId, Guid LessonId, IReadOnlyList<ShelvedRoomFile> Files, Instant At);

/// <summary>Not a byte of its media is kept any longer.</summary>
/// <param name="By">Who asked; the clock otherwise.</param>
public sealed record RoomRecordingDeleted(Guid RecordingId, Guid LessonId, DeletedBecause Because, Who By, Instant At);

public enum RoomRecordingState
{
    Recording,
    Paused,

    /// <summary>Nothing comes any more; it is looked through.</summary>
    Stopped,

    /// <summary>Can be seen and heard.</summary>
    Finalised,
    Deleted,
}

/// <summary>What the built-in room of a lesson looked and sounded like, from one start to one stop; a stream of its own. A lesson has several when
/// the server was started anew in its middle.</summary>
public sealed record RoomRecording(Guid Id, Guid LessonId, RoomRecordingState State, IReadOnlyList<Pause> Why)
{
    /// <summary>Empty until its files lie in the bucket, too.</summary>
    public IReadOnlyList<ShelvedRoomFile> Shelved { get; init; } = [];

    public static RoomRecording Create(RoomRecordingStarted e) => new(e.RecordingId, e.LessonId, RoomRecordingState.Recording, []);

    public RoomRecording Apply(RoomRecordingPaused e) => this with { State = RoomRecordingState.Paused, Why = e.Why };

    public RoomRecording Apply(RoomRecordingResumed e) => this with { State = RoomRecordingState.Recording, Why = [] };

    public RoomRecording Apply(RoomRecordingStopped e) => this with { State = RoomRecordingState.Stopped };

    public RoomRecording Apply(RoomRecordingFinalised e) => this with { State = RoomRecordingState.Finalised };

    public RoomRecording Apply(RoomRecordingShelved e) => this with { Shelved = e.Files };

    public RoomRecording Apply(RoomRecordingDeleted e) => this with { State = RoomRecordingState.Deleted, Shelved = [] };

    public bool IsRunning() => State is RoomRecordingState.Recording or RoomRecordingState.Paused;

    /// <param name="may">As the room is now; what may not be recorded does not begin.</param>
    public static Decision Start(Guid id, Guid lessonId, MayRecord may, Instant now) => may.IsAllowed
        ? Decision.Of(new RoomRecordingStarted(id, lessonId, now.Cut()))
        : new Refusal("recording_not_allowed", "Not everybody who is there has agreed to be recorded.");

    /// <summary>The room is another one than a moment ago. Nothing where that changes nothing, or it has come to its end.</summary>
    public Decision Look(MayRecord may, Instant now) => (State, may.IsAllowed) switch
    {
        (RoomRecordingState.Recording, false) => Decision.Of(new RoomRecordingPaused(Id, LessonId, may.Pauses, now.Cut())),
        (RoomRecordingState.Paused, true) => Decision.Of(new RoomRecordingResumed(Id, LessonId, now.Cut())),
        _ => Decision.Nothing,
    };

    /// <summary>Repeatable: the first reason counts.</summary>
    public Decision Stop(StoppedBecause because, Instant now) =>
        IsRunning() ? Decision.Of(new RoomRecordingStopped(Id, LessonId, because, now.Cut())) : Decision.Nothing;

    /// <summary>Repeatable. What runs has to be stopped first.</summary>
    public Decision Finalise(
        Instant? from, Duration length, long size, string sha256, IReadOnlyList<RecordedTrack> tracks, Duration missing, long cut, Instant now)
    {
        if (IsRunning())
            return new Refusal("recording_runs", "The lesson is still being recorded.");
        return State is RoomRecordingState.Stopped
            ? Decision.Of(new RoomRecordingFinalised(Id, LessonId, from?.Cut(), length, size, sha256, tracks, missing, cut, now.Cut()))
            : Decision.Nothing;
    }

    /// <summary>Repeatable. Only what was looked through goes to the shelf; what was deleted meanwhile does not.</summary>
    public Decision Shelve(IReadOnlyList<ShelvedRoomFile> files, Instant now) => State switch
    {
        RoomRecordingState.Deleted => Decision.Nothing,
        RoomRecordingState.Finalised => Shelved.Count > 0 || files.Count == 0 ? Decision.Nothing : Decision.Of(new RoomRecordingShelved(Id, LessonId, files, now.Cut())),
        _ => new Refusal("recording_not_ready", "The recording has not been looked through yet."),
    };

    /// <summary>Repeatable.</summary>
    public Decision Delete(DeletedBecause because, Who by, Instant now)
    {
        if (IsRunning())
            return new Refusal("recording_runs", "The lesson is still being recorded.");
        return State is RoomRecordingState.Deleted ? Decision.Nothing : Decision.Of(new RoomRecordingDeleted(Id, LessonId, because, by, now.Cut()));
    }
}

using System.Collections.Immutable;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms.Watching;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Sdp;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>People whose sound and picture reach each other. Safe to call from any thread.</summary>
public sealed class Room
{
    /// <summary>H.264 is encoded in hardware where anything is, and an iPad plays it; no CMAF holds VP8.</summary>
    private static readonly ImmutableArray<string> s_recordable = ["H264", "VP9", "AV1"];

    private readonly OpenRooms _rooms;
    private readonly Dictionary<Guid, Participant> _participants = [];
    private readonly Dictionary<Guid, PublishedTrack> _tracks = [];
    private readonly ActiveSpeaker _speaker = new();
    private int _listeners;
    private bool _isClosed;
    private volatile bool _isRecorded;

    internal Room(OpenRooms rooms, MediaThread thread, Guid id, RoomProfile profile) =>
        (_rooms, Thread, Id, Profile) = (rooms, thread, id, profile);

    public Guid Id { get; }

    public RoomProfile Profile { get; }

    /// <summary>Publishers are asked for pictures that can be recorded, VP8 last of all. To be set before anybody publishes: a track keeps its
    /// codec.</summary>
    public bool IsRecorded
    {
        get => _isRecorded;
        set => _isRecorded = value;
    }

    /// <summary>By preference.</summary>
    internal IReadOnlyList<string> VideoCodecs => !IsRecorded
        ? Thread.Options.VideoCodecs
        : [.. Thread.Options.VideoCodecs.OrderBy(name => s_recordable.Contains(name) ? s_recordable.IndexOf(name) : s_recordable.Length)];

    /// <summary>A snapshot of who is in.</summary>
    public ImmutableArray<Participant> Participants { get; private set; } = [];

    /// <summary>A snapshot of what is published, oldest first.</summary>
    public ImmutableArray<TrackInfo> Tracks { get; private set; } = [];

    /// <summary>Who speaks or plays, or did last; null before anybody was heard, and when that one has left. Changes are told as
    /// <see cref="SpeakerChanged"/>.</summary>
    public Participant? Speaker { get; private set; }

    /// <summary>People may open the data channel <c>muse.timing</c> on their subscribing connections.</summary>
    public bool HasTiming => Thread.HasDataChannels;

    internal MediaThread Thread { get; }

    /// <summary>How long its packets stayed in the server.</summary>
    internal ForwardDelays Delays { get; } = new();

    /// <summary>Who sends and gets what now, and how well.</summary>
    /// <param name="mostListeners">So many of the audience are looked at one by one.</param>
    public Task<RoomLook> Look(int mostListeners = 32) =>
        Thread.Run(() => Looking.At(this, _participants.Values, _listeners, mostListeners));

    /// <summary>Lets a participant in. One who is in already leaves first (<see cref="LeaveReason.Replaced"/>).</summary>
    /// <returns>The stay, or <c>room_full</c>, <c>room_closed</c>.</returns>
    public Task<Outcome<Participant>> Join(Guid participantId, string displayName, ParticipantRole role) =>
        Thread.Run<Outcome<Participant>>(() =>
        {
            if (_isClosed)
                return new MediaRefusal("room_closed", "The room has been closed.");
            if (_participants.TryGetValue(participantId, out var former))
                former.Leave(LeaveReason.Replaced);
            var (present, most) = role == ParticipantRole.Listener
                ? (_listeners, Thread.Options.MaxListeners)
                : (_participants.Count - _listeners, Thread.Options.MaxParticipants);
            if (present >= most)
                return new MediaRefusal("room_full", $"At most {most} {(role == ParticipantRole.Listener ? "listeners" : "people")} fit in a room.");
            var participant = new Participant(this, participantId, _rooms.NextSession(), displayName, role);
            _participants.Add(participantId, participant);
            if (role == ParticipantRole.Listener)
                _listeners++;
            Participants = [.. _participants.Values];
            Thread.Counters.Participants++;
            Say(new ParticipantJoined(Id, Thread.Time, participantId, participant.Session, displayName, role));
            return participant;
        });

    /// <summary>Begins a recording, paused. One at a time; it ends with the room.</summary>
    /// <param name="folder">For this recording alone; made when it is not there.</param>
    /// <returns>The recorder, or <c>already_recording</c>, <c>already_recorded</c> (a recording is in the folder), <c>too_many_recordings</c>,
    /// <c>folder_unusable</c>, <c>room_closed</c>.</returns>
    public async Task<Outcome<RoomRecorder>> Record(Guid recordingId, string folder)
    {
        // Files are none of the media thread's business.
        var prepared = Thread.Recordings.Begin(recordingId, folder);
        if (prepared.IsRefused)
            return prepared.Refusal!;
        var recorder = new RoomRecorder(this, recordingId, prepared.Value);
        var refusal = await Thread.Run(() =>
        {
            if (_isClosed || Recorder is not null)
            {
                return _isClosed
                    ? new MediaRefusal("room_closed", "The room has been closed.")
                    : new MediaRefusal("already_recording", "The room is being recorded.");
            }

            Recorder = recorder;
            foreach (var track in _tracks.Values)
                recorder.Attach(track);
            return null;
        });
        if (refusal is null)
            return recorder;
        await recorder.Stop();
        File.Delete(Path.Combine(folder, RecordingJournal.FileName));
        return refusal;
    }

    /// <summary>Null while nobody records.</summary>
    internal RoomRecorder? Recorder { get; private set; }

    internal void Forget(RoomRecorder recorder)
    {
        if (Recorder == recorder)
            Recorder = null;
    }

    /// <summary>Everyone leaves and the room is forgotten. Repeatable.</summary>
    public Task Close() => Thread.Run(() =>
    {
        if (_isClosed)
            return false;
        _isClosed = true;
        foreach (var participant in Participants)
            participant.Leave(LeaveReason.RoomClosed);
        Recorder?.End();
        _rooms.Forget(this);
        Say(new RoomClosed(Id, Thread.Time));
        return true;
    });

    /// <summary>Of the server with itself: nobody is told.</summary>
    internal bool IsRehearsal { get; init; }

    internal void Say(RoomFact fact)
    {
        if (!IsRehearsal)
            Thread.Say(fact);
    }

    internal void Remove(Participant participant, LeaveReason reason)
    {
        _participants.Remove(participant.Id);
        _speaker.Left(participant.Id);
        if (Speaker == participant)
            Speaker = null;
        if (participant.Role == ParticipantRole.Listener)
            _listeners--;
        Participants = [.. _participants.Values];
        Thread.Counters.Participants--;
        Say(new ParticipantLeft(Id, Thread.Time, participant.Id, participant.Session, reason));
    }

    internal void Add(PublishedTrack track)
    {
        _tracks.Add(track.Info.Id, track);
        Tracks = Tracks.Add(track.Info);
        Say(new TrackPublished(Id, Thread.Time, track.Info));
        Recorder?.Attach(track);
    }

    internal void Remove(PublishedTrack track)
    {
        _tracks.Remove(track.Info.Id);
        Recorder?.Detach(track);
        Tracks = Tracks.Remove(track.Info);
        Say(new TrackUnpublished(Id, Thread.Time, track.Info));
    }

    /// <summary>What the others can decode, as far as they have said it; the audience has no say.</summary>
    internal IReadOnlyList<MediaSection> Decoding(Participant publisher) =>
        [.. _participants.Values.Where(other => other != publisher && other.Role != ParticipantRole.Listener && other.Decoding is not null).Select(other => other.Decoding!)];

    internal PublishedTrack? FindTrack(Guid id) => _tracks.GetValueOrDefault(id);

    /// <summary>One packet of a microphone.</summary>
    internal void Heard(Participant participant, AudioLevel level) => _speaker.Heard(participant.Id, level.MinusDecibels);

    /// <summary>A timing message for all but its sender.</summary>
    internal void Pass(Participant sender, ReadOnlySpan<byte> stamped)
    {
        foreach (var participant in Participants)
        {
            if (participant != sender)
                participant.Hear(stamped);
        }
    }

    internal void Tenth()
    {
        Recorder?.Tenth();
        if (!_speaker.Decide(Thread.Now) || _speaker.Current is not { } id || !_participants.TryGetValue(id, out var speaker))
            return;
        Speaker = speaker;
        Say(new SpeakerChanged(Id, Thread.Time, id));
    }

    internal void Second()
    {
        foreach (var participant in Participants)
            participant.Second();
    }

    internal AnswerTransport TransportOf(Connection connection) => new(
        connection.SessionId,
        ++connection.AnswerVersion,
        connection.Credentials,
        connection.Fingerprint,
        Thread.AdvertisedAddresses,
        Thread.Options.AdvertisedPort ?? Thread.Port,
        Thread.Tcp is { } tcp ? Thread.Options.AdvertisedTcpPort ?? tcp.Port : null);
}

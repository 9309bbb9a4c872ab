using Muse.Api.Recordings;
using Muse.Api.Rooms.Quality;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rooms;
using NodaTime.Text;

namespace Muse.Api.Rooms;

/// <summary>
/// One lesson's room: who comes in and goes, and the lesson that is held there. Who waits is <see cref="WaitingRoom"/>'s, what the tutor directs
/// <see cref="Direction"/>'s, what people are shown of the media <see cref="Indications"/>'s; all share the lock of <see cref="RoomPeople"/>.
/// </summary>
public sealed class LiveRoom
{
    /// <summary>Seats that guests cannot take.</summary>
    private const int KeptSeats = 2;

    private readonly Room _media;
    private readonly Attendance _attendance;
    private readonly RoomsOptions _options;
    private readonly TimeProvider _time;
    private readonly RoomMemory _memory;
    private readonly RoomPeople _people = new();
    private readonly SemaphoreSlim _entering = new(1);
    private Lesson _lesson;
    private bool _started;
    private bool _closed;

    /// <param name="state">As a server before this one knew it.</param>
    /// <param name="isRecordingPreferred">By the tutor.</param>
    public LiveRoom(
        Room media, Lesson lesson, RoomState state, Attendance attendance, RoomMemory memory, RoomRecordings recordings, bool isRecordingPreferred,
        RoomsOptions options, TimeProvider time)
    {
        (_media, _lesson, _attendance, _memory, _options, _time) = (media, lesson, attendance, memory, options, time);
        _started = lesson.State is LessonState.Started;
        WaitingRoom = new(_people, options, time, state);
        Direction = new(_people, state);
        Indications = new(_people);
        Quality = new(_people, media, time);
        Recording = recordings.Of(media, _people, state.IsRecorded, isRecordingPreferred, _started);
        _people.Changed = Remember;
    }

    public WaitingRoom WaitingRoom { get; }

    public Direction Direction { get; }

    public Indications Indications { get; }

    public RoomQuality Quality { get; }

    public RecordedRoom Recording { get; }

    public Guid Id => _media.Id;

    public bool IsClosed
    {
        get
        {
            lock (_people.Gate) return _closed;
        }
    }

    public int Count
    {
        get
        {
            lock (_people.Gate) return _people.Count;
        }
    }

    /// <summary>Gives a seat to the holder of a ticket. The person's older seat, if any, is taken from it: the newest wins.</summary>
    /// <returns>Null when the socket was told why not and closes.</returns>
    public async Task<Seat?> Enter(TicketHolder holder, SignalSocket socket)
    {
        // One after the other: who comes again takes the place of their former stay, also when a full room comes again all at once.
        await _entering.WaitAsync();
        try
        {
            return await EnterInTurn(holder, socket);
        }
        finally
        {
            _entering.Release();
        }
    }

    private async Task<Seat?> EnterInTurn(TicketHolder holder, SignalSocket socket)
    {
        var joined = await _media.Join(Guid.CreateVersion7(_time.GetUtcNow()), holder.DisplayName, RoleOf(holder.Role));
        if (joined.Refusal is { } refusal)
        {
            socket.Close(refusal.Code == "room_full" ? CloseCode.RoomFull : CloseCode.GoingAway, refusal.Code, refusal.Detail);
            return null;
        }
        var seat = new Seat(holder, joined.Value, socket);
        Seat? older;
        bool full;
        lock (_people.Gate)
        {
            older = _people.Of(holder.PersonId);
            full = _closed || (older is null && HasNoSeatFor(holder));
            if (full) older = null;
            else
            {
                if (older is not null) GiveUp(older, SeatLeft.Replaced);
                _people.Add(seat);
                WaitingRoom.Seated(holder);
                Direction.Recognise(seat);
                _attendance.Joined(Id, seat.Id, holder);
                Welcome(seat);
                _people.TellOthers(seat.Id, new ServerMessage.ParticipantJoined(seat.Shape));
            }
        }
        if (full)
        {
            socket.Close(CloseCode.RoomFull, "room_full", $"{_options.MaxParticipants} people are in.");
            await seat.Media.Leave();
            return null;
        }
        if (older is not null) await older.Media.Leave();
        await Direction.Entered(seat);
        await Recording.Entered(holder);
        return seat;
    }

    /// <summary>Gives a seat to an encoder or a player of this person (WHIP, WHEP), beside the one of their browser.</summary>
    /// <returns>The seat, or <c>room_full</c>, <c>room_closed</c>, <c>not_allowed</c>.</returns>
    public async Task<Outcome<Seat>> EnterWithoutSocket(TicketHolder holder)
    {
        if (WaitingRoom.KeepsOut(holder)) return new MediaRefusal("not_allowed", "The door is closed: come in with the browser first.");
        var joined = await _media.Join(Guid.CreateVersion7(_time.GetUtcNow()), holder.DisplayName, RoleOf(holder.Role));
        if (joined.Refusal is { } refusal) return refusal;
        var seat = new Seat(holder, joined.Value, null);
        var isIn = false;
        lock (_people.Gate)
        {
            if (!_closed && !HasNoSeatFor(holder))
            {
                _people.Add(seat);
                Direction.Recognise(seat);
                _attendance.Joined(Id, seat.Id, holder);
                _people.TellOthers(seat.Id, new ServerMessage.ParticipantJoined(seat.Shape));
                isIn = true;
            }
        }
        if (isIn)
        {
            await Direction.Entered(seat);
            await Recording.Entered(holder);
            return seat;
        }
        await seat.Media.Leave();
        return new MediaRefusal("room_full", $"{_options.MaxParticipants} people are in.");
    }

    /// <summary>Nobody would find a seat who comes as this guest.</summary>
    public bool IsFullFor(TicketHolder guest)
    {
        lock (_people.Gate) return _people.Of(guest.PersonId) is null && HasNoSeatFor(guest);
    }

    /// <summary>Lets one of an audience in, who only hears and sees (WHEP) and is told to nobody by name.</summary>
    public Task<Outcome<Participant>> Listen(string name) => _media.Join(Guid.CreateVersion7(_time.GetUtcNow()), name, ParticipantRole.Listener);

    /// <summary>What is published from these seats, oldest first.</summary>
    public IReadOnlyList<TrackInfo> TracksOf(Predicate<Seat> whose)
    {
        lock (_people.Gate) return [.. _media.Tracks.Where(track => _people.Find(track.ParticipantId) is { } seat && whose(seat))];
    }

    /// <summary>Takes a seat back whose socket was lost.</summary>
    public Seat? Resume(string secret, SignalSocket socket)
    {
        var key = Tickets.KeyOf(secret);
        lock (_people.Gate)
        {
            var seat = _people.Resumed(key);
            if (seat is null) return null;
            seat.Socket?.Close(CloseCode.Replaced);
            seat.Socket = socket;
            seat.FormerResumeKey = key;
            Welcome(seat);
            return seat;
        }
    }

    /// <summary>The socket of a seat is gone; the seat waits for a while.</summary>
    public void SocketLost(Seat seat, SignalSocket socket)
    {
        int losses;
        lock (_people.Gate)
        {
            if (seat.IsGone || seat.Socket != socket) return;
            seat.Socket = null;
            losses = ++seat.Losses;
        }
        _ = GiveUpLater(seat, losses);
    }

    public Task Leave(Seat seat) => Remove(seat, SeatLeft.Left, null);

    /// <summary>The media server has not heard of this participant for too long.</summary>
    public async Task MediaLost(Guid seatId)
    {
        Seat? seat;
        lock (_people.Gate) seat = _people.Find(seatId);
        if (seat is not null) await Remove(seat, SeatLeft.Lost, CloseCode.MediaLost);
    }

    /// <summary>The holder of a ticket waits, if they have to, until they are let in.</summary>
    /// <returns>Null when they may enter at once.</returns>
    public Waiter? Wait(TicketHolder holder, SignalSocket socket)
    {
        LessonTimes times;
        lock (_people.Gate) times = Times;
        return WaitingRoom.Begin(holder, socket, Id, times);
    }

    public void Mute(Seat seat, MediaKind kind, bool muted)
    {
        lock (_people.Gate)
        {
            if (seat.IsGone) return;
            if (kind == MediaKind.Audio) seat.AudioMuted = muted;
            else seat.VideoMuted = muted;
            _people.TellOthers(seat.Id, new ServerMessage.Muted(seat.Id, kind, muted));
        }
    }

    public void Published(TrackInfo track)
    {
        lock (_people.Gate) _people.TellOthers(track.ParticipantId, new ServerMessage.TrackPublished(ShapeOf(track)));
    }

    public void Unpublished(TrackInfo track)
    {
        lock (_people.Gate) _people.TellOthers(track.ParticipantId, new ServerMessage.TrackUnpublished(track.Id));
    }

    public void LessonStarted(NodaTime.Instant at)
    {
        lock (_people.Gate)
        {
            if (_started) return;
            _started = true;
            _people.TellAll(new ServerMessage.LessonStarted(InstantPattern.General.Format(at)));
        }
        Recording.LessonStarted();
    }

    /// <summary>The lesson was read again: its times may have changed.</summary>
    public void Now(Lesson lesson)
    {
        lock (_people.Gate) _lesson = lesson;
    }

    /// <summary>Ends the lesson for everybody; null is done.</summary>
    public async Task<string?> Finish(Seat tutor)
    {
        if (tutor.Holder.Role.Refuses(RoomAct.EndLesson) is { } refusal) return refusal;
        lock (_people.Gate)
        {
            if (!_started) return "lesson_not_started";
            _attendance.Finish(Id, tutor.Holder);
        }
        await Close("ended");
        Report();
        return null;
    }

    /// <summary>The lesson goes on elsewhere: everybody is told where, and the room closes.</summary>
    public async Task FallBack(string provider)
    {
        lock (_people.Gate) _people.TellAll(new ServerMessage.Fallback(provider));
        await Close("fallback");
        Report();
    }

    /// <summary>Writes down how the lesson went here, once, if anybody had media.</summary>
    public void Report()
    {
        if (Quality.Report() is { Count: > 0 } all) _attendance.Report(Id, Quality.Since, all);
    }

    /// <summary>Everybody leaves. Repeatable.</summary>
    /// <param name="reason">As <c>roomClosed</c> says it; null when only the server stops.</param>
    public async Task Close(string? reason)
    {
        lock (_people.Gate)
        {
            _closed = true;
            if (reason is not null) _memory.Forget(Id);
            WaitingRoom.Close(reason);
            foreach (var seat in _people.All.ToList())
            {
                if (reason is not null) seat.Socket?.Send(new ServerMessage.RoomClosed(reason));
                var socket = seat.Socket;
                GiveUp(seat, SeatLeft.Closed);
                socket?.Close(reason is null ? CloseCode.GoingAway : CloseCode.RoomClosed);
            }
        }
        await Recording.Close(reason is null ? StoppedBecause.ServerStopped : StoppedBecause.RoomClosed);
        await _media.Close();
    }

    // Under the lock.
    private void Remember()
    {
        if (!_closed)
            _memory.Remember(Id, new([.. WaitingRoom.Known], Direction.Silenced(MediaKind.Audio), Direction.Silenced(MediaKind.Video), WaitingRoom.DoorIsClosed, Recording.Said));
    }

    private async Task GiveUpLater(Seat seat, int losses)
    {
        await Task.Delay(_options.ResumeWithin, _time);
        lock (_people.Gate)
        {
            if (seat.IsGone || seat.Socket is not null || seat.Losses != losses) return;
        }
        await Remove(seat, SeatLeft.Lost, null);
    }

    private async Task Remove(Seat seat, SeatLeft why, CloseCode? close)
    {
        SignalSocket? socket;
        lock (_people.Gate)
        {
            socket = seat.Socket;
            GiveUp(seat, why);
        }
        if (close is { } code) socket?.Close(code);
        await seat.Media.Leave();
    }

    // Under the lock.
    private void GiveUp(Seat seat, SeatLeft why)
    {
        if (seat.IsGone) return;
        seat.IsGone = true;
        _people.Remove(seat);
        if (why == SeatLeft.Replaced) seat.Socket?.Close(CloseCode.Replaced, "replaced", "You came in from elsewhere.");
        _attendance.Left(Id, seat.Id);
        Direction.Left(seat);
        Recording.Look();
        _people.TellOthers(seat.Id, new ServerMessage.ParticipantLeft(seat.Id, System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(why.ToString())));
    }

    // Under the lock. Guests never take the last seats, which are those of tutor and student.
    private bool HasNoSeatFor(TicketHolder holder) => _people.Count >= _options.MaxParticipants
        || (holder.Role == RoomRole.Guest && _people.All.Count(seat => seat.Holder.Role == RoomRole.Guest) >= _options.MaxParticipants - KeptSeats);

    private LessonTimes Times => new(
        InstantPattern.General.Format(_lesson.Time.Start),
        InstantPattern.General.Format(_lesson.Time.End()),
        InstantPattern.General.Format(_lesson.Time.End() + Lesson.ClosesAfter),
        _started);

    // Under the lock.
    private void Welcome(Seat seat)
    {
        var secret = Tickets.RandomSecret();
        seat.ResumeKey = Tickets.KeyOf(secret);
        var keepsDoor = seat.Holder.Role.Refuses(RoomAct.KeepDoor) is null;
        var others = _people.All.Where(s => s.Id != seat.Id).ToList();
        seat.Socket!.Send(new ServerMessage.Joined(
            ClientMessage.SpokenProtocol, seat.Id, secret, (int)_options.ResumeWithin.TotalSeconds, Id,
            new Profile(_media.Profile.Stereo, _media.Profile.AudioBitrate, 720), Times, seat.Shape,
            [.. others.Select(s => s.Shape)],
            [.. _media.Tracks.Where(t => t.ParticipantId != seat.Id && _people.Find(t.ParticipantId) is not null).Select(ShapeOf)],
            Direction.Spotlit, Indications.Speaker, Indications.Delays, (int)Math.Ceiling(_options.MeasureEvery.TotalSeconds),
            keepsDoor ? WaitingRoom.DoorIsClosed : null, keepsDoor ? WaitingRoom.Shapes : null,
            _media.HasTiming, Recording.Shape));
    }

    internal static TrackShape ShapeOf(TrackInfo track) =>
        new(track.Id, track.ParticipantId, track.Kind == TrackKind.Audio ? MediaKind.Audio : MediaKind.Video);

    private static ParticipantRole RoleOf(RoomRole role) => role switch
    {
        RoomRole.Tutor => ParticipantRole.Tutor,
        RoomRole.Student => ParticipantRole.Student,
        RoomRole.Guest => ParticipantRole.Guest,
        _ => ParticipantRole.Guardian,
    };
}

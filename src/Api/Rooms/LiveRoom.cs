using Muse.Domain.Lessons;
using Muse.SelfHostedMedia;
using Muse.SelfHostedMedia.Rooms;
using NodaTime.Text;

namespace Muse.Api.Rooms;

/// <summary>
/// The people who are in one lesson's room now, and what each of them is told. Its lock is held for memory only; messages are queued
/// under it, so that everybody hears things in the order in which they happened.
/// </summary>
public sealed class LiveRoom(Room media, Lesson lesson, Attendance attendance, RoomsOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Seat> _seats = [];
    private Lesson _lesson = lesson;
    private bool _started = lesson.State is LessonState.Started;
    private bool _closed;

    public Guid Id => media.Id;

    public bool IsClosed
    {
        get
        {
            lock (_gate) return _closed;
        }
    }

    public int Count
    {
        get
        {
            lock (_gate) return _seats.Count;
        }
    }

    /// <summary>Gives a seat to the holder of a ticket. The person's older seat, if any, is taken from it: the newest wins.</summary>
    /// <returns>Null when the socket was told why not and closes.</returns>
    public async Task<Seat?> Enter(TicketHolder holder, SignalSocket socket)
    {
        var joined = await media.Join(Guid.CreateVersion7(time.GetUtcNow()), holder.DisplayName, RoleOf(holder.Role));
        if (joined.Refusal is { } refusal)
        {
            socket.Close(refusal.Code == "room_full" ? CloseCode.RoomFull : CloseCode.GoingAway, refusal.Code, refusal.Detail);
            return null;
        }
        var seat = new Seat(holder, joined.Value, socket);
        Seat? older;
        bool full;
        lock (_gate)
        {
            older = _seats.Values.FirstOrDefault(s => s.Holder.PersonId == holder.PersonId && !s.IsStream);
            full = _closed || (older is null && _seats.Count >= options.MaxParticipants);
            if (full) older = null;
            else
            {
                if (older is not null) GiveUp(older, SeatLeft.Replaced);
                _seats.Add(seat.Id, seat);
                attendance.Joined(Id, seat.Id, holder);
                Welcome(seat);
                TellOthers(seat.Id, new ServerMessage.ParticipantJoined(seat.Shape));
            }
        }
        if (full)
        {
            socket.Close(CloseCode.RoomFull, "room_full", $"{options.MaxParticipants} people are in.");
            await seat.Media.Leave();
            return null;
        }
        if (older is not null) await older.Media.Leave();
        return seat;
    }

    /// <summary>Gives a seat to an encoder or a player of this person (WHIP, WHEP), beside the one of their browser.</summary>
    /// <returns>The seat, or <c>room_full</c>, <c>room_closed</c>.</returns>
    public async Task<Outcome<Seat>> EnterWithoutSocket(TicketHolder holder)
    {
        var joined = await media.Join(Guid.CreateVersion7(time.GetUtcNow()), holder.DisplayName, RoleOf(holder.Role));
        if (joined.Refusal is { } refusal) return refusal;
        var seat = new Seat(holder, joined.Value, null);
        lock (_gate)
        {
            if (!_closed && _seats.Count < options.MaxParticipants)
            {
                _seats.Add(seat.Id, seat);
                attendance.Joined(Id, seat.Id, holder);
                TellOthers(seat.Id, new ServerMessage.ParticipantJoined(seat.Shape));
                return seat;
            }
        }
        await seat.Media.Leave();
        return new MediaRefusal("room_full", $"{options.MaxParticipants} people are in.");
    }

    /// <summary>Lets one of an audience in, who only hears and sees (WHEP) and is told to nobody by name.</summary>
    public Task<Outcome<Participant>> Listen(string name) => media.Join(Guid.CreateVersion7(time.GetUtcNow()), name, ParticipantRole.Listener);

    /// <summary>What is published from these seats, oldest first.</summary>
    public IReadOnlyList<TrackInfo> TracksOf(Predicate<Seat> whose)
    {
        lock (_gate) return [.. media.Tracks.Where(track => _seats.TryGetValue(track.ParticipantId, out var seat) && whose(seat))];
    }

    /// <summary>Takes a seat back whose socket was lost.</summary>
    public Seat? Resume(string secret, SignalSocket socket)
    {
        var key = Tickets.KeyOf(secret);
        lock (_gate)
        {
            var seat = _seats.Values.FirstOrDefault(s => s.ResumeKey == key);
            if (seat is null) return null;
            seat.Socket?.Close(CloseCode.Replaced);
            seat.Socket = socket;
            Welcome(seat);
            return seat;
        }
    }

    /// <summary>The socket of a seat is gone; the seat waits for a while.</summary>
    public void SocketLost(Seat seat, SignalSocket socket)
    {
        int losses;
        lock (_gate)
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
        lock (_gate) seat = _seats.GetValueOrDefault(seatId);
        if (seat is not null) await Remove(seat, SeatLeft.Lost, CloseCode.MediaLost);
    }

    public void Mute(Seat seat, MediaKind kind, bool muted)
    {
        lock (_gate)
        {
            if (seat.IsGone) return;
            if (kind == MediaKind.Audio) seat.AudioMuted = muted;
            else seat.VideoMuted = muted;
            TellOthers(seat.Id, new ServerMessage.Muted(seat.Id, kind, muted));
        }
    }

    public void Published(TrackInfo track)
    {
        lock (_gate) TellOthers(track.ParticipantId, new ServerMessage.TrackPublished(ShapeOf(track)));
    }

    public void Unpublished(TrackInfo track)
    {
        lock (_gate) TellOthers(track.ParticipantId, new ServerMessage.TrackUnpublished(track.Id));
    }

    public void LessonStarted(NodaTime.Instant at)
    {
        lock (_gate)
        {
            if (_started) return;
            _started = true;
            TellOthers(Guid.Empty, new ServerMessage.LessonStarted(InstantPattern.General.Format(at)));
        }
    }

    /// <summary>The lesson was read again: its times may have changed.</summary>
    public void Now(Lesson lesson)
    {
        lock (_gate) _lesson = lesson;
    }

    /// <summary>Ends the lesson for everybody; null is done.</summary>
    public async Task<string?> Finish(Seat tutor)
    {
        if (tutor.Holder.Role != RoomRole.Tutor) return "not_allowed";
        lock (_gate)
        {
            if (!_started) return "lesson_not_started";
            attendance.Finish(Id, tutor.Holder);
        }
        await Close("ended");
        return null;
    }

    /// <summary>The lesson goes on elsewhere: everybody is told where, and the room closes.</summary>
    public Task FallBack(string provider)
    {
        lock (_gate) TellOthers(Guid.Empty, new ServerMessage.Fallback(provider));
        return Close("fallback");
    }

    /// <summary>Everybody leaves. Repeatable.</summary>
    /// <param name="reason">As <c>roomClosed</c> says it; null when only the server stops.</param>
    public async Task Close(string? reason)
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var seat in _seats.Values.ToList())
            {
                if (reason is not null) seat.Socket?.Send(new ServerMessage.RoomClosed(reason));
                var socket = seat.Socket;
                GiveUp(seat, SeatLeft.Closed);
                socket?.Close(reason is null ? CloseCode.GoingAway : CloseCode.RoomClosed);
            }
        }
        await media.Close();
    }

    private async Task GiveUpLater(Seat seat, int losses)
    {
        await Task.Delay(options.ResumeWithin, time);
        lock (_gate)
        {
            if (seat.IsGone || seat.Socket is not null || seat.Losses != losses) return;
        }
        await Remove(seat, SeatLeft.Lost, null);
    }

    private async Task Remove(Seat seat, SeatLeft why, CloseCode? close)
    {
        SignalSocket? socket;
        lock (_gate)
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
        _seats.Remove(seat.Id);
        if (why == SeatLeft.Replaced) seat.Socket?.Close(CloseCode.Replaced, "replaced", "You came in from elsewhere.");
        attendance.Left(Id, seat.Id);
        TellOthers(seat.Id, new ServerMessage.ParticipantLeft(seat.Id, System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(why.ToString())));
    }

    // Under the lock.
    private void Welcome(Seat seat)
    {
        var secret = Tickets.RandomSecret();
        seat.ResumeKey = Tickets.KeyOf(secret);
        var times = new LessonTimes(
            InstantPattern.General.Format(_lesson.Time.Start),
            InstantPattern.General.Format(_lesson.Time.End()),
            InstantPattern.General.Format(_lesson.Time.End() + Lesson.ClosesAfter),
            _started);
        seat.Socket!.Send(new ServerMessage.Joined(
            seat.Id, secret, Id, new Profile(media.Profile.Stereo, media.Profile.AudioBitrate, 720), times,
            [.. _seats.Values.Where(s => s.Id != seat.Id).Select(s => s.Shape)],
            [.. media.Tracks.Where(t => t.ParticipantId != seat.Id && _seats.ContainsKey(t.ParticipantId)).Select(ShapeOf)]));
    }

    // Under the lock.
    private void TellOthers(Guid about, ServerMessage message)
    {
        foreach (var seat in _seats.Values)
        {
            if (seat.Id != about) seat.Socket?.Send(message);
        }
    }

    internal static TrackShape ShapeOf(TrackInfo track) =>
        new(track.Id, track.ParticipantId, track.Kind == TrackKind.Audio ? MediaKind.Audio : MediaKind.Video);

    private static ParticipantRole RoleOf(RoomRole role) => role switch
    {
        RoomRole.Tutor => ParticipantRole.Tutor,
        RoomRole.Student => ParticipantRole.Student,
        _ => ParticipantRole.Guardian,
    };
}

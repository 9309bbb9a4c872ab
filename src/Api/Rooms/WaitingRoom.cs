using Muse.Domain.Lessons;

namespace Muse.Api.Rooms;

/// <summary>One who has a ticket and is not let in yet. Ends with its socket.</summary>
public sealed class Waiter(Guid id, TicketHolder holder, SignalSocket socket)
{
    // Whoever decides does so under the room's lock; the waiter must not go on there.
    private readonly TaskCompletionSource<bool> _decision = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid Id => id;

    public TicketHolder Holder => holder;

    /// <summary>True: come in. False: the socket was told why not and closes.</summary>
    public Task<bool> Decision => _decision.Task;

    internal SignalSocket Socket => socket;

    internal WaitingShape Shape => new(id, holder.DisplayName, holder.Role);

    internal void Decide(bool comesIn) => _decision.TrySetResult(comesIn);
}

/// <summary>Who comes while the door is closed waits here until a tutor lets them in, and a guest always does. Somebody who was let in once comes
/// back without waiting, as long as the lesson lasts. All under the lock of <see cref="RoomPeople"/>.</summary>
public sealed class WaitingRoom(RoomPeople people, RoomsOptions options, TimeProvider time, RoomState state)
{
    private readonly List<Waiter> _waiters = [];
    private readonly HashSet<Guid> _known = [.. state.Known];
    private bool _closed;

    public bool DoorIsClosed { get; private set; } = state.DoorIsClosed;

    /// <summary>Under the lock.</summary>
    public IReadOnlyCollection<Guid> Known => _known;

    public IReadOnlyList<WaitingShape> Shapes => [.. _waiters.Select(waiter => waiter.Shape)];

    /// <summary>They are in: a reload must not put them before the door.</summary>
    public void Seated(TicketHolder holder)
    {
        if (_known.Count < options.MaxWaiting + options.MaxParticipants && _known.Add(holder.PersonId)) people.Changed?.Invoke();
    }

    /// <summary>Would have to wait.</summary>
    public bool KeepsOut(TicketHolder holder)
    {
        lock (people.Gate) return !LetsIn(holder);
    }

    /// <summary>The newest of a person's sockets waits.</summary>
    /// <returns>Null when nobody has to wait; one whose decision is false already when too many do.</returns>
    public Waiter? Begin(TicketHolder holder, SignalSocket socket, Guid room, LessonTimes lesson)
    {
        lock (people.Gate)
        {
            if (LetsIn(holder)) return null;
            var waiter = new Waiter(Guid.CreateVersion7(time.GetUtcNow()), holder, socket);
            if (_waiters.Find(other => other.Holder.PersonId == holder.PersonId) is { } older)
                SendAway(older, CloseCode.Replaced, "replaced", "You came in from elsewhere.");
            if (_waiters.Count >= options.MaxWaiting || (holder.Role == RoomRole.Guest && GuestsWaiting >= MostGuestsWaiting))
            {
                socket.Close(CloseCode.RoomFull, "room_full", "Too many people are waiting.");
                waiter.Decide(false);
                return waiter;
            }
            _waiters.Add(waiter);
            socket.Send(new ServerMessage.Waiting(waiter.Id, room, holder.Role == RoomRole.Guest ? "guest" : "door_closed", lesson));
            Tell();
            return waiter;
        }
    }

    /// <summary>The waiter's socket is gone.</summary>
    public void GiveUp(Waiter waiter)
    {
        lock (people.Gate)
        {
            if (_waiters.Remove(waiter)) Tell();
        }
    }

    /// <param name="id">Null: all.</param>
    public string? Admit(Seat by, Guid? id)
    {
        if (by.Holder.Role.Refuses(RoomAct.LetIn) is { } refusal) return refusal;
        lock (people.Gate)
        {
            var chosen = _waiters.FindAll(waiter => id is null || waiter.Id == id);
            if (chosen.Count == 0) return id is null ? null : "not_waiting";
            foreach (var waiter in chosen) LetIn(waiter);
            Tell();
            return null;
        }
    }

    public string? Refuse(Seat by, Guid id)
    {
        if (by.Holder.Role.Refuses(RoomAct.LetIn) is { } refusal) return refusal;
        lock (people.Gate)
        {
            if (_waiters.Find(waiter => waiter.Id == id) is not { } refused) return "not_waiting";
            SendAway(refused, CloseCode.NotAdmitted, "not_admitted", "The tutor did not let you in.");
            Tell();
            return null;
        }
    }

    /// <summary>An opened door lets those in who wait before it.</summary>
    public string? KeepDoor(Seat by, bool closed)
    {
        if (by.Holder.Role.Refuses(RoomAct.KeepDoor) is { } refusal) return refusal;
        lock (people.Gate)
        {
            DoorIsClosed = closed;
            people.Changed?.Invoke();
            foreach (var waiter in _waiters.FindAll(waiter => LetsIn(waiter.Holder))) LetIn(waiter);
            people.TellThoseWhoMay(RoomAct.KeepDoor, new ServerMessage.Door(closed));
            Tell();
            return null;
        }
    }

    /// <summary>A guest link is revoked: who waits by it is sent away, who is in stays.</summary>
    public void Revoke(Guid guestLink)
    {
        lock (people.Gate)
        {
            foreach (var waiter in _waiters.FindAll(waiter => waiter.Holder.GuestLink == guestLink))
                SendAway(waiter, CloseCode.NotLetIn, "guest_link_over", "This link is no longer good.");
            Tell();
        }
    }

    /// <summary>The room closes. Under the lock.</summary>
    public void Close(string? reason)
    {
        // Whoever comes now is told that the room is closed instead of waiting in it.
        _closed = true;
        foreach (var waiter in _waiters.ToArray())
        {
            if (reason is not null) waiter.Socket.Send(new ServerMessage.RoomClosed(reason));
            SendAway(waiter, reason is null ? CloseCode.GoingAway : CloseCode.RoomClosed);
        }
    }

    private int GuestsWaiting => _waiters.Count(waiter => waiter.Holder.Role == RoomRole.Guest);

    // Somebody with a guest link and a script shall not keep the people of the lesson from waiting.
    private int MostGuestsWaiting => Math.Max(1, options.MaxWaiting - Lesson.MostPresent);

    private bool LetsIn(TicketHolder holder) =>
        _closed || (!DoorIsClosed && holder.Role != RoomRole.Guest) || holder.Role.Refuses(RoomAct.LetIn) is null || _known.Contains(holder.PersonId);

    private void LetIn(Waiter waiter)
    {
        _waiters.Remove(waiter);
        Seated(waiter.Holder);
        waiter.Decide(true);
    }

    private void SendAway(Waiter waiter, CloseCode code, string? error = null, string detail = "")
    {
        _waiters.Remove(waiter);
        if (error is null) waiter.Socket.Close(code);
        else waiter.Socket.Close(code, error, detail);
        waiter.Decide(false);
    }

    private void Tell() => people.TellThoseWhoMay(RoomAct.LetIn, new ServerMessage.WaitingPeople(Shapes));
}

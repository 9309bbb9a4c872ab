using System.Collections.Concurrent;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>The rooms that are open on this server.</summary>
public sealed class OpenRooms
{
    private readonly ConcurrentDictionary<Guid, Room> _rooms = new();
    private readonly Lock _opening = new();
    private readonly MediaThread _thread;
    private long _sessions;

    /// <summary>Those of the dictionary, for the media thread: going through that one allocates.</summary>
    private volatile Room[] _all = [];

    internal OpenRooms(MediaThread thread)
    {
        _thread = thread;
        thread.EverySecond = Second;
        thread.EveryTenth = Tenth;
    }

    public int Count => _rooms.Count;

    /// <summary>Opens a room, or finds it when it is open already (its first profile holds).</summary>
    /// <returns>The room, or <c>too_many_rooms</c>.</returns>
    public Outcome<Room> Open(Guid id, RoomProfile profile)
    {
        lock (_opening)
        {
            if (_rooms.TryGetValue(id, out var open))
                return open;
            if (_rooms.Count >= _thread.Options.MaxRooms)
                return new MediaRefusal("too_many_rooms", $"At most {_thread.Options.MaxRooms} rooms may be open.");
            var room = new Room(this, _thread, id, profile);
            _rooms[id] = room;
            _all = [.. _rooms.Values];
            return room;
        }
    }

    /// <summary>Those that are open now.</summary>
    public IReadOnlyList<Room> All => _all;

    /// <returns>Null when no such room is open.</returns>
    public Room? Find(Guid id) => _rooms.GetValueOrDefault(id);

    /// <summary>A room that nobody can find.</summary>
    internal Room Rehearse() => new(this, _thread, Guid.Empty, RoomProfile.Lesson) { IsRehearsal = true };

    internal long NextSession() => Interlocked.Increment(ref _sessions);

    internal void Forget(Room room)
    {
        lock (_opening)
        {
            _rooms.TryRemove(KeyValuePair.Create(room.Id, room));
            _all = [.. _rooms.Values];
        }
    }

    internal Task CloseAll() => Task.WhenAll(_rooms.Values.Select(room => room.Close()));

    private void Second()
    {
        foreach (var room in _all)
            room.Second();
    }

    private void Tenth()
    {
        foreach (var room in _all)
            room.Tenth();
    }
}

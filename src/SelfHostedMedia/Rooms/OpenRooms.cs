using System.Collections.Concurrent;

namespace Muse.SelfHostedMedia.Rooms;

/// <summary>The rooms that are open on this server.</summary>
public sealed class OpenRooms
{
    private readonly ConcurrentDictionary<Guid, Room> _rooms = new();
    private readonly Lock _opening = new();
    private readonly MediaThread _thread;
    private long _sessions;

    internal OpenRooms(MediaThread thread)
    {
        _thread = thread;
        thread.EverySecond = Second;
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
            return room;
        }
    }

    /// <returns>Null when no such room is open.</returns>
    public Room? Find(Guid id) => _rooms.GetValueOrDefault(id);

    internal long NextSession() => Interlocked.Increment(ref _sessions);

    internal void Forget(Room room) => _rooms.TryRemove(KeyValuePair.Create(room.Id, room));

    internal Task CloseAll() => Task.WhenAll(_rooms.Values.Select(room => room.Close()));

    private void Second()
    {
        foreach (var (_, room) in _rooms)
            room.Second();
    }
}

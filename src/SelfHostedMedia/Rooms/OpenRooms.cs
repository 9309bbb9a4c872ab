namespace Muse.SelfHostedMedia.Rooms;

/// <summary>The rooms that are open on this server.</summary>
public sealed class OpenRooms
{
    internal OpenRooms()
    {
    }

    public int Count => 0;

    /// <summary>Opens a room, or finds it when it is open already (its first profile holds).</summary>
    /// <returns>The room, or <c>too_many_rooms</c>.</returns>
    public Outcome<Room> Open(Guid id, RoomProfile profile) => throw new NotImplementedException();

    /// <returns>Null when no such room is open.</returns>
    public Room? Find(Guid id) => throw new NotImplementedException();
}

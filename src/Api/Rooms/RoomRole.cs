namespace Muse.Api.Rooms;

/// <summary>In which role a person is in the room of a lesson.</summary>
public enum RoomRole
{
    Tutor,
    Student,
    Guardian,
}

namespace Muse.Api.Rooms;

/// <summary>What the tutor has decided in a room, about people by person: it holds when the server is killed and comes back.</summary>
/// <param name="Known">Were let in once, and need not wait again.</param>
/// <param name="IsRecorded">As was said in the room; null while nothing was, and what the tutor prefers holds.</param>
public sealed record RoomState(
    IReadOnlyCollection<Guid> Known, IReadOnlyCollection<Guid> SilencedAudio, IReadOnlyCollection<Guid> SilencedVideo, bool DoorIsClosed, bool? IsRecorded)
{
    public static readonly RoomState New = new([], [], [], false, null);
}

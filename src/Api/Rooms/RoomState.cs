namespace Muse.Api.Rooms;

/// <summary>What the tutor has decided about people in a room, by person: it holds when the server is killed and comes back.</summary>
/// <param name="Known">Were let in once, and need not wait again.</param>
public sealed record RoomState(
    IReadOnlyCollection<Guid> Known, IReadOnlyCollection<Guid> SilencedAudio, IReadOnlyCollection<Guid> SilencedVideo, bool DoorIsClosed)
{
    public static readonly RoomState New = new([], [], [], false);
}

using Muse.Imitations.Trying;

namespace Muse.Imitations.Zoom;

/// <summary>The pages behind <c>join_url</c> and <c>start_url</c>.</summary>
public sealed partial class ZoomImitation
{
    private void MapDoors(WebApplication app)
    {
        DoorPage.Map(app, "/j/{key}", Title, key => Find(key)?.Topic, request => request.Query["uname"], (key, guest) => Enter(key, guest, isHost: false), Go);
        DoorPage.Map(app, "/s/{key}", Title, key => Find(key)?.Topic, _ => "Host", (key, guest) => Enter(key, guest, isHost: true), Go);
    }

    private Task Enter(string key, string guest, bool isHost) =>
        Find(key) is { } meeting ? Join(meeting, guest, isHost ? meeting.Host.Email : "", isHost ? meeting.Host : null) : Task.CompletedTask;

    private Task Go(string key, string guest) => Find(key) is { } meeting ? Leave(meeting, guest) : Task.CompletedTask;
}

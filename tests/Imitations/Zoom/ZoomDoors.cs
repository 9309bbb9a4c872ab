using Muse.Imitations.Trying;

namespace Muse.Imitations.Zoom;

/// <summary>The pages behind <c>join_url</c> and <c>start_url</c>.</summary>
public sealed partial class ZoomImitation
{
    private void MapDoors(WebApplication app)
    {
        DoorPage.Map(app, "/j/{key}", Title, key => Find(key)?.Topic,
            (request, _, name) => new Entrant(name ?? Some(request.Query["uname"]), "participant"), (key, guest) => Enter(key, guest, isHost: false), Go);
        // Whoever has the start link is the account that holds the meeting.
        DoorPage.Map(app, "/s/{key}", Title, key => Find(key)?.Topic,
            (_, key, name) => new Entrant(name ?? Find(key)?.Host.Name, $"host, with the account {Find(key)?.Host.Email}"), (key, guest) => Enter(key, guest, isHost: true), Go);
    }

    private static string? Some(string? text) => text is { Length: > 0 } ? text : null;

    private Task Enter(string key, string guest, bool isHost) =>
        Find(key) is { } meeting ? Join(meeting, guest, isHost ? meeting.Host.Email : "", isHost ? meeting.Host : null) : Task.CompletedTask;

    private Task Go(string key, string guest) => Find(key) is { } meeting ? Leave(meeting, guest) : Task.CompletedTask;
}

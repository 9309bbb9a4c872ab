using Muse.Imitations.Trying;

namespace Muse.Imitations.Google;

/// <summary>The pages behind links to Meet, where people try Muse without an account.</summary>
public sealed partial class GoogleImitation
{
    /// <summary>Where links to Meet lead, without a slash at the end: to the real one, or to <see cref="OwnDoors"/>.</summary>
    public string Doors { get; set; } = "https://meet.google.com";

    /// <summary>Pages of this imitation's own, so that nobody who tries it ends up at the real Meet.</summary>
    public string OwnDoors => $"{Address}/meet";

    /// <summary>The tutor's link names the account to come in with; whoever gives an address for a name is signed in with it.</summary>
    private void MapDoors(WebApplication app) => DoorPage.Map(
        app, "/meet/{key}", Title, key => EventAt(key) is { } id ? Held.FirstOrDefault(h => h.Reference == id)?.Title : null, request => request.Query["authuser"],
        (key, guest) => EventAt(key) is { } id ? MakeHappen(id, Happening.Join, guest) : Task.CompletedTask,
        (key, guest) => EventAt(key) is { } id ? MakeHappen(id, Happening.Leave, guest) : Task.CompletedTask);

    private string? EventAt(string code)
    {
        lock (_gate)
        {
            return _calendars.Values.SelectMany(calendar => calendar.Events)
                .FirstOrDefault(e => !e.Value.IsCancelled && e.Value.Json["conferenceData"]?["conferenceId"]?.GetValue<string>() == code).Key;
        }
    }
}

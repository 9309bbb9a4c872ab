using Muse.Imitations.Trying;

namespace Muse.Imitations.Google;

/// <summary>The pages behind links to Meet, where people try Muse without an account.</summary>
public sealed partial class GoogleImitation
{
    /// <summary>Where links to Meet lead, without a slash at the end: to the real one, or to <see cref="OwnDoors"/>.</summary>
    public string Doors { get; set; } = "https://meet.google.com";

    /// <summary>
    /// Pages of this imitation's own, so that nobody who tries it ends up at the real Meet. The links have the real ones' form: nothing but the
    /// code in the path, by which Muse finds the space.
    /// </summary>
    public string OwnDoors => Address;

    /// <summary>The tutor's link names the account to come in with; whoever gives an address for a name is signed in with it.</summary>
    private void MapDoors(WebApplication app) => DoorPage.Map(
        app, "/{key}", Title, key => EventAt(key)?.Json["summary"]?.GetValue<string>(), (request, key, name) => EntrantAt(key, name ?? request.Query["authuser"]),
        (key, guest) => EventAt(key) is { } e ? MakeHappen(e.Id, Happening.Join, guest) : Task.CompletedTask,
        (key, guest) => EventAt(key) is { } e ? MakeHappen(e.Id, Happening.Leave, guest) : Task.CompletedTask);

    private Entrant EntrantAt(string code, string? name) => new(
        string.IsNullOrEmpty(name) ? null : name,
        name is null || !name.Contains('@', StringComparison.Ordinal) ? "guest without a Google account"
        : EventAt(code)?.User == name ? "organiser, signed in with the account that holds the meeting" : "guest, signed in with this Google account");

    private HeldEvent? EventAt(string code)
    {
        lock (_gate)
        {
            return _calendars.Values.SelectMany(calendar => calendar.Events.Values)
                .FirstOrDefault(e => !e.IsCancelled && e.Json["conferenceData"]?["conferenceId"]?.GetValue<string>() == code);
        }
    }
}

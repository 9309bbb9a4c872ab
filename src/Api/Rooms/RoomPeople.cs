namespace Muse.Api.Rooms;

/// <summary>The seats of one room, and the one lock of everything that changes in it. The lock is held for memory only; messages are queued
/// under it, so that everybody hears things in the order in which they happened. Every member is used under the lock.</summary>
public sealed class RoomPeople
{
    private readonly Dictionary<Guid, Seat> _seats = [];

    public Lock Gate { get; } = new();

    /// <summary>Something has changed that a killed server must still know when it comes back.</summary>
    public Action? Changed { get; set; }

    public int Count => _seats.Count;

    public IReadOnlyCollection<Seat> All => _seats.Values;

    public void Add(Seat seat) => _seats.Add(seat.Id, seat);

    public void Remove(Seat seat) => _seats.Remove(seat.Id);

    public Seat? Find(Guid id) => _seats.GetValueOrDefault(id);

    /// <summary>The seat of the person's browser.</summary>
    public Seat? Of(Guid personId) => _seats.Values.FirstOrDefault(seat => seat.Holder.PersonId == personId && !seat.IsStream);

    public Seat? Resumed(string key) => _seats.Values.FirstOrDefault(seat => !seat.IsStream && (seat.ResumeKey == key || seat.FormerResumeKey == key));

    public void TellAll(ServerMessage message)
    {
        foreach (var seat in _seats.Values) seat.Socket?.Send(message);
    }

    public void TellOthers(Guid about, ServerMessage message)
    {
        foreach (var seat in _seats.Values)
        {
            if (seat.Id != about) seat.Socket?.Send(message);
        }
    }

    public void TellThoseWhoMay(RoomAct act, ServerMessage message)
    {
        foreach (var seat in _seats.Values)
        {
            if (seat.Holder.Role.Refuses(act) is null) seat.Socket?.Send(message);
        }
    }
}

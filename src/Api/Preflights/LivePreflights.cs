using Muse.Api.Rooms;
using Muse.SelfHostedMedia.Rooms;

namespace Muse.Api.Preflights;

/// <summary>
/// The tests that are under way, in memory only: after a restart the page begins another one. Bounded in all and for each person, so that
/// nobody fills the server with them.
/// </summary>
public sealed class LivePreflights(MediaHost media, PreflightsOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, (BegunPreflight Begun, DateTimeOffset Until)> _waiting = [];
    private readonly Queue<Guid> _byAge = new();
    private readonly Dictionary<Guid, Queue<DateTimeOffset>> _begunBy = [];
    private readonly Dictionary<Guid, (LivePreflight Room, ITimer Clock)> _open = [];

    /// <summary>Loop-back rooms that are open now.</summary>
    public int Open
    {
        get
        {
            lock (_gate) return _open.Count;
        }
    }

    /// <summary>Counts one more test of this person; false when there were too many lately.</summary>
    public bool MayBegin(Guid byPerson)
    {
        var now = time.GetUtcNow();
        lock (_gate)
        {
            foreach (var (person, times) in _begunBy.Where(entry => entry.Value.Last() + options.Within <= now).ToList()) _begunBy.Remove(person);
            if (!_begunBy.TryGetValue(byPerson, out var begun)) _begunBy[byPerson] = begun = new Queue<DateTimeOffset>();
            while (begun.TryPeek(out var first) && first + options.Within <= now) begun.Dequeue();
            if (begun.Count >= options.MostOfOnePerson) return false;
            begun.Enqueue(now);
            return true;
        }
    }

    /// <summary>Begins a test; an open room of the same person closes. Null when there is no place for a further room.</summary>
    /// <returns>The room's end, or <c>default</c> when no room was wanted.</returns>
    public async Task<DateTimeOffset?> Begin(BegunPreflight begun)
    {
        var now = time.GetUtcNow();
        List<LivePreflight> former;
        lock (_gate)
        {
            former = [.. _open.Values.Select(entry => entry.Room).Where(room => room.Begun.ByPersonId == begun.ByPersonId)];
        }
        foreach (var room in former) await Close(room.Begun.Id);
        var closesAt = now + options.RoomFor;
        lock (_gate)
        {
            if (begun.Offered.Count > 0)
            {
                if (_open.Count >= options.MostAtOnce) return null;
                var opened = media.Server.Rooms.Open(begun.Id, RoomProfile.Lesson);
                if (opened.IsRefused) return null;
                var clock = time.CreateTimer(_ => _ = Close(begun.Id), null, options.RoomFor, Timeout.InfiniteTimeSpan);
                _open[begun.Id] = (new LivePreflight(begun, opened.Value, closesAt), clock);
            }
            Sweep(now);
            while (_waiting.Count >= PreflightsOptions.MostWaiting && _byAge.TryDequeue(out var eldest)) _waiting.Remove(eldest);
            _waiting[begun.Id] = (begun, now + options.ResultWithin);
            _byAge.Enqueue(begun.Id);
        }
        return closesAt;
    }

    /// <summary>A test whose result may still come; null afterwards.</summary>
    public BegunPreflight? Waiting(Guid id)
    {
        lock (_gate) return _waiting.TryGetValue(id, out var entry) && entry.Until > time.GetUtcNow() ? entry.Begun : null;
    }

    /// <summary>The room of a test while it is open.</summary>
    public LivePreflight? RoomOf(Guid id)
    {
        lock (_gate) return _open.TryGetValue(id, out var entry) ? entry.Room : null;
    }

    /// <summary>Closes the room. Repeatable; its result may still come.</summary>
    public async Task Close(Guid id)
    {
        (LivePreflight Room, ITimer Clock) entry;
        lock (_gate)
        {
            if (!_open.Remove(id, out entry)) return;
        }
        await entry.Clock.DisposeAsync();
        await entry.Room.Close();
    }

    public async ValueTask DisposeAsync()
    {
        List<Guid> open;
        lock (_gate) open = [.. _open.Keys];
        foreach (var id in open) await Close(id);
    }

    // Under the lock.
    private void Sweep(DateTimeOffset now)
    {
        while (_byAge.TryPeek(out var eldest) && (!_waiting.TryGetValue(eldest, out var entry) || entry.Until <= now))
        {
            _byAge.Dequeue();
            _waiting.Remove(eldest);
        }
    }
}

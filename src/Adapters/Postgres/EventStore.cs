using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>The log of events on PostgreSQL (docs/events.md). One per process; cheap sessions come from it.</summary>
public sealed class EventStore
{
    private readonly Dictionary<string, List<IProjection>> _inline = new(StringComparer.Ordinal);

    public EventStore(NpgsqlDataSource source, EventNames names, IEnumerable<IProjection> projections, TimeProvider time)
    {
        Source = source;
        Names = names;
        Time = time;
        Projections = [.. projections];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var projection in Projections)
        {
            if (!seen.Add(projection.Name)) throw new InvalidOperationException($"Two projections are called '{projection.Name}'.");
            foreach (var name in projection.EventTypes)
            {
                if (!names.Knows(name)) throw new InvalidOperationException($"Projection '{projection.Name}' asks for '{name}', which is no event name.");
                if (projection.Lifecycle != ProjectionLifecycle.Inline) continue;
                if (!_inline.TryGetValue(name, out var list)) _inline[name] = list = [];
                list.Add(projection);
            }
        }
    }

    public NpgsqlDataSource Source { get; }

    public EventNames Names { get; }

    public TimeProvider Time { get; }

    /// <summary>All of them, inline and async.</summary>
    public IReadOnlyList<IProjection> Projections { get; }

    /// <summary>Raised after each commit of this process that wrote events or errands.</summary>
    public CommitSignal Committed { get; } = new();

    /// <summary>Raised when an async projection of this process has written rows.</summary>
    public CommitSignal Projected { get; } = new();

    public EventSession OpenSession(Actor? who = null) => new(this, who);

    internal IReadOnlyList<IProjection> InlineFor(string eventName) => _inline.TryGetValue(eventName, out var list) ? list : [];
}

using Npgsql;

namespace Muse.Adapters.Postgres;

public enum ProjectionLifecycle
{
    /// <summary>In the append's own transaction: a person must see the result at once.</summary>
    Inline,

    /// <summary>By the runner, shortly after; everything else.</summary>
    Async
}

/// <summary>
/// A read model: tables built from events and from nothing else, so that they can be rebuilt. Tables are made by a migration. Register with
/// <c>services.AddSingleton&lt;IProjection, X&gt;()</c>.
/// </summary>
public interface IProjection
{
    /// <summary>snake_case and stable: part of the checkpoint's name.</summary>
    string Name { get; }

    /// <summary>Raise it when <see cref="Apply"/> changes its mind: the tables are rebuilt at the next start.</summary>
    int Version { get; }

    ProjectionLifecycle Lifecycle { get; }

    /// <summary>Names of the events applied (<see cref="EventNames"/>); others never reach <see cref="Apply"/>.</summary>
    IReadOnlyCollection<string> EventTypes { get; }

    /// <summary>The tables it owns alone; a rebuild empties them in this order and replays.</summary>
    IReadOnlyList<string> Tables { get; }

    /// <summary>
    /// Adds the statements for one event (<see cref="Sql.Write"/>). Must depend on the event only, not on the clock or on tables of others.
    /// Sequence, version and timestamp are final, inline too. An exception stops the projection (async) or the save (inline).
    /// </summary>
    void Apply(IEvent e, NpgsqlBatch batch);
}

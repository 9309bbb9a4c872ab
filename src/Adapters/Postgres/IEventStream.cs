namespace Muse.Adapters.Postgres;

/// <summary>A stream fetched to decide on; what is appended is written by the session's <see cref="EventSession.SaveChangesAsync"/>.</summary>
public interface IEventStream<out T> where T : class
{
    Guid Id { get; }

    /// <summary>The fold of all events, null when the stream does not exist.</summary>
    T? Aggregate { get; }

    /// <summary>The version the aggregate was folded to, 0 when the stream does not exist. This is the version enforced at save.</summary>
    long StartingVersion { get; }

    /// <summary><see cref="StartingVersion"/> plus the events appended since.</summary>
    long CurrentVersion { get; }

    /// <summary>Appends one event and returns its id, by which an errand can be tied to it.</summary>
    Guid AppendOne(object e);

    /// <summary>Appends the events in order; starts the stream when it does not exist. No events change nothing.</summary>
    void AppendMany(params IEnumerable<object> events);
}

using NodaTime;

namespace Muse.Adapters.Postgres;

/// <summary>One recorded event with its envelope. Property names are Marten's (JasperFx.Events <c>IEvent</c>).</summary>
public interface IEvent
{
    /// <summary>The event's own id (UUID v7), made when it was handed to the session.</summary>
    Guid Id { get; }

    /// <summary>The stream it belongs to.</summary>
    Guid StreamId { get; }

    /// <summary>1 for the stream's first event, without holes.</summary>
    long Version { get; }

    /// <summary>Position in the whole log; grows, may have holes.</summary>
    long Sequence { get; }

    /// <summary>The name in <see cref="EventNames"/>, e.g. <c>booking_confirmed</c>; never the CLR name.</summary>
    string EventTypeName { get; }

    /// <summary>The database's <c>clock_timestamp()</c> when it was recorded, UTC, microseconds.</summary>
    DateTimeOffset Timestamp { get; }

    /// <summary>The event itself.</summary>
    object Data { get; }

    /// <summary>Who and why (<see cref="Actor"/>); empty when nothing was said.</summary>
    IReadOnlyDictionary<string, string> Headers { get; }
}

/// <summary>A recorded event whose type is known.</summary>
public interface IEvent<out T> : IEvent
{
    new T Data { get; }
}

internal sealed record RecordedEvent<T>(
    Guid Id,
    Guid StreamId,
    long Version,
    long Sequence,
    string EventTypeName,
    DateTimeOffset Timestamp,
    T Data,
    IReadOnlyDictionary<string, string> Headers) : IEvent<T>
    where T : notnull
{
    object IEvent.Data => Data;
}

public static class EventTime
{
    /// <summary>When the event was recorded, as the NodaTime value the rest of the house uses.</summary>
    public static Instant RecordedAt(this IEvent e) => Instant.FromDateTimeOffset(e.Timestamp);
}

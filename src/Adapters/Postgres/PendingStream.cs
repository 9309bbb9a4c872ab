namespace Muse.Adapters.Postgres;

/// <summary>What a session is about to write to one stream.</summary>
internal sealed class PendingStream(Guid id, string type, long expected, bool starts)
{
    public Guid Id { get; } = id;

    public string Type { get; } = type;

    /// <summary>The version before these events.</summary>
    public long Expected { get; } = expected;

    public bool Starts { get; } = starts;

    public long Version => Expected + Events;

    public int Events { get; set; }
}

internal readonly record struct PendingEvent(Guid Id, Guid StreamId, long Version, EventType Type, object Data);

internal readonly record struct PendingErrand(Guid Id, string Kind, string Body, Guid CausedBy, NodaTime.Instant? DueAt);

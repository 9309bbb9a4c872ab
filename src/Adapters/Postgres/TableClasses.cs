namespace Muse.Adapters.Postgres;

/// <summary>
/// Every table is in exactly one class: kept (here), rebuildable (<see cref="IProjection.Tables"/>) or a position of the program in this
/// database. A backup refuses to run while a table is in none, so that a new one cannot be forgotten.
/// </summary>
public static class TableClasses
{
    /// <summary>What cannot be built from anything else: events and what is not an event (docs/operations.md, "What is kept").</summary>
    public static IReadOnlyList<string> Kept { get; } =
    [
        "mt_streams", "mt_events", "errands", "received",
        "agenda", "rezoned", "meeting_attempts",
        "provider_connections", "connection_attempts",
        "people", "person_keys", "imported_people", "introductions", "accounts", "refresh_families", "refresh_tokens", "device_links", "idempotency_keys", "setup_links",
        "zoom_meetings", "zoom_writes",
        "watched_calendars", "calendar_channels",
        "recording_views", "room_shelvings",
        "stream_key_uses", "api_key_uses",
        "room_states",
        "renditions",
        "webhook_secrets", "webhook_paces", "webhook_fan_out", "webhook_deliveries", "webhook_attempts",
    ];

    /// <summary>How far this program has come with this database: made anew by migrating and rebuilding.</summary>
    public static IReadOnlyList<string> Positions { get; } = ["schema_migrations", "mt_event_progression"];
}

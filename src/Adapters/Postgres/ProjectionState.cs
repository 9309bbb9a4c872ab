using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>How far a projection is.</summary>
/// <param name="Position">All events up to this sequence are in its tables.</param>
/// <param name="Behind">Sequence numbers still to read (holes count).</param>
/// <param name="StoppedAt">The event that could not be applied; nothing after it is.</param>
public sealed record ProjectionState(
    string Name, int Version, ProjectionLifecycle Lifecycle, long Position, long Behind, long? StoppedAt, string? StoppedBy);

/// <summary>The checkpoint rows in mt_event_progression, one per projection and version.</summary>
public static class Checkpoints
{
    internal static string Checkpoint(this IProjection projection) => $"{projection.Name}:v{projection.Version}";

    /// <summary>Of all projections, in the order they were registered.</summary>
    public static async Task<IReadOnlyList<ProjectionState>> ProjectionStates(this EventStore store, CancellationToken ct)
    {
        // Positions before settled(): the other way round a busy log would show a projection ahead of it.
        var rows = new Dictionary<string, (long Last, long? StoppedAt, string? StoppedBy)>(StringComparer.Ordinal);
        await using (var read = store.Source.Command("select name, last_seq_id, stopped_at, stopped_by from mt_event_progression"))
        await using (var reader = await read.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
                rows.Add(reader.GetString(0), (reader.GetInt64(1), reader.IsDBNull(2) ? null : reader.GetInt64(2), reader.IsDBNull(3) ? null : reader.GetString(3)));
        }
        await using var ask = store.Source.Command("select settled()");
        var settled = (long)(await ask.ExecuteScalarAsync(ct))!;
        return [.. store.Projections.Select(p =>
        {
            var found = rows.GetValueOrDefault(p.Checkpoint());
            // Inline rows are written with their events, so a built inline projection is always at the end of the log.
            var position = p.Lifecycle == ProjectionLifecycle.Inline && rows.ContainsKey(p.Checkpoint()) ? settled : found.Last;
            return new ProjectionState(p.Name, p.Version, p.Lifecycle, position, Math.Max(0, settled - position), found.StoppedAt, found.StoppedBy);
        })];
    }

    internal static async Task Empty(this IProjection projection, NpgsqlConnection connection, CancellationToken ct)
    {
        foreach (var table in projection.Tables)
        {
            // Not TRUNCATE: its lock would wait for everybody who reads the table, and everybody for it.
            await using var empty = connection.Command($"delete from {table}");
            await empty.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>Sets the position of this version and forgets older versions' rows.</summary>
    internal static async Task Place(this IProjection projection, NpgsqlConnection connection, long position, CancellationToken ct)
    {
        await using var place = connection.Command("""
            insert into mt_event_progression (name, last_seq_id) values ($1, $2)
                on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = clock_timestamp(), stopped_at = null, stopped_by = null
            """, projection.Checkpoint(), position);
        await place.ExecuteNonQueryAsync(ct);
        await using var forget = connection.Command("delete from mt_event_progression where starts_with(name, $1) and name <> $2",
            projection.Name + ":v", projection.Checkpoint());
        await forget.ExecuteNonQueryAsync(ct);
    }
}

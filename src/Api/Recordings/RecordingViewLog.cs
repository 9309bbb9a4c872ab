using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using Npgsql;

namespace Muse.Api.Recordings;

/// <summary>The table <c>recording_views</c>: who saw or fetched which recording, by the hour. Not rebuildable.</summary>
public sealed class RecordingViewLog(NpgsqlDataSource database, TimeProvider time)
{
    /// <summary>Before the first byte: what cannot be logged is not shown.</summary>
    public async Task Write(Guid recordingId, Guid personId, Part part, CancellationToken ct)
    {
        await using var write = database.Command("""
            insert into recording_views (recording_id, person_id, hour, part, first_at, last_at, requests)
            values ($1, $2, date_trunc('hour', $3::timestamptz, 'UTC'), $4, $3, $3, 1)
            on conflict (recording_id, person_id, hour) do update set last_at = excluded.last_at, requests = recording_views.requests + 1
            """, recordingId, personId, time.GetUtcNow(), part.ToString().ToLowerInvariant());
        await write.ExecuteNonQueryAsync(ct);
    }
}

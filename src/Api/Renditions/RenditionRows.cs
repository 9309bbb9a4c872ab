using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Api.Renditions;

/// <param name="State"><c>waiting</c>, <c>making</c>, <c>made</c>, <c>failed</c>.</param>
/// <param name="Progress">Part of 1.</param>
/// <param name="Size">Bytes, once made.</param>
public sealed record RenditionRow(Guid RecordingId, string Kind, string State, double Progress, long? Size);

/// <param name="Attempt">1 at the first try; the fence, as with errands.</param>
public sealed record RenditionJob(Guid RecordingId, string Kind, int Attempt);

/// <summary>The table <c>renditions</c>: a queue like that of the errands, for work that takes longer than those may, with its progress.</summary>
public sealed class RenditionRows(NpgsqlDataSource database)
{
    /// <summary>Longer than any silence between two <see cref="Move"/>s; then its server is dead and another takes it.</summary>
    private const int LeaseSeconds = 60;

    /// <summary>Everything finalised gets the ones that nobody has to ask for; what was deleted keeps none.</summary>
    public async Task Fill(IReadOnlyList<string> kinds, CancellationToken ct)
    {
        await using var fill = database.Command("""
            insert into renditions (recording_id, kind, state)
            select r.id, k.kind, 'waiting' from room_recordings r cross join unnest($1::text[]) as k(kind)
             where r.state = 'finalised' and r.length_ms > 0 and r.tracks @> '[{"kind":"audio"}]'
               and not exists (select 1 from renditions x where x.recording_id = r.id and x.kind = k.kind)
            on conflict do nothing
            """, (object)kinds.ToArray());
        await fill.ExecuteNonQueryAsync(ct);
        await using var forget = database.Command("delete from renditions x using room_recordings r where r.id = x.recording_id and r.state = 'deleted'");
        await forget.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Repeatable; what failed is tried anew.</summary>
    public async Task Want(Guid recordingId, string kind, CancellationToken ct)
    {
        await using var want = database.Command("""
            insert into renditions as r (recording_id, kind, state) values ($1, $2, 'waiting')
            on conflict (recording_id, kind) do update set state = 'waiting', attempts = 0, error = null, progress = 0, due_at = clock_timestamp()
             where r.state = 'failed'
            """, recordingId, kind);
        await want.ExecuteNonQueryAsync(ct);
    }

    /// <summary>It is to be made again: its file is gone.</summary>
    public async Task Again(Guid recordingId, string kind, CancellationToken ct)
    {
        await using var again = database.Command(
            "update renditions set state = 'waiting', attempts = 0, progress = 0, due_at = clock_timestamp() where recording_id = $1 and kind = $2 and state = 'made'", recordingId, kind);
        await again.ExecuteNonQueryAsync(ct);
    }

    /// <param name="kinds">The first is wanted most.</param>
    public async Task<RenditionJob?> Take(IReadOnlyList<string> kinds, CancellationToken ct)
    {
        await using var take = database.Command("""
            update renditions set state = 'making', attempts = attempts + 1, progress = 0, leased_until = clock_timestamp() + make_interval(secs => $2)
             where (recording_id, kind) = (
                select x.recording_id, x.kind from renditions x join room_recordings r on r.id = x.recording_id and r.state = 'finalised'
                 where x.kind = any ($1) and x.due_at <= clock_timestamp() and (x.state = 'waiting' or (x.state = 'making' and x.leased_until < clock_timestamp()))
                 order by array_position($1, x.kind), x.wanted_at, x.recording_id limit 1 for update of x skip locked)
            returning recording_id, kind, attempts
            """, kinds.ToArray(), LeaseSeconds);
        await using var row = await take.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetGuid(0), row.GetString(1), row.GetInt32(2)) : null;
    }

    /// <summary>Tells how far it is and keeps the lease.</summary>
    /// <returns>False when it is not to be made any longer: the recording is gone, or another server has taken it.</returns>
    public Task<bool> Move(RenditionJob job, double progress, CancellationToken ct) => Settle(
        job, "progress = $4, leased_until = clock_timestamp() + make_interval(secs => $5)", ct, progress, LeaseSeconds);

    /// <returns>False as <see cref="Move"/>.</returns>
    public Task<bool> Made(RenditionJob job, long size, byte[]? outline, CancellationToken ct) => Settle(
        job, "state = 'made', progress = 1, size = $4, outline = $5::bytea, error = null, leased_until = null", ct, size, outline);

    /// <param name="again">Null: not any more.</param>
    public Task<bool> Failed(RenditionJob job, string error, TimeSpan? again, CancellationToken ct) => Settle(
        job, "state = $4, error = $5, due_at = clock_timestamp() + make_interval(secs => $6), leased_until = null", ct,
        again is null ? "failed" : "waiting", error.Length > 500 ? error[..500] : error, again?.TotalSeconds ?? 0);

    /// <summary>The server stops: it does not count as a try.</summary>
    public Task<bool> Released(RenditionJob job, CancellationToken ct) => Settle(job, "state = 'waiting', attempts = attempts - 1, leased_until = null", ct);

    public Task<IReadOnlyList<RenditionRow>> Of(Guid recordingId, CancellationToken ct) => Read("recording_id = $1 order by kind", ct, recordingId);

    public Task<IReadOnlyList<RenditionRow>> Made(CancellationToken ct) => Read("state = 'made'", ct);

    private async Task<IReadOnlyList<RenditionRow>> Read(string which, CancellationToken ct, params object?[] values)
    {
        await using var read = database.Command($"select recording_id, kind, state, progress, size from renditions where {which}", values);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new List<RenditionRow>();
        while (await rows.ReadAsync(ct))
            found.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.GetFloat(3), rows.IsDBNull(4) ? null : rows.GetInt64(4)));
        return found;
    }

    /// <summary>By recording.</summary>
    public async Task<IReadOnlyDictionary<Guid, byte[]>> Outlines(IReadOnlyCollection<Guid> recordings, CancellationToken ct)
    {
        await using var read = database.Command("select recording_id, outline from renditions where recording_id = any ($1) and outline is not null", recordings.ToArray());
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new Dictionary<Guid, byte[]>();
        while (await rows.ReadAsync(ct)) found[rows.GetGuid(0)] = rows.GetFieldValue<byte[]>(1);
        return found;
    }

    private async Task<bool> Settle(RenditionJob job, string change, CancellationToken ct, params object?[] more)
    {
        await using var settle = database.Command($"""
            update renditions x set {change} from room_recordings r
             where x.recording_id = $1 and x.kind = $2 and x.attempts = $3 and x.state = 'making' and r.id = x.recording_id and r.state = 'finalised'
            """, [job.RecordingId, job.Kind, job.Attempt, .. more]);
        return await settle.ExecuteNonQueryAsync(ct) == 1;
    }
}

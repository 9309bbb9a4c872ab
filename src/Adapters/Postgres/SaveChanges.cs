using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Muse.Adapters.Postgres;

public sealed partial class EventSession
{
    private const int Tries = 4;

    /// <summary>
    /// One transaction with everything; all of it or none. Throws <see cref="StaleVersion"/>, <see cref="StreamExists"/>, <see cref="Refused"/>;
    /// other database errors (23P01 of the agenda among them) as they are. A deadlock or serialization failure (40P01, 40001), after which
    /// PostgreSQL has undone everything, is tried again up to 3 times. A connection lost during commit is not: whether it happened is unknown.
    /// </summary>
    public async Task SaveChangesAsync(CancellationToken ct = default)
    {
        if (_events.Count == 0 && _errands.Count == 0 && _before.Count == 0 && _after.Count == 0) return;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SaveOnce(ct);
                break;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure && attempt < Tries)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(Random.Shared.Next(5, 25 << attempt)), _store.Time, ct);
            }
            catch (PostgresException e) when (Translated(e) is { } known)
            {
                throw known;
            }
        }
        _streams.Clear();
        _events.Clear();
        _errands.Clear();
        _before.Clear();
        _after.Clear();
        _store.Committed.Raise();
    }

    private async Task SaveOnce(CancellationToken ct)
    {
        await using var connection = await _store.Source.OpenConnectionAsync(ct);
        var hasRows = HasInlineRows();
        // BEGIN and COMMIT travel with the statements: one round trip without inline rows and hooks, two with inline rows.
        var open = false;
        try
        {
            if (_before.Count > 0)
            {
                await using var begin = connection.Command("begin");
                await begin.ExecuteNonQueryAsync(ct);
                open = true;
                foreach (var work in _before) await work(connection, ct);
            }

            await using (var batch = new NpgsqlBatch(connection))
            {
                if (!open) batch.Write("begin");
                open = true;
                if (_events.Count > 0) batch.BatchCommands.Add(Append());
                WriteErrands(batch);
                var last = !hasRows && _after.Count == 0;
                if (last) batch.Write("commit");
                var recorded = await Execute(batch, ct);
                if (last)
                {
                    open = false;
                    return;
                }
                if (hasRows) await WriteInlineRows(connection, recorded, commit: _after.Count == 0, ct);
                if (_after.Count == 0)
                {
                    open = false;
                    return;
                }
            }

            foreach (var work in _after) await work(connection, ct);
            await using (var commit = connection.Command("commit")) await commit.ExecuteNonQueryAsync(ct);
            open = false;
        }
        finally
        {
            if (open && connection.FullState.HasFlag(System.Data.ConnectionState.Open))
            {
                await using var undo = connection.Command("rollback");
                await undo.ExecuteNonQueryAsync(CancellationToken.None);
            }
        }
    }

    private bool HasInlineRows()
    {
        foreach (var e in _events)
        {
            if (_store.InlineFor(e.Type.Name).Count > 0) return true;
        }
        return false;
    }

    private NpgsqlBatchCommand Append()
    {
        var streams = _streams.ToArray();
        // PostgreSQL's order of uuid is that of the bytes in network order, the order of the text; Guid.CompareTo agrees with it.
        Array.Sort(streams, static (a, b) => a.Id.CompareTo(b.Id));
        var command = new NpgsqlBatchCommand("select seq, at from mt_append($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
        Add(Array.ConvertAll(streams, s => s.Id), NpgsqlDbType.Uuid);
        Add(Array.ConvertAll(streams, s => s.Type), NpgsqlDbType.Text);
        Add(Array.ConvertAll(streams, s => s.Expected), NpgsqlDbType.Bigint);
        Add(Array.ConvertAll(streams, s => s.Events), NpgsqlDbType.Integer);
        Add(Array.ConvertAll(streams, s => s.Starts), NpgsqlDbType.Boolean);
        var events = _events.ToArray();
        Add(Array.ConvertAll(events, e => e.Id), NpgsqlDbType.Uuid);
        Add(Array.ConvertAll(events, e => e.StreamId), NpgsqlDbType.Uuid);
        Add(Array.ConvertAll(events, e => e.Version), NpgsqlDbType.Bigint);
        Add(Array.ConvertAll(events, e => e.Type.Name), NpgsqlDbType.Text);
        Add(Array.ConvertAll(events, e => e.Type.Version), NpgsqlDbType.Smallint);
        Add(Array.ConvertAll(events, e => e.Type.Serialize(e.Data)), NpgsqlDbType.Jsonb);
        command.Parameters.Add(new NpgsqlParameter { Value = (object?)HeadersAsJson ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb });
        return command;

        void Add<T>(T[] values, NpgsqlDbType type) =>
            command.Parameters.Add(new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type });
    }

    private void WriteErrands(NpgsqlBatch batch)
    {
        foreach (var errand in _errands)
        {
            // The same cause and kind is the same errand: once is enough. (Events never get such a clause.)
            batch.Write("insert into errands (id, kind, body, caused_by, due_at) values ($1, $2, $3, $4, coalesce($5::timestamptz, clock_timestamp())) on conflict (id) do nothing",
                errand.Id, errand.Kind, new Json(errand.Body), errand.CausedBy, errand.DueAt);
        }
    }

    private async Task<List<(long Sequence, DateTime At)>> Execute(NpgsqlBatch batch, CancellationToken ct)
    {
        var recorded = new List<(long, DateTime)>(_events.Count);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        do
        {
            while (await reader.ReadAsync(ct)) recorded.Add((reader.GetInt64(0), reader.GetDateTime(1)));
        }
        while (await reader.NextResultAsync(ct));
        return recorded;
    }

    private async Task WriteInlineRows(NpgsqlConnection connection, List<(long Sequence, DateTime At)> recorded, bool commit, CancellationToken ct)
    {
        await using var rows = new NpgsqlBatch(connection);
        for (var i = 0; i < _events.Count; i++)
        {
            var e = _events[i];
            var projections = _store.InlineFor(e.Type.Name);
            if (projections.Count == 0) continue;
            var envelope = new Envelope(e.Id, e.StreamId, e.Version, recorded[i].Sequence, new DateTimeOffset(recorded[i].At), _headers);
            var enveloped = e.Type.Envelop(envelope, e.Data);
            foreach (var projection in projections) projection.Apply(enveloped, rows);
        }
        if (commit) rows.Write("commit");
        if (rows.BatchCommands.Count > 0) await rows.ExecuteNonQueryAsync(ct);
    }

    private Exception? Translated(PostgresException e)
    {
        switch (e.SqlState)
        {
            case "MU001" or "MU002" when e.MessageText.Split('/') is [var id, var expected, var found]:
                return new StaleVersion(Guid.Parse(id), long.Parse(expected, CultureInfo.InvariantCulture), long.Parse(found, CultureInfo.InvariantCulture), e);
            case PostgresErrorCodes.UniqueViolation when e is { TableName: "mt_streams", ConstraintName: "mt_streams_pkey" }:
                var starts = _streams.Find(s => s.Starts);
                return starts is null ? null : new StreamExists(starts.Id, e);
            default:
                return null;
        }
    }
}

using System.Runtime.CompilerServices;
using System.Text.Json;
using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>Rows of mt_events as events. The column order is that of <see cref="Columns"/>.</summary>
public static class ReadEvents
{
    internal const string Columns = "seq_id, id, stream_id, version, type, type_version, data, headers, \"timestamp\"";

    private static readonly IReadOnlyDictionary<string, string> NoHeaders = System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

    internal static IEvent Event(NpgsqlDataReader row, EventNames names)
    {
        var headers = row.IsDBNull(7) ? NoHeaders : JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetFieldValue<byte[]>(7), EventJson.Options)!;
        var envelope = new Envelope(row.GetGuid(1), row.GetGuid(2), row.GetInt64(3), row.GetInt64(0), new DateTimeOffset(row.GetDateTime(8)), headers);
        return names.Named(row.GetString(4)).Read(envelope, row.GetFieldValue<byte[]>(6), row.GetInt16(5));
    }

    /// <summary>All events of a stream in order.</summary>
    internal static async Task<IReadOnlyList<IEvent>> FetchStreamAsync(this EventStore store, Guid id, CancellationToken ct)
    {
        await using var read = store.Source.Command($"select {Columns} from mt_events where stream_id = $1 order by version", id);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var events = new List<IEvent>();
        while (await rows.ReadAsync(ct)) events.Add(Event(rows, store.Names));
        return events;
    }

    /// <summary>All events of some streams, by stream, each in order; one statement, however many.</summary>
    internal static async Task<ILookup<Guid, IEvent>> FetchStreamsAsync(this EventStore store, IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        await using var read = store.Source.Command($"select {Columns} from mt_events where stream_id = any ($1) order by stream_id, version", ids.ToArray());
        await using var rows = await read.ExecuteReaderAsync(ct);
        var events = new List<IEvent>();
        while (await rows.ReadAsync(ct)) events.Add(Event(rows, store.Names));
        return events.ToLookup(e => e.StreamId);
    }

    /// <summary>
    /// Events of the named types with <paramref name="after"/> &lt; sequence &lt;= <paramref name="upTo"/>, at most <paramref name="most"/>. Safe
    /// only up to what settled() said in an EARLIER statement.
    /// </summary>
    internal static async Task<List<IEvent>> ReadAfter(
        this NpgsqlConnection connection, long after, long upTo, string[] types, int most, EventNames names, CancellationToken ct)
    {
        await using var read = connection.Command(
            $"select {Columns} from mt_events where seq_id > $1 and seq_id <= $2 and type = any ($3) order by seq_id limit $4", after, upTo, types, most);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var events = new List<IEvent>();
        while (await rows.ReadAsync(ct)) events.Add(Event(rows, names));
        return events;
    }

    /// <summary>
    /// Every settled event in the order of the log, streamed: memory does not grow with the log. Holds one connection until the end.
    /// </summary>
    public static async IAsyncEnumerable<IEvent> ReadAllAsync(
        this EventStore store, long after = 0, [EnumeratorCancellation] CancellationToken ct = default)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using var ask = connection.Command("select settled()");
        var settled = (long)(await ask.ExecuteScalarAsync(ct))!;
        await using var read = connection.Command($"select {Columns} from mt_events where seq_id > $1 and seq_id <= $2 order by seq_id", after, settled);
        read.CommandTimeout = 0;
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) yield return Event(rows, store.Names);
    }
}

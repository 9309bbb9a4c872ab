using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>What the database itself says about its tables and sequences.</summary>
public static class DatabaseTables
{
    /// <summary>The names of all tables, in an order in which a table comes after those it refers to.</summary>
    public static async Task<IReadOnlyList<string>> AllAsync(NpgsqlConnection connection, CancellationToken ct = default)
    {
        var refersTo = new SortedDictionary<string, HashSet<string>>(StringComparer.Ordinal);
        await using var read = connection.Command("""
            select t.relname::text, r.relname::text
              from pg_class t
              left join pg_constraint k on k.conrelid = t.oid and k.contype = 'f' and k.confrelid <> t.oid
              left join pg_class r on r.oid = k.confrelid
             where t.relkind in ('r', 'p') and t.relnamespace = current_schema()::regnamespace
            """);
        await using (var rows = await read.ExecuteReaderAsync(ct))
            while (await rows.ReadAsync(ct))
            {
                if (!refersTo.TryGetValue(rows.GetString(0), out var others))
                    refersTo[rows.GetString(0)] = others = [];
                if (!rows.IsDBNull(1))
                    others.Add(rows.GetString(1));
            }

        List<string> ordered = [];
        while (refersTo.Count > 0)
        {
            var free = refersTo.Where(t => t.Value.All(ordered.Contains)).Select(t => t.Key).ToList();
            if (free.Count == 0)
                throw new InvalidOperationException($"The tables {string.Join(", ", refersTo.Keys)} refer to each other in a circle.");
            ordered.AddRange(free);
            foreach (var table in free)
                refersTo.Remove(table);
        }

        return ordered;
    }

    /// <exception cref="BackupRefused">A table is in no class or in two, or there is none.</exception>
    internal static async Task<IReadOnlyList<Shape>> ToKeepAsync(
        NpgsqlConnection connection, IEnumerable<IProjection> projections, CancellationToken ct)
    {
        var all = await AllAsync(connection, ct);
        var classed = TableClasses.Kept.Concat(TableClasses.Positions).Concat(projections.SelectMany(p => p.Tables)).ToList();
        if (all.Except(classed).ToList() is [_, ..] unknown)
            throw new BackupRefused($"Nothing says whether these tables are kept or rebuilt: {string.Join(", ", unknown)} (TableClasses.cs).");
        if (classed.GroupBy(t => t).Where(g => g.Count() > 1).Select(g => g.Key).ToList() is [_, ..] twice)
            throw new BackupRefused($"These tables are in two classes: {string.Join(", ", twice)} (TableClasses.cs).");
        if (!all.Contains("mt_events"))
            throw new BackupRefused("The database is empty: there is nothing to back up.");
        List<Shape> shapes = [];
        foreach (var name in all.Where(TableClasses.Kept.Contains))
            shapes.Add(new Shape(name, await ColumnsAsync(connection, name, ct)));
        return shapes;
    }

    /// <summary>Without the generated ones, which COPY does not take.</summary>
    internal static async Task<IReadOnlyList<string>> ColumnsAsync(NpgsqlConnection connection, string table, CancellationToken ct)
    {
        List<string> columns = [];
        await using var read = connection.Command("""
            select attname::text from pg_attribute
             where attrelid = to_regclass(quote_ident($1)) and attnum > 0 and not attisdropped and attgenerated = '' order by attnum
            """, table);
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
            columns.Add(rows.GetString(0));
        return columns;
    }

    /// <summary>A sequence is outside of snapshots, so that its state may be ahead of the rows: that makes a hole, never a number twice.</summary>
    internal static async Task<IReadOnlyList<BackupManifest.Sequence>> SequencesAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        List<BackupManifest.Sequence> sequences = [];
        await using var names = connection.Command("select sequencename::text from pg_sequences where schemaname = current_schema() order by 1");
        await using (var rows = await names.ExecuteReaderAsync(ct))
            while (await rows.ReadAsync(ct))
                sequences.Add(new BackupManifest.Sequence(rows.GetString(0), 0, false));
        for (var i = 0; i < sequences.Count; i++)
        {
            await using var state = connection.Command($"select last_value, is_called from {Quoted(sequences[i].Name)}");
            await using var row = await state.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            sequences[i] = sequences[i] with { LastValue = row.GetInt64(0), IsCalled = row.GetBoolean(1) };
        }

        return sequences;
    }

    /// <summary>COPY's text depends on these settings of the server; both sides use the same.</summary>
    internal static async Task AgreeOnTextAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var set = connection.Command("select set_config('datestyle', 'ISO, YMD', true), set_config('intervalstyle', 'iso_8601', true), set_config('timezone', 'UTC', true)");
        await set.ExecuteNonQueryAsync(ct);
    }

    internal static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    internal sealed record Shape(string Name, IReadOnlyList<string> Columns)
    {
        public string Target => $"{Quoted(Name)} ({string.Join(", ", Columns.Select(Quoted))})";
    }
}

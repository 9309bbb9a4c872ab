using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>The database cannot be used by this program. <see cref="Code"/> is stable: see docs/operations.md.</summary>
public sealed class MigrationRefused(string code, string message) : Exception(message)
{
    /// <summary><c>database_newer_than_server</c> or <c>migration_changed</c>.</summary>
    public string Code { get; } = code;
}

/// <summary>One numbered step of the schema.</summary>
public sealed record Migration(int Number, string Name, string Sql)
{
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));

    /// <summary>The embedded files <c>Migrations/NNNN_name.sql</c> of this assembly, by number.</summary>
    public static IReadOnlyList<Migration> OfMuse { get; } = ReadEmbedded();

    private static List<Migration> ReadEmbedded()
    {
        const string prefix = "Muse.Migrations.";
        var assembly = Assembly.GetExecutingAssembly();
        var found = new List<Migration>();
        foreach (var resource in assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(prefix, StringComparison.Ordinal)) continue;
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
            var file = resource[prefix.Length..^".sql".Length];
            found.Add(new Migration(int.Parse(file.AsSpan(0, 4), CultureInfo.InvariantCulture), file[5..], reader.ReadToEnd()));
        }
        found.Sort((a, b) => a.Number.CompareTo(b.Number));
        for (var i = 1; i < found.Count; i++)
        {
            if (found[i].Number == found[i - 1].Number)
                throw new InvalidOperationException($"Two migrations have the number {found[i].Number}: {found[i - 1].Name} and {found[i].Name}.");
        }
        return found;
    }
}

/// <summary>
/// Brings a database up: forward only, each step in its own transaction, one migrating process at a time. A database that knows a step this
/// program does not is refused, because an older program would misread it.
/// </summary>
public static class Migrations
{
    // Session lock while migrating. One-key form with the upper half zero, so never mistaken for an append's mark.
    private const long Lock = 0x6d696772;

    public static Task Apply(NpgsqlDataSource source, CancellationToken ct = default) => Apply(source, Migration.OfMuse, ct);

    public static async Task Apply(NpgsqlDataSource source, IReadOnlyList<Migration> known, CancellationToken ct = default)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        await using (var take = connection.Command("select pg_advisory_lock($1)", Lock)) await take.ExecuteNonQueryAsync(ct);
        try
        {
            await using (var table = connection.Command("""
                create table if not exists schema_migrations (
                    number int primary key, name text not null, hash text not null, applied_at timestamptz not null default clock_timestamp())
                """)) await table.ExecuteNonQueryAsync(ct);
            var applied = await Applied(connection, ct);
            Check(applied, known);
            foreach (var migration in known)
            {
                if (applied.ContainsKey(migration.Number)) continue;
                await using var transaction = await connection.BeginTransactionAsync(ct);
                await using (var step = new NpgsqlCommand(migration.Sql, connection)) await step.ExecuteNonQueryAsync(ct);
                await using (var note = connection.Command("insert into schema_migrations (number, name, hash) values ($1, $2, $3)",
                    migration.Number, migration.Name, migration.Hash)) await note.ExecuteNonQueryAsync(ct);
                await transaction.CommitAsync(ct);
            }
        }
        finally
        {
            await using var release = connection.Command("select pg_advisory_unlock($1)", Lock);
            await release.ExecuteNonQueryAsync(CancellationToken.None);
        }
        await source.ReloadTypes(ct);
    }

    private static async Task<Dictionary<int, (string Name, string Hash)>> Applied(NpgsqlConnection connection, CancellationToken ct)
    {
        var applied = new Dictionary<int, (string, string)>();
        await using var read = connection.Command("select number, name, hash from schema_migrations");
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) applied.Add(rows.GetInt32(0), (rows.GetString(1), rows.GetString(2)));
        return applied;
    }

    private static void Check(Dictionary<int, (string Name, string Hash)> applied, IReadOnlyList<Migration> known)
    {
        var byNumber = known.ToDictionary(m => m.Number);
        foreach (var (number, (name, hash)) in applied.OrderBy(a => a.Key))
        {
            if (!byNumber.TryGetValue(number, out var migration))
            {
                throw new MigrationRefused("database_newer_than_server",
                    $"The database knows migration {number:0000} ({name}); this server does not. Start the newer server, or restore a backup made before it.");
            }
            if (migration.Hash != hash)
            {
                throw new MigrationRefused("migration_changed",
                    $"Migration {number:0000} ({name}) was applied with another text than this server has. Applied migrations are never edited: add a new one.");
            }
        }
    }

    private static async Task ReloadTypes(this NpgsqlDataSource source, CancellationToken ct)
    {
        // Types made by a migration (extensions, enums) are unknown to connections that were opened before it.
        await using var connection = await source.OpenConnectionAsync(ct);
        await connection.ReloadTypesAsync(ct);
    }
}

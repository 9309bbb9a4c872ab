using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>Loads a backup into an empty database, brings it to this program's schema and rebuilds the read models.</summary>
public static class RestoreBackup
{
    // Filled by the first start of a server that nobody has used yet; the backup's own rows take the place.
    private static readonly string[] FilledByAnyStart = ["setup_links", "rezoned"];

    private const long LargestManifest = 16 << 20;

    /// <param name="folder">The data folder; the archive's keys and secrets replace those of the first start.</param>
    /// <param name="files">The only folders below it that the archive may write to.</param>
    /// <exception cref="BackupRefused">The archive is broken or newer than this program, or the database is not empty.</exception>
    public static async Task<BackupManifest> FromFileAsync(
        EventStore store, string folder, IReadOnlyList<string> files, string archive, CancellationToken ct = default)
    {
        try
        {
            await using var zip = await ZipFile.OpenReadAsync(archive, ct);
            var manifest = await ReadManifestAsync(zip, ct);
            await BringToAsync(store.Source, manifest, ct);
            await using (var connection = await store.Source.OpenConnectionAsync(ct))
            {
                await using var transaction = await connection.BeginTransactionAsync(ct);
                await DatabaseTables.AgreeOnTextAsync(connection, ct);
                await RefuseUsedAsync(connection, ct);
                foreach (var table in manifest.Tables)
                    await LoadAsync(connection, table, zip, ct);
                foreach (var sequence in manifest.Sequences)
                    await SetAsync(connection, sequence, ct);
                // Before the commit: keys without their rows are harmless, rows without their keys are not.
                foreach (var name in manifest.Files)
                    await WriteFileAsync(zip, folder, files, name, ct);
                await transaction.CommitAsync(ct);
            }

            await Migrations.Apply(store.Source, ct);
            await store.BuildInlineProjections(ct);
            return manifest;
        }
        catch (Exception broken) when (broken is InvalidDataException or JsonException or FileNotFoundException)
        {
            throw new BackupRefused($"{archive} is no backup of Muse: {broken.Message}");
        }
    }

    private static async Task<BackupManifest> ReadManifestAsync(ZipArchive zip, CancellationToken ct)
    {
        var entry = zip.GetEntry(BackupManifest.Entry) ?? throw new InvalidDataException("it has no manifest");
        if (entry.Length > LargestManifest)
            throw new InvalidDataException("its manifest is too long");
        await using var stream = await entry.OpenAsync(ct);
        using var document = await JsonDocument.ParseAsync(stream, cancellationToken: ct);
        if (!document.RootElement.TryGetProperty("format", out var format) || format.GetInt32() != 1)
            throw new BackupRefused("The backup was made by a newer Muse: restore it with that one.");
        return document.Deserialize<BackupManifest>(BackupManifest.Json) ?? throw new InvalidDataException("its manifest is empty");
    }

    /// <summary>The rows fit the schema they came from, so that the database gets exactly the backup's migrations first.</summary>
    private static async Task BringToAsync(NpgsqlDataSource source, BackupManifest manifest, CancellationToken ct)
    {
        var known = Migration.OfMuse.ToDictionary(m => m.Number);
        foreach (var step in manifest.Migrations)
            if (!known.TryGetValue(step.Number, out var migration) || migration.Hash != step.Hash)
                throw new BackupRefused(
                    $"The backup's database knows migration {step.Number:0000} ({step.Name}), this Muse does not: restore it with the Muse that made it.");
        var wanted = manifest.Migrations.Select(s => known[s.Number]).ToList();
        try
        {
            await Migrations.Apply(source, wanted, ct);
        }
        catch (MigrationRefused)
        {
            throw new BackupRefused("The database was made by a newer Muse than the backup: restore into an empty one (another MUSE_DATA).");
        }
    }

    private static async Task RefuseUsedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var all = await DatabaseTables.AllAsync(connection, ct);
        foreach (var table in all.Intersect(FilledByAnyStart))
        {
            await using var clear = connection.Command($"delete from {DatabaseTables.Quoted(table)}");
            await clear.ExecuteNonQueryAsync(ct);
        }

        foreach (var table in all.Except(TableClasses.Positions))
        {
            await using var ask = connection.Command($"select exists (select from {DatabaseTables.Quoted(table)})");
            if (await ask.ExecuteScalarAsync(ct) is true)
                throw new BackupRefused($"The database is not empty (the table {table} has rows): restore into an empty one (another MUSE_DATA).");
        }

        // The read models of the empty log count as not built yet.
        await using var forget = connection.Command("delete from mt_event_progression");
        await forget.ExecuteNonQueryAsync(ct);
    }

    private static async Task LoadAsync(NpgsqlConnection connection, BackupManifest.Table table, ZipArchive zip, CancellationToken ct)
    {
        // Names from a file end up in SQL: only those that the database knows.
        if (!TableClasses.Kept.Contains(table.Name)
            || table.Columns.Except(await DatabaseTables.ColumnsAsync(connection, table.Name, ct)).Any())
            throw new InvalidDataException($"it has a table {table.Name} that does not fit");
        var entry = zip.GetEntry($"tables/{table.Name}") ?? throw new InvalidDataException($"the table {table.Name} is missing");
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var rows = 0L;
        await using (var source = await entry.OpenAsync(ct))
        await using (var text = (StreamWriter)await connection.BeginTextImportAsync(
            $"copy {new DatabaseTables.Shape(table.Name, table.Columns).Target} from stdin", ct))
        {
            var copy = text.BaseStream;
            var buffer = new byte[1 << 16];
            for (int read; (read = await source.ReadAsync(buffer, ct)) > 0;)
            {
                hash.AppendData(buffer.AsSpan(0, read));
                rows += buffer.AsSpan(0, read).Count((byte)'\n');
                await copy.WriteAsync(buffer.AsMemory(0, read), ct);
            }
        }

        if (rows != table.Rows || Convert.ToHexStringLower(hash.GetHashAndReset()) != table.Sha256)
            throw new InvalidDataException($"the table {table.Name} is damaged");
    }

    private static async Task SetAsync(NpgsqlConnection connection, BackupManifest.Sequence sequence, CancellationToken ct)
    {
        await using var set = connection.Command("select setval(to_regclass(quote_ident($1)), $2, $3)",
            sequence.Name, sequence.LastValue, sequence.IsCalled);
        await set.ExecuteNonQueryAsync(ct);
    }

    private static async Task WriteFileAsync(ZipArchive zip, string folder, IReadOnlyList<string> files, string name, CancellationToken ct)
    {
        var path = Path.GetFullPath(Path.Combine(folder, name));
        if (!files.Any(f => path.StartsWith(Path.GetFullPath(Path.Combine(folder, f)) + "/", StringComparison.Ordinal)))
            throw new InvalidDataException($"it names the file {name}");
        var entry = zip.GetEntry($"files/{name}") ?? throw new InvalidDataException($"the file {name} is missing");
        var draft = path + ".restoring";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using (var source = await entry.OpenAsync(ct))
        await using (var target = new FileStream(draft, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        }))
            await source.CopyToAsync(target, ct);
        File.Move(draft, path, overwrite: true);
    }
}

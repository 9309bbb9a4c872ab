using System.Data;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Npgsql;

namespace Muse.Adapters.Postgres;

/// <summary>
/// One archive of everything that cannot be rebuilt, taken from one snapshot while the server goes on. The embedded server brings no
/// pg_dump, and this archive fits any PostgreSQL from 15 on.
/// </summary>
public static class WriteBackup
{
    /// <param name="folder">The data folder; its files below <paramref name="files"/> come along.</param>
    /// <param name="files">Folders below the data folder with keys and secrets.</param>
    /// <param name="archive">The file to be made, readable by its owner only; it appears when it is complete.</param>
    /// <exception cref="BackupRefused">The file exists, or a table is in no class of <see cref="TableClasses"/>.</exception>
    public static async Task<BackupManifest> ToFileAsync(
        EventStore store, string folder, IReadOnlyList<string> files, string archive, CancellationToken ct = default)
    {
        if (File.Exists(archive))
            throw new BackupRefused($"{archive} exists; a backup never overwrites a file.");
        var draft = archive + ".part";
        try
        {
            BackupManifest manifest;
            await using (var file = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                // A left-over draft keeps the mode it had.
                File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                await using (var zip = await ZipArchive.CreateAsync(file, ZipArchiveMode.Create, leaveOpen: true, null, ct))
                    manifest = await WriteAsync(store, folder, files, zip, ct);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, archive, overwrite: false);
            return manifest;
        }
        finally
        {
            File.Delete(draft);
        }
    }

    private static async Task<BackupManifest> WriteAsync(
        EventStore store, string folder, IReadOnlyList<string> files, ZipArchive zip, CancellationToken ct)
    {
        await using var connection = await store.Source.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        await DatabaseTables.AgreeOnTextAsync(connection, ct);
        var kept = await DatabaseTables.ToKeepAsync(connection, store.Projections, ct);
        var (steps, madeAt) = await StepsAsync(connection, ct);
        List<BackupManifest.Table> tables = [];
        foreach (var table in kept)
            tables.Add(await WriteTableAsync(connection, table, zip, ct));
        var sequences = await DatabaseTables.SequencesAsync(connection, ct);
        List<string> written = [];
        foreach (var path in files.Select(f => Path.Combine(folder, f)).Where(Directory.Exists)
            .SelectMany(f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(folder, path);
            await using var entry = await zip.CreateEntry($"files/{name}").OpenAsync(ct);
            await using var source = File.OpenRead(path);
            await source.CopyToAsync(entry, ct);
            written.Add(name);
        }

        var manifest = new BackupManifest(1, madeAt, connection.PostgreSqlVersion.ToString(), steps, tables, sequences, written);
        await using var last = await zip.CreateEntry(BackupManifest.Entry).OpenAsync(ct);
        await JsonSerializer.SerializeAsync(last, manifest, BackupManifest.Json, ct);
        return manifest;
    }

    private static async Task<BackupManifest.Table> WriteTableAsync(
        NpgsqlConnection connection, DatabaseTables.Shape table, ZipArchive zip, CancellationToken ct)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var rows = 0L;
        await using var entry = await zip.CreateEntry($"tables/{table.Name}", CompressionLevel.Fastest).OpenAsync(ct);
        // The bytes below the reader: Npgsql's raw copy takes the binary format only, which is bound to the server's version.
        using var text = (StreamReader)await connection.BeginTextExportAsync($"copy {table.Target} to stdout", ct);
        var copy = text.BaseStream;
        var buffer = new byte[1 << 16];
        for (int read; (read = await copy.ReadAsync(buffer, ct)) > 0;)
        {
            hash.AppendData(buffer.AsSpan(0, read));
            rows += buffer.AsSpan(0, read).Count((byte)'\n'); // A line feed inside a value is written as \n (COPY, "Text Format").
            await entry.WriteAsync(buffer.AsMemory(0, read), ct);
        }

        return new BackupManifest.Table(table.Name, table.Columns, rows, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static async Task<(IReadOnlyList<BackupManifest.Step>, DateTimeOffset)> StepsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        List<BackupManifest.Step> steps = [];
        DateTimeOffset now = default;
        await using var read = connection.Command("select number, name, hash, now() from schema_migrations order by number");
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            steps.Add(new BackupManifest.Step(rows.GetInt32(0), rows.GetString(1), rows.GetString(2)));
            now = rows.GetFieldValue<DateTimeOffset>(3);
        }

        return (steps, now);
    }
}

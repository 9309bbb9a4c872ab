using System.Text.RegularExpressions;
using Muse.Adapters.Postgres;
using Muse.Domain.Recordings;
using Npgsql;

namespace Muse.Api.Recordings;

/// <summary>
/// The files of a room's recording, on this machine's disk and on the shelf where that is a bucket. On the shelf each has an id of its own that
/// follows from the recording and its name. The table <c>room_shelvings</c> says which are there or on their way.
/// </summary>
public sealed partial class RoomFiles(RecordingFolders folders, IRecordingShelf shelf, NpgsqlDataSource database)
{
    private const string Journal = "recording.index";

    public static Guid IdOf(Guid recordingId, string name) => NameBasedId.From(recordingId, $"room file:{name}");

    /// <summary>The journal, media and indexes on the disk; none when there is nothing.</summary>
    public IReadOnlyList<FileInfo> OnDisk(Guid recordingId)
    {
        var folder = new DirectoryInfo(folders.Of(recordingId));
        return folder.Exists ? [.. folder.EnumerateFiles().Where(file => Recorded().IsMatch(file.Name)).OrderBy(file => file.Name, StringComparer.Ordinal)] : [];
    }

    /// <summary>Of a file that is on the disk no longer; null when the shelf has none.</summary>
    public Task<Stream?> FromShelf(Guid recordingId, string name, CancellationToken ct) => shelf.Open(IdOf(recordingId, name), ct);

    /// <summary>The indexes are small and stay on the disk; where that was lost they come from the shelf.</summary>
    public async Task BringIndexes(RoomRecordingRow row, CancellationToken ct)
    {
        var folder = folders.Of(row.Id);
        if (File.Exists(Path.Combine(folder, Journal))) return;
        foreach (var name in row.Tracks.Select(track => $"track-{track.Number}.index").Append(Journal))
        {
            if (await FromShelf(row.Id, name, ct) is not { } found) return;
            await using (found)
            {
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                // The journal last: what has it is whole.
                var beside = Path.Combine(folder, $"{name}.{Guid.NewGuid():n}");
                await using (var file = new FileStream(beside, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                    await found.CopyToAsync(file, ct);
                File.Move(beside, Path.Combine(folder, name), overwrite: true);
            }
        }
    }

    /// <summary>Before the first byte goes out.</summary>
    public async Task Note(Guid recordingId, FileInfo file, long sent, CancellationToken ct)
    {
        await using var write = database.Command("""
            insert into room_shelvings (recording_id, name, size, sent) values ($1, $2, $3, $4)
            on conflict (recording_id, name) do update set size = excluded.size, sent = excluded.sent
            """, recordingId, file.Name, file.Length, sent);
        await write.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Nothing is left of it, neither here nor on the shelf. Repeatable.</summary>
    /// <returns>Whether any of it may have been on its way to the shelf.</returns>
    /// <exception cref="ShelfTrouble"/>
    public async Task<bool> Delete(Guid recordingId, CancellationToken ct)
    {
        var noted = new List<string>();
        await using (var read = database.Command("select name from room_shelvings where recording_id = $1", recordingId))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) noted.Add(rows.GetString(0));
        }
        foreach (var name in noted) await shelf.Delete(IdOf(recordingId, name), ct);
        folders.Delete(recordingId);
        return noted.Count > 0;
    }

    /// <summary>The word that anything may be on the shelf.</summary>
    public async Task Forget(Guid recordingId, CancellationToken ct)
    {
        await using var write = database.Command("delete from room_shelvings where recording_id = $1", recordingId);
        await write.ExecuteNonQueryAsync(ct);
    }

    [GeneratedRegex(@"^(recording\.index|track-[0-9]+\.(media|index))$")]
    private static partial Regex Recorded();
}

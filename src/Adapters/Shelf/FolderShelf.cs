using System.Buffers;
using System.Security.Cryptography;
using Muse.Domain.Recordings;

namespace Muse.Adapters.Shelf;

/// <summary>
/// The shelf as a folder that only its owner enters. <c>aa/ID.draft</c> grows and becomes <c>aa/ID.media</c> by one rename, with its hash beside
/// it; <c>aa</c> are the id's last two digits, so that no folder grows too long.
/// </summary>
public sealed class FolderShelf : IRecordingShelf
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerOnly | UnixFileMode.UserExecute;
    private const int Buffer = 128 * 1024;

    /// <summary>ENOSPC and EDQUOT of Linux, as .NET puts them into <see cref="Exception.HResult"/>.</summary>
    private const int NoSpace = 28, NoQuota = 122;

    private readonly string _folder;

    /// <param name="folder">Made (0700) when absent.</param>
    public FolderShelf(string folder)
    {
        _folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(_folder, OwnerFolder);
    }

    public Task<long> LengthOf(Guid recordingId, CancellationToken ct)
    {
        var file = new FileInfo(MediaOf(recordingId));
        if (!file.Exists) file = new FileInfo(DraftOf(recordingId));
        return Task.FromResult(file.Exists ? file.Length : 0);
    }

    public async Task<long> Append(Guid recordingId, long offset, Stream bytes, long most, CancellationToken ct)
    {
        await using var draft = OpenDraft(recordingId);
        if (draft.Length != offset)
            throw new ShelfTrouble(ShelfTrouble.WrongOffset, $"The draft has {draft.Length} bytes, not {offset}.");
        draft.Position = offset;
        var buffer = ArrayPool<byte>.Shared.Rent(Buffer);
        try
        {
            while (await bytes.ReadAsync(buffer.AsMemory(0, Buffer), ct) is > 0 and var read)
            {
                if (draft.Position + read > most)
                    throw new ShelfTrouble(ShelfTrouble.TooLong, $"More than {most} bytes come.");
                // Not cut short: half a block written would be a draft whose length lies about what was counted.
                await Guarded(() => draft.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None).AsTask());
            }
            return draft.Position;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            draft.Flush(flushToDisk: true);
        }
    }

    public Task StartAnew(Guid recordingId, CancellationToken ct)
    {
        using var draft = OpenDraft(recordingId);
        draft.SetLength(0);
        return Task.CompletedTask;
    }

    public async Task<ShelvedFile> Finish(Guid recordingId, long? size, CancellationToken ct)
    {
        var media = MediaOf(recordingId);
        if (File.Exists(media))
            return await Measure(media, size, ct);
        ShelvedFile file;
        // Held until the rename, so that nobody appends to what was just measured.
        await using (var draft = OpenDraft(recordingId))
        {
            if (size is { } whole && draft.Length != whole)
                throw new ShelfTrouble(ShelfTrouble.WrongSize, $"The draft has {draft.Length} bytes, the file {whole}.");
            file = new ShelvedFile(draft.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(draft, ct)));
            draft.Flush(flushToDisk: true);
            File.Move(DraftOf(recordingId), media);
        }
        return file;
    }

    public Task<Stream?> Open(Guid recordingId, CancellationToken ct)
    {
        try
        {
            return Task.FromResult<Stream?>(new FileStream(MediaOf(recordingId), FileMode.Open, FileAccess.Read, FileShare.Read, Buffer, FileOptions.Asynchronous));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    /// <summary>Who writes the draft at this moment writes into a file that has no name any more.</summary>
    public Task Delete(Guid recordingId, CancellationToken ct)
    {
        try
        {
            foreach (var file in (string[])[DraftOf(recordingId), MediaOf(recordingId)])
            {
                if (File.Exists(file)) File.Delete(file);
            }
            return Task.CompletedTask;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Trouble(e);
        }
    }

    private static async Task<ShelvedFile> Measure(string media, long? size, CancellationToken ct)
    {
        await using var file = File.OpenRead(media);
        return size is { } whole && file.Length != whole
            ? throw new ShelfTrouble(ShelfTrouble.WrongSize, $"The file on the shelf has {file.Length} bytes, not {whole}.")
            : new ShelvedFile(file.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, ct)));
    }

    private FileStream OpenDraft(Guid recordingId)
    {
        var path = DraftOf(recordingId);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerFolder);
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
                UnixCreateMode = OwnerOnly,
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Trouble(e);
        }
    }

    private static async Task Guarded(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Trouble(e);
        }
    }

    private static ShelfTrouble Trouble(Exception e) => (e.HResult & 0xffff) switch
    {
        NoSpace or NoQuota => new ShelfTrouble(ShelfTrouble.Full, "No room is left where recordings are kept.", e),
        // .NET's advisory lock on Linux answers EWOULDBLOCK, 11.
        11 => new ShelfTrouble(ShelfTrouble.Busy, "Another process writes this recording.", e),
        _ => new ShelfTrouble(ShelfTrouble.Broken, $"The folder of recordings cannot be written: {e.GetType().Name}.", e),
    };

    private string MediaOf(Guid id) => Name(id, ".media");

    private string DraftOf(Guid id) => Name(id, ".draft");

    private string Name(Guid id, string ending)
    {
        var name = id.ToString("n");
        return Path.Combine(_folder, name[^2..], name + ending);
    }
}

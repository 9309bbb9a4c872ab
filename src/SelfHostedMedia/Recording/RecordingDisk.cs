using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>Where recordings are written: what can be full or break.</summary>
internal interface IRecordingDisk
{
    /// <summary>A new file to be appended to; each write is one of the system's.</summary>
    /// <exception cref="IOException">It is there already, or the disk says no.</exception>
    Stream Create(string path);

    /// <summary>Returns when what was written would survive the power's going out.</summary>
    /// <exception cref="IOException">The disk says no.</exception>
    void Sync(Stream file);

    /// <summary>The same for the names of the files in it.</summary>
    /// <exception cref="IOException">The disk says no.</exception>
    void SyncFolder(string folder);
}

/// <summary>The system's files, for nobody else to read.</summary>
internal sealed partial class RecordingDisk : IRecordingDisk
{
    private const int ReadOnlyFolder = 0x10000 | 0x80000;
    private const int Interrupted = 4;

    /// <summary>Some file systems know no syncing of a folder, and need none.</summary>
    private const int Invalid = 22;

    public Stream Create(string path)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }

    public void Sync(Stream file)
    {
        var handle = ((FileStream)file).SafeFileHandle;
        if (!OperatingSystem.IsLinux())
        {
            RandomAccess.FlushToDisk(handle);
            return;
        }

        while (fdatasync(handle) != 0)
        {
            if (Marshal.GetLastPInvokeError() is not Interrupted and var error)
                throw new IOException($"fdatasync: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }
    }

    public void SyncFolder(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var descriptor = open(folder, ReadOnlyFolder, 0);
        if (descriptor < 0)
            throw new IOException($"open: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
        try
        {
            if (fsync(descriptor) != 0 && Marshal.GetLastPInvokeError() is not (Interrupted or Invalid) and var error)
                throw new IOException($"fsync: {Marshal.GetPInvokeErrorMessage(error)}", error);
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(int file);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags, int mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int file);
}

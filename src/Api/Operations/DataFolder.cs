using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Muse.Api.Operations;

/// <summary>
/// What one installation keeps outside the database: secrets made at its first start, and the embedded database itself. The folder is
/// 0711, because the database's own user must get through it; every secret is a file that only its owner reads.
/// </summary>
public sealed partial class DataFolder
{
    /// <summary>EEXIST: made by another in the same moment, and its content is the one that counts.</summary>
    private const int FileExists = 17;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerOnly | UnixFileMode.UserExecute;

    /// <param name="path">Made when absent; relative to the current folder.</param>
    public DataFolder(string path)
    {
        Root = Path.GetFullPath(path);
        var isNew = !Directory.Exists(Root);
        Directory.CreateDirectory(Root);
        if (isNew)
            File.SetUnixFileMode(Root, OwnerFolder | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        Directory.CreateDirectory(Keys, OwnerFolder);
        Directory.CreateDirectory(Secrets, OwnerFolder);
    }

    public string Root { get; }

    /// <summary>The folder (0700) of the token signing keys and the data-protection keys. It is part of every backup.</summary>
    public string Keys => PathOf("keys");

    private string Secrets => PathOf("secrets");

    /// <summary>The folder that <c>MUSE_DATA</c> names, <c>.muse</c> in the current folder when it names none.</summary>
    public static DataFolder From(IConfiguration configuration) =>
        new(configuration["MUSE_DATA"] is { Length: > 0 } path ? path : ".muse");

    /// <summary>The full path of a file or folder below the root; nothing is made.</summary>
    public string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>A random secret that stays the same for the life of the installation.</summary>
    /// <param name="name">A file name of letters, digits and hyphens.</param>
    /// <param name="bytes">Its length when it has to be made, 16–1024.</param>
    public byte[] ReadOrCreateSecret(string name, int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 16);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, 1024);
        return ReadOrCreate(Path.Combine(Secrets, name), () => RandomNumberGenerator.GetBytes(bytes));
    }

    /// <summary>The content of an owner-only file below the root, made by <paramref name="make"/> when it is not there yet.</summary>
    /// <exception cref="InvalidOperationException">Others can read the file.</exception>
    public byte[] ReadOrCreate(string name, Func<byte[]> make)
    {
        var file = PathOf(name);
        if (!File.Exists(file))
        {
            var draft = $"{file}.{Guid.NewGuid():n}";
            using (var stream = new FileStream(draft, new FileStreamOptions
            { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }))
            {
                stream.Write(make());
                stream.Flush(flushToDisk: true);
            }

            // File.Move looks whether there is a file and then renames over it: of two at once the later would win. A link is made or is not.
            var linked = link(draft, file) == 0;
            var error = Marshal.GetLastPInvokeError();
            File.Delete(draft);
            if (!linked && error != FileExists)
                throw new IOException($"The secret {file} cannot be made: {Marshal.GetPInvokeErrorMessage(error)}.");
        }

        return (File.GetUnixFileMode(file) & ~OwnerFolder) == 0
            ? File.ReadAllBytes(file)
            : throw new InvalidOperationException($"Others can read the secret {file}: run 'chmod 600 {file}'.");
    }

    /// <summary>link(2): a second name for a file, unless the name is taken.</summary>
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string oldPath, string newPath);
}

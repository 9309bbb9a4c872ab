using Muse.Adapters.Postgres;

namespace Muse.Api.Operations;

/// <summary><c>backup FILE</c> and <c>restore FILE</c>: what the server does instead of serving.</summary>
public static class Archive
{
    /// <summary>The parts of the data folder that belong into a backup; the database is copied by its own means.</summary>
    public static IReadOnlyList<string> Folders { get; } = ["keys", "secrets"];

    /// <summary>A backup goes on beside a running server, a restore does not.</summary>
    public static bool IsBackup(string[] arguments) => arguments is ["backup", ..];

    /// <summary>False when the arguments ask for something else.</summary>
    /// <exception cref="BackupRefused">The message tells a person why.</exception>
    public static async Task<bool> RunAsync(string[] arguments, IServiceProvider services)
    {
        var folder = services.GetRequiredService<DataFolder>().Root;
        var store = services.GetRequiredService<EventStore>();
        switch (arguments)
        {
            case ["backup", var file]:
                var written = await WriteBackup.ToFileAsync(store, folder, Folders, file);
                Console.WriteLine($"{file}: {Count(written)}. It holds keys and personal data: keep it secret. Media files are not in it.");
                return true;
            case ["restore", var file]:
                var read = await RestoreBackup.FromFileAsync(store, folder, Folders, file);
                Console.WriteLine($"Restored {Count(read)}, as of {read.MadeAt:u}. Start Muse with ./muse up.");
                return true;
            default:
                return false;
        }
    }

    private static string Count(BackupManifest manifest) =>
        $"{manifest.Tables.FirstOrDefault(t => t.Name == "mt_events")?.Rows ?? 0} events, {manifest.Tables.Sum(t => t.Rows)} rows in all, {manifest.Files.Count} keys and secrets";
}

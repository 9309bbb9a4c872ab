using System.Globalization;
using System.Runtime.InteropServices;

namespace Muse.Imitations.Trying;

/// <summary>
/// Ends a process with the one that started it, however that ends: after a kill -9 the system gives the orphan another parent at once.
/// </summary>
internal static class ParentWatch
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Until a signal asks to stop, or the parent is no longer the one named.</summary>
    public static async Task UntilGoneAsync(string? parent, CancellationToken stopping)
    {
        var id = parent is null ? (int?)null : int.Parse(parent, CultureInfo.InvariantCulture);
        try
        {
            while (id is null || Parent() == id)
                await Task.Delay(id is null ? Timeout.InfiniteTimeSpan : Pause, stopping);
        }
        catch (OperationCanceledException)
        {
            // SIGINT or SIGTERM.
        }
    }

    [DllImport("libc", EntryPoint = "getppid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Parent();
}

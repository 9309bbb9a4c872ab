namespace Muse.Adapters.Postgres;

/// <summary>
/// Wakes readers of this process after a commit. Only a wake-up: whoever waits also polls, because another process may have written. Not
/// NOTIFY, which takes a database-wide lock at commit and serialises all of them.
/// </summary>
public sealed class CommitSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>Take it BEFORE looking for work, await it after finding none; so no wake-up falls between.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Raise() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

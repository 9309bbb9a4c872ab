using System.Security.Cryptography;
using System.Text;

namespace Muse.Api.Tokens;

/// <summary>
/// Counts wrong passwords by account and address: after <see cref="FreeTries"/> that address must wait for that account, longer each
/// time. From everywhere together an account is only slowed down, so that a stranger can never lock a teacher out. Addresses without an
/// account are counted the same, so that the answer says nothing about who has one. Kept in memory and bounded.
/// </summary>
internal sealed class SignInFailures(TimeProvider time)
{
    public const int FreeTries = 5;
    public const int MaxEntries = 50_000;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
    private static readonly TimeSpan Forgotten = TimeSpan.FromHours(24);

    /// <summary>Wrong passwords for one account from everywhere within an hour, after which each try is slowed down.</summary>
    private const int SlowAfter = 20;

    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Count> _counts = [];

    private sealed record Count(int Failed, DateTimeOffset Last, DateTimeOffset Until);

    public int Entries
    {
        get
        {
            lock (_gate)
                return _counts.Count;
        }
    }

    /// <summary>How long this address has to wait for this account; zero when it may try.</summary>
    public TimeSpan WaitFor(string emailKey, string address)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            return Live(Key(emailKey, address), now) is { } count && count.Until > now ? count.Until - now : TimeSpan.Zero;
        }
    }

    /// <summary>How long a try at this account is held up because many failed from everywhere.</summary>
    public TimeSpan DelayFor(string emailKey)
    {
        lock (_gate)
        {
            var failed = Live(Key(emailKey, null), time.GetUtcNow())?.Failed ?? 0;
            if (failed < SlowAfter)
                return TimeSpan.Zero;
            var delay = TimeSpan.FromMilliseconds(250 * Math.Pow(2, Math.Min(10, (failed - SlowAfter) / 10)));
            return delay < LongestDelay ? delay : LongestDelay;
        }
    }

    public void Failed(string emailKey, string address)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            Raise(Key(emailKey, address), now, waits: true);
            Raise(Key(emailKey, null), now, waits: false);
        }
    }

    public void Succeeded(string emailKey, string address)
    {
        lock (_gate)
            _counts.Remove(Key(emailKey, address));
    }

    private void Raise(string key, DateTimeOffset now, bool waits)
    {
        var failed = (Live(key, now)?.Failed ?? 0) + 1;
        var wait = waits && failed >= FreeTries
            ? TimeSpan.FromTicks(Math.Min(LongestWait.Ticks, FirstWait.Ticks << Math.Min(10, failed - FreeTries)))
            : TimeSpan.Zero;
        if (_counts.Count >= MaxEntries)
            Forget(now);
        _counts[key] = new Count(failed, now, now + wait);
    }

    private Count? Live(string key, DateTimeOffset now)
    {
        if (!_counts.TryGetValue(key, out var count))
            return null;
        if (count.Last + (count.Until > count.Last ? Forgotten : TimeSpan.FromHours(1)) > now)
            return count;
        _counts.Remove(key);
        return null;
    }

    // The oldest tenth goes; an attacker who fills the table gains nothing but tries that the limit per address still counts.
    private void Forget(DateTimeOffset now)
    {
        foreach (var (key, _) in _counts.Where(entry => entry.Value.Last + Forgotten <= now).ToArray())
            _counts.Remove(key);
        if (_counts.Count < MaxEntries)
            return;
        foreach (var (key, _) in _counts.OrderBy(entry => entry.Value.Last).Take(MaxEntries / 10).ToArray())
            _counts.Remove(key);
    }

    private static string Key(string emailKey, string? address) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes($"{emailKey}\n{address}")));
}

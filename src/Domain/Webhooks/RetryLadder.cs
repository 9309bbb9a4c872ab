using NodaTime;

namespace Muse.Domain.Webhooks;

/// <summary>When what was not taken is tried again: the example schedule of Standard Webhooks 1.0 ("Deliverability and reliability"), 75 hours in all.</summary>
public static class RetryLadder
{
    /// <summary>The pause before each further attempt.</summary>
    private static readonly Duration[] Pauses =
    [
        Duration.FromSeconds(5), Duration.FromMinutes(5), Duration.FromMinutes(30), Duration.FromHours(2), Duration.FromHours(5), Duration.FromHours(10),
        Duration.FromHours(14), Duration.FromHours(20), Duration.FromHours(24),
    ];

    /// <summary>Of one round; a replay begins another.</summary>
    public static int Attempts => Pauses.Length + 1;

    /// <summary>No receiver holds Muse off for longer.</summary>
    public static readonly Duration LongestWait = Duration.FromHours(24);

    /// <summary>The pause after the attempt of this number, counted from 1; null: it was the last one.</summary>
    /// <param name="random">0 to 1; a tenth is spread, so that what failed together does not come back together, and never earlier than the receiver asks.</param>
    /// <param name="retryAfter">What the receiver asked for.</param>
    public static Duration? After(int attempt, double random, Duration? retryAfter = null)
    {
        if (attempt >= Attempts)
            return null;
        var pause = Pauses[attempt - 1] * (1 + (0.1 * random));
        var asked = Duration.Min(retryAfter ?? Duration.Zero, LongestWait);
        return Duration.Max(pause, asked);
    }
}

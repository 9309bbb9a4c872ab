using NodaTime;

namespace Muse.Api.Meetings;

/// <summary>
/// Webhooks whose signature or token is wrong, told to whoever reads the log: the first at once, those after it in one line a minute, because anybody
/// may send as many as he likes. A wrong secret of ours looks the same, so silence would be no better.
/// </summary>
public sealed partial class ForgedWebhooks(TimeProvider time, ILogger<ForgedWebhooks> log)
{
    private static readonly Duration Pause = Duration.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Untold, Instant ToldAt)> _of = [];

    /// <param name="provider">One of ours, and not what the request says: each has an entry.</param>
    public void Note(string provider)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        int count;
        lock (_gate)
        {
            var (untold, toldAt) = _of.GetValueOrDefault(provider, (0, Instant.MinValue));
            count = untold + 1;
            var isTold = now >= toldAt + Pause;
            _of[provider] = isTold ? (0, now) : (count, toldAt);
            if (!isTold)
                return;
        }
        LogForged(log, count, provider);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Count} webhooks that claim to be of {Provider} had no good signature or token")]
    private static partial void LogForged(ILogger log, int count, string provider);
}

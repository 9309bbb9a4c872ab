using Muse.Domain.Meetings;
using NodaTime;
using NodaTime.Text;

namespace Muse.Adapters.Zoom;

/// <summary>What a 429 means. Zoom's headers are not always there, so its words count as well.</summary>
/// <param name="IsDaily">Nothing more today.</param>
/// <param name="NotBefore">When it may be tried again; null when Zoom does not say.</param>
internal readonly record struct ZoomLimit(bool IsDaily, Instant? NotBefore, Duration? Wait)
{
    private static readonly Duration LongestWait = Duration.FromSeconds(15);

    /// <param name="random">[0, 1), so that what was refused together does not come back together.</param>
    public static ZoomLimit Of(ZoomReply reply, string message, Instant now, double random)
    {
        var after = Parse(reply.RetryAfter, now);
        var type = reply.LimitType ?? "";
        if (type.Contains("daily", StringComparison.OrdinalIgnoreCase) || message.Contains("daily", StringComparison.OrdinalIgnoreCase))
            return new ZoomLimit(true, after is { } named && named > now && named < now + Duration.FromHours(25) ? named : NextDay(now), null);
        // Zoom writes its date in whole seconds by its own clock.
        if (after is { } soon && soon - now < LongestWait)
            return new ZoomLimit(false, soon, Clamp(soon - now));
        if (type.Contains("qps", StringComparison.OrdinalIgnoreCase) || message.Contains("per-second", StringComparison.OrdinalIgnoreCase))
            return new ZoomLimit(false, now + Duration.FromSeconds(2), Duration.FromSeconds(1 + random));
        return new ZoomLimit(false, after, null);
    }

    public ProviderTrouble ToTrouble() => new("too_many_requests", IsDaily ? "Zoom's daily limit is reached." : "Zoom's limit is reached.") { NotBefore = NotBefore };

    /// <summary>The counts begin anew at 00:00 UTC.</summary>
    internal static Instant NextDay(Instant now) => now.InUtc().Date.PlusDays(1).AtStartOfDayInZone(DateTimeZone.Utc).ToInstant();

    private static Duration Clamp(Duration wait) => Duration.Max(Duration.FromSeconds(1), Duration.Min(Duration.FromSeconds(5), wait));

    // An ISO date by Zoom's documents; seconds as in RFC 9110 in case it mends its ways.
    private static Instant? Parse(string? text, Instant now)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (OffsetDateTimePattern.ExtendedIso.Parse(text.Trim()) is { Success: true } at) return at.Value.ToInstant();
        return int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and < 86_400
            ? now + Duration.FromSeconds(seconds) : null;
    }
}

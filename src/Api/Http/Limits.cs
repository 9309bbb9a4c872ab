using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Muse.Api.Http;

/// <summary>Which limit a route counts against; each address has a bucket of its own for each.</summary>
public enum Limit
{
    /// <summary>Everything else.</summary>
    Requests,
    /// <summary>Signing in and refreshing.</summary>
    SignIns,
    NewAccounts,
    /// <summary>Coming before a lesson's door by a guest link.</summary>
    GuestVisits,
    /// <summary>Beginning, changing and ending WHIP and WHEP sessions.</summary>
    Streams,
}

/// <summary>One limit: <paramref name="Burst"/> requests at once, and as many again over each <paramref name="Seconds"/>.</summary>
public sealed record Bucket(int Burst, int Seconds);

/// <summary>
/// Requests per address, as token buckets; the section <c>Limits</c> of the configuration changes them
/// (<c>Limits__SignIns__Burst=100</c>). A school behind one address is many people, so the defaults stop floods and guessing, not use.
/// The answer says what is left by draft-ietf-httpapi-ratelimit-headers-10.
/// </summary>
internal sealed class Limits : IDisposable
{
    private readonly Dictionary<Limit, Bucket> _buckets;
    private readonly PartitionedRateLimiter<HttpContext> _limiter;

    public Limits(IConfiguration configuration)
    {
        _buckets = new Dictionary<Limit, Bucket>
        {
            [Limit.Requests] = Read(configuration, Limit.Requests, new Bucket(6000, 60)),
            [Limit.SignIns] = Read(configuration, Limit.SignIns, new Bucket(300, 60)),
            [Limit.NewAccounts] = Read(configuration, Limit.NewAccounts, new Bucket(600, 3600)),
            [Limit.GuestVisits] = Read(configuration, Limit.GuestVisits, new Bucket(300, 60)),
            [Limit.Streams] = Read(configuration, Limit.Streams, new Bucket(6000, 60)),
        };
        _limiter = PartitionedRateLimiter.Create<HttpContext, (Limit, string)>(http =>
        {
            var limit = Of(http);
            return RateLimitPartition.GetTokenBucketLimiter((limit, CallerAddress.Of(http)), _ => Options(_buckets[limit]));
        });
    }

    public async Task Count(HttpContext http, RequestDelegate next)
    {
        using var lease = _limiter.AttemptAcquire(http);
        var limit = Of(http);
        var bucket = _buckets[limit];
        var name = Name(limit);
        // Asked now: a failing request loses its endpoint, and with it the limit it counts against.
        var left = _limiter.GetStatistics(http)?.CurrentAvailablePermits ?? 0;
        http.Response.OnStarting(() =>
        {
            http.Response.Headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={bucket.Burst};w={bucket.Seconds}");
            http.Response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture,
                $"\"{name}\";r={left};t={(int)Math.Ceiling((double)(bucket.Burst - left) * bucket.Seconds / bucket.Burst)}");
            return Task.CompletedTask;
        });
        if (lease.IsAcquired)
        {
            await next(http);
            return;
        }
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? (int)Math.Ceiling(after.TotalSeconds) : 1;
        http.Response.Headers.RetryAfter = Math.Max(1, wait).ToString(CultureInfo.InvariantCulture);
        await Problems.Of(StatusCodes.Status429TooManyRequests, "too_many_requests", "Too many requests from this address; wait and try again.")
            .ExecuteAsync(http);
    }

    public void Dispose() => _limiter.Dispose();

    // Tokens come back little by little, so that a caller who waits a moment may go on.
    private static TokenBucketRateLimiterOptions Options(Bucket bucket)
    {
        var step = Math.Max(1, bucket.Burst / bucket.Seconds);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = bucket.Burst,
            TokensPerPeriod = step,
            ReplenishmentPeriod = TimeSpan.FromSeconds((double)bucket.Seconds * step / bucket.Burst),
            QueueLimit = 0,
            AutoReplenishment = true,
        };
    }

    private static Limit Of(HttpContext http) => http.GetEndpoint()?.Metadata.GetMetadata<LimitedRoute>()?.Limit ?? Limit.Requests;

    private static string Name(Limit limit) => limit switch
    {
        Limit.SignIns => "sign-ins",
        Limit.NewAccounts => "new-accounts",
        Limit.GuestVisits => "guest-visits",
        Limit.Streams => "streams",
        _ => "requests",
    };

    private static Bucket Read(IConfiguration configuration, Limit limit, Bucket otherwise)
    {
        var section = configuration.GetSection($"Limits:{limit}");
        var bucket = new Bucket(section.GetValue("Burst", otherwise.Burst), section.GetValue("Seconds", otherwise.Seconds));
        return bucket is { Burst: > 0, Seconds: > 0 }
            ? bucket
            : throw new OptionsValidationException($"Limits:{limit}", typeof(Bucket), [$"Limits:{limit} needs a Burst and Seconds above 0."]);
    }
}

internal sealed record LimitedRoute(Limit Limit);

public static class LimitedRoutes
{
    public static RouteHandlerBuilder LimitedAs(this RouteHandlerBuilder route, Limit limit) => route.WithMetadata(new LimitedRoute(limit));
}

using System.Globalization;
using System.Security.Claims;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Muse.Api.Identity;

namespace Muse.Api.Http;

/// <summary>Which limit a route counts against; each address has a bucket of its own for each, of <see cref="Keys"/> each API key.</summary>
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
    /// <summary>What one API key asks for, from wherever.</summary>
    Keys,
}

/// <summary>One limit: <paramref name="Burst"/> requests at once, and as many again over each <paramref name="Seconds"/>.</summary>
public sealed record Bucket(int Burst, int Seconds);

/// <summary>
/// Requests per address, and per API key, as token buckets; the section <c>Limits</c> of the configuration changes them
/// (<c>Limits__SignIns__Burst=100</c>). A school behind one address is many people, so the defaults stop floods and guessing, not use.
/// The answer says what is left by draft-ietf-httpapi-ratelimit-headers-10.
/// </summary>
internal sealed class Limits : IDisposable
{
    private readonly Dictionary<Limit, Bucket> _buckets;
    private readonly PartitionedRateLimiter<(Limit Limit, string Whose)> _limiter;

    public Limits(IConfiguration configuration)
    {
        _buckets = new Dictionary<Limit, Bucket>
        {
            [Limit.Requests] = Read(configuration, Limit.Requests, new Bucket(6000, 60)),
            [Limit.SignIns] = Read(configuration, Limit.SignIns, new Bucket(300, 60)),
            [Limit.NewAccounts] = Read(configuration, Limit.NewAccounts, new Bucket(600, 3600)),
            [Limit.GuestVisits] = Read(configuration, Limit.GuestVisits, new Bucket(300, 60)),
            [Limit.Streams] = Read(configuration, Limit.Streams, new Bucket(6000, 60)),
            [Limit.Keys] = Read(configuration, Limit.Keys, new Bucket(600, 60)),
        };
        _limiter = PartitionedRateLimiter.Create<(Limit Limit, string Whose), (Limit, string)>(counted =>
            RateLimitPartition.GetTokenBucketLimiter(counted, _ => Options(_buckets[counted.Limit])));
    }

    public Task Count(HttpContext http, RequestDelegate next) => Count(http, next, (Of(http), CallerAddress.Of(http)), "address");

    /// <summary>After who calls is known: a caller by an API key counts against the key's limit, too, and reads that one in the headers.</summary>
    public Task CountKey(HttpContext http, RequestDelegate next) =>
        http.User.FindFirstValue(TokenClaims.Key) is { } key ? Count(http, next, (Limit.Keys, key), "key") : next(http);

    private async Task Count(HttpContext http, RequestDelegate next, (Limit Limit, string Whose) counted, string what)
    {
        using var lease = _limiter.AttemptAcquire(counted);
        var bucket = _buckets[counted.Limit];
        var name = Name(counted.Limit);
        var left = _limiter.GetStatistics(counted)?.CurrentAvailablePermits ?? 0;
        // What is counted last is the narrower, and what the answer says.
        http.Items[typeof(Limits)] = (
            string.Create(CultureInfo.InvariantCulture, $"\"{name}\";q={bucket.Burst};w={bucket.Seconds}"),
            string.Create(CultureInfo.InvariantCulture, $"\"{name}\";r={left};t={(int)Math.Ceiling((double)(bucket.Burst - left) * bucket.Seconds / bucket.Burst)}"));
        http.Response.OnStarting(() =>
        {
            (http.Response.Headers["RateLimit-Policy"], http.Response.Headers["RateLimit"]) = ((string, string))http.Items[typeof(Limits)]!;
            return Task.CompletedTask;
        });
        if (lease.IsAcquired)
        {
            await next(http);
            return;
        }
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? (int)Math.Ceiling(after.TotalSeconds) : 1;
        http.Response.Headers.RetryAfter = Math.Max(1, wait).ToString(CultureInfo.InvariantCulture);
        await Problems.Of(StatusCodes.Status429TooManyRequests, "too_many_requests", $"Too many requests from this {what}; wait and try again.")
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
        Limit.Keys => "keys",
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

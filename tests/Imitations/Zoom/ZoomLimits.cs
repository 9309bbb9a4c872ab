using System.Globalization;
using System.Text.Json.Nodes;

namespace Muse.Imitations.Zoom;

/// <summary>How much an account may ask: per second by Zoom's plans, and per day.</summary>
public enum ZoomPlan
{
    Free,
    Pro,
    Business,
}

/// <summary>An odd answer of Zoom's that is no plain fault of the wire.</summary>
public enum ZoomQuirk
{
    /// <summary>HTTP 200 with a code of failure: the plan lacks something. Nothing happened.</summary>
    FailureInSuccess,
    /// <summary>404 whose message has quotes that are not escaped.</summary>
    UnescapedQuotes,
    /// <summary>307 to <see cref="ZoomImitation.ElsewhereUrl"/>.</summary>
    RedirectElsewhere,
    /// <summary>429 for the rest of the day of UTC.</summary>
    TooManyToday,
}

public sealed partial class ZoomImitation
{
    private readonly Dictionary<(string Account, LimitClass Class), (long Second, int Used)> _perSecond = [];
    private readonly Dictionary<(string Account, DateOnly Day), int> _perDay = [];
    private readonly Dictionary<(string User, DateOnly Day), int> _writes = [];
    private readonly List<(ZoomQuirk Quirk, string? Method)> _quirks = [];

    public enum LimitClass
    {
        Light,
        Medium,
        Heavy,
    }

    public ZoomPlan Plan { get; set; } = ZoomPlan.Pro;

    /// <summary>Off for whoever measures how fast Muse is.</summary>
    public bool LimitsPerSecond { get; set; } = true;

    /// <summary>Creations and updates a user may have in a day of UTC.</summary>
    public int WritesPerDay { get; set; } = 100;

    /// <summary>False: 429 comes without <c>X-RateLimit-Type</c> and <c>Retry-After</c>, as people have met it.</summary>
    public bool NamesTheWait { get; set; } = true;

    /// <summary>Where <see cref="ZoomQuirk.RedirectElsewhere"/> sends people.</summary>
    public string ElsewhereUrl { get; set; } = "http://127.0.0.1:9";

    /// <summary>How many of today's creations and updates the user has used.</summary>
    public int WritesOf(ZoomUser user)
    {
        lock (_gate) return _writes.GetValueOrDefault((user.Id, Today));
    }

    /// <summary>As if somebody else's app had used them.</summary>
    public void UseWrites(ZoomUser user, int count)
    {
        lock (_gate) _writes[(user.Id, Today)] = _writes.GetValueOrDefault((user.Id, Today)) + count;
    }

    /// <summary>The next call meets it.</summary>
    /// <param name="method">Null for any.</param>
    public void NextQuirk(ZoomQuirk quirk, string? method = null)
    {
        lock (_gate) _quirks.Add((quirk, method));
    }

    private DateOnly Today => DateOnly.FromDateTime(Clock.GetUtcNow().UtcDateTime);

    protected override Task Refuse(HttpContext http, Fault fault)
    {
        if (http.Request.Path.StartsWithSegments("/oauth") && fault is Fault.Unauthorized)
            return OAuthError(401, "Invalid client_id or client_secret", "invalid_client").ExecuteAsync(http);
        return (fault switch
        {
            Fault.Unauthorized => ZoomError(401, 124, "Access token is expired."),
            Fault.TooManyWithWait => TooManyPerSecond(http, LimitClass.Light, 0, namesTheWait: true),
            Fault.TooMany => TooManyPerSecond(http, LimitClass.Light, 0, namesTheWait: false),
            Fault.BadGateway => Results.Text("<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html", null, 502),
            _ => ZoomError(500, 500, "Internal server error."),
        }).ExecuteAsync(http);
    }

    private ZoomQuirk? TakeQuirk(HttpRequest request)
    {
        lock (_gate)
        {
            var found = _quirks.FindIndex(q => q.Method is null || q.Method == request.Method);
            if (found < 0) return null;
            var quirk = _quirks[found].Quirk;
            _quirks.RemoveAt(found);
            return quirk;
        }
    }

    private IResult? Over(HttpContext http, string account, LimitClass limit)
    {
        var (perSecond, perDay) = (Plan, limit) switch
        {
            (ZoomPlan.Free, LimitClass.Light) => (4, 6_000),
            (ZoomPlan.Free, LimitClass.Medium) => (2, 2_000),
            (ZoomPlan.Free, _) => (1, 1_000),
            (ZoomPlan.Pro, LimitClass.Light) => (30, int.MaxValue),
            (ZoomPlan.Pro, LimitClass.Medium) => (20, int.MaxValue),
            (ZoomPlan.Pro, _) => (10, 30_000),
            (_, LimitClass.Light) => (80, int.MaxValue),
            (_, LimitClass.Medium) => (60, int.MaxValue),
            _ => (40, 60_000),
        };
        var second = Clock.GetUtcNow().ToUnixTimeSeconds();
        lock (_gate)
        {
            if (LimitsPerSecond)
            {
                var (at, used) = _perSecond.GetValueOrDefault((account, limit));
                if (at != second) used = 0;
                if (used >= perSecond) return TooManyPerSecond(http, limit, perSecond, NamesTheWait);
                _perSecond[(account, limit)] = (second, used + 1);
            }
            if (perDay != int.MaxValue)
            {
                var day = _perDay.GetValueOrDefault((account, Today));
                if (day >= perDay) return TooManyPerDay(http, limit, perDay, "You have reached the maximum daily rate limit for this API.");
                _perDay[(account, Today)] = day + 1;
            }
        }
        return null;
    }

    /// <summary>Creations and updates of one user in a day of UTC, whatever the meeting's date.</summary>
    private IResult? OverWrites(HttpContext http, ZoomUser user)
    {
        lock (_gate)
        {
            var used = _writes.GetValueOrDefault((user.Id, Today));
            if (used >= WritesPerDay)
            {
                return TooManyPerDay(http, LimitClass.Light, WritesPerDay, string.Create(CultureInfo.InvariantCulture,
                    $"You have exceeded the daily rate limit ({WritesPerDay}) of Meeting Create/Update API requests permitted for this particular user. You may resume these requests at GMT 00:00:00."));
            }
            _writes[(user.Id, Today)] = used + 1;
        }
        return null;
    }

    private IResult TooManyPerSecond(HttpContext http, LimitClass limit, int most, bool namesTheWait)
    {
        var headers = http.Response.Headers;
        headers["X-RateLimit-Category"] = limit.ToString();
        headers["X-RateLimit-Limit"] = most.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = "0";
        if (namesTheWait)
        {
            headers["X-RateLimit-Type"] = "QPS";
            headers.RetryAfter = ZoomRules.Time(Clock.GetUtcNow().AddSeconds(2));
        }
        return Json(429, new JsonObject
        {
            ["code"] = 429,
            ["message"] = "You have reached the maximum per-second rate limit for this API. Try again later.",
        });
    }

    private IResult TooManyPerDay(HttpContext http, LimitClass limit, int most, string message)
    {
        var headers = http.Response.Headers;
        headers["X-RateLimit-Category"] = limit.ToString();
        headers["X-RateLimit-Limit"] = most.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining"] = "0";
        if (NamesTheWait)
        {
            headers["X-RateLimit-Type"] = "Daily-limit";
            headers.RetryAfter = ZoomRules.Time(new DateTimeOffset(Clock.GetUtcNow().UtcDateTime.Date.AddDays(1), TimeSpan.Zero));
        }
        return Json(429, new JsonObject { ["code"] = 429, ["message"] = message });
    }
}

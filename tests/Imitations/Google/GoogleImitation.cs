using System.Text.Json.Nodes;

namespace Muse.Imitations.Google;

/// <summary>
/// Google as far as lessons need it: tokens of a service account, consent of a person, Calendar events with conferences, push channels, Meet's
/// spaces and conference records, files of Drive. Times are the imitation's clock.
/// </summary>
public sealed partial class GoogleImitation : Imitation
{
    private readonly Lock _gate = new();
    private readonly List<PlannedError> _errors = [];

    public override string Title => "Google Meet";

    public override string Section => "Meetings:GoogleMeet";

    public override string? Note =>
        "Meet pushes nothing about people: Muse asks within the minute, during the lesson. The account that holds the meeting is the tutor: \"Join as host\" comes in with "
        + "it, and so does the tutor's own link.";

    /// <summary>Workspace user whose calendar holds the school's lessons.</summary>
    public const string SchoolHost = "lessons@school.example";

    /// <summary>What a Muse needs in its configuration to talk to this imitation, with the school's account and the tutors' client.</summary>
    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Meetings:GoogleMeet:ServiceAccountJson"] = ServiceAccountJson,
        ["Meetings:GoogleMeet:DefaultHost"] = SchoolHost,
        ["Meetings:GoogleMeet:CalendarUrl"] = $"{Address}/calendar/v3",
        ["Meetings:GoogleMeet:MeetUrl"] = Address,
        ["Meetings:GoogleMeet:DriveUrl"] = $"{Address}/drive/v3",
        ["Meetings:GoogleMeet:UserInfoUrl"] = $"{Address}/userinfo",
        ["Meetings:GoogleMeet:TokenUrl"] = $"{Address}/token",
        ["Meetings:Connect:GoogleMeet:ClientId"] = ConnectClientId,
        ["Meetings:Connect:GoogleMeet:ClientSecret"] = ConnectClientSecret,
        ["Meetings:Connect:GoogleMeet:AuthorizeUrl"] = $"{Address}/o/oauth2/v2/auth",
        ["Meetings:Connect:GoogleMeet:TokenUrl"] = $"{Address}/token",
        ["Meetings:Connect:GoogleMeet:RevokeUrl"] = $"{Address}/revoke",
        ["Meetings:Connect:GoogleMeet:AccountUrl"] = $"{Address}/userinfo",
    };

    public override IReadOnlyList<HeldMeeting> Held
    {
        get
        {
            lock (_gate) return [.. _calendars.Values.SelectMany(calendar => calendar.Events.Values).Where(e => !e.IsCancelled).Select(Shown)];
        }
    }

    /// <summary>The next fitting requests, after their token was found good, are answered with this error of Google's, and nothing happens.</summary>
    /// <param name="reason">Calendar's and Drive's word; for Meet the <c>status</c>.</param>
    public void AnswerNext(int status, string reason, string? method = null, string path = "", int times = 1)
    {
        lock (_gate) _errors.Add(new PlannedError(status, reason, method, path, times));
    }

    protected override void Map(WebApplication app)
    {
        MapTokens(app);
        MapCalendar(app);
        MapChannels(app);
        MapMeet(app);
        MapDrive(app);
        MapDoors(app);
    }

    protected override async Task Refuse(HttpContext http, Fault fault)
    {
        if (fault is Fault.TooManyWithWait) http.Response.Headers.RetryAfter = "7";
        await (fault switch
        {
            Fault.Unauthorized => Error(http, 401, IsMeet(http) ? "UNAUTHENTICATED" : "authError", "Invalid Credentials"),
            Fault.TooMany or Fault.TooManyWithWait => Error(http, 429, IsMeet(http) ? "RESOURCE_EXHAUSTED" : "rateLimitExceeded", "Rate Limit Exceeded"),
            Fault.BadGateway => Error(http, 502, IsMeet(http) ? "UNAVAILABLE" : "backendError", "Bad Gateway"),
            _ => Error(http, 500, IsMeet(http) ? "INTERNAL" : "backendError", "Backend Error"),
        });
    }

    /// <summary>Google's error, in the style of the API that is asked.</summary>
    private static Task Error(HttpContext http, int status, string reason, string message)
    {
        http.Response.StatusCode = status;
        if (IsToken(http))
        {
            var word = status switch { 401 => "invalid_client", 429 => "rate_limit_exceeded", >= 500 => "internal_failure", _ => reason };
            return Write(http, new JsonObject { ["error"] = word, ["error_description"] = message });
        }
        return Write(http, IsMeet(http)
            ? new JsonObject { ["error"] = new JsonObject { ["code"] = status, ["message"] = message, ["status"] = reason } }
            : new JsonObject
            {
                ["error"] = new JsonObject
                {
                    ["errors"] = new JsonArray(new JsonObject
                    {
                        ["domain"] = reason.EndsWith("Exceeded", StringComparison.Ordinal) ? "usageLimits" : "global",
                        ["reason"] = reason,
                        ["message"] = message,
                    }),
                    ["code"] = status,
                    ["message"] = message,
                },
            });
    }

    private static bool IsToken(HttpContext http) => http.Request.Path.Value is "/token" or "/revoke";

    private static bool IsMeet(HttpContext http) => http.Request.Path.StartsWithSegments("/v2");

    private static async Task Write(HttpContext http, JsonNode body)
    {
        http.Response.ContentType = "application/json; charset=UTF-8";
        await http.Response.WriteAsync(body.ToJsonString());
    }

    /// <summary>The user of the bearer token when it holds one of the scopes; else the error is written and the answer null.</summary>
    private async Task<string?> Authorize(HttpContext http, params string[] scopes)
    {
        var header = http.Request.Headers.Authorization.ToString();
        PlannedError? planned;
        Granted? granted;
        lock (_gate)
        {
            granted = header.StartsWith("Bearer ", StringComparison.Ordinal) ? _granted.GetValueOrDefault(header[7..]) : null;
            if (granted is not null && granted.Expires <= Clock.GetUtcNow()) granted = null;
            planned = granted is null ? null : TakeError(http.Request);
        }
        if (granted is null)
        {
            await Error(http, 401, IsMeet(http) ? "UNAUTHENTICATED" : "authError", "Invalid Credentials");
            return null;
        }
        if (planned is not null)
        {
            await Error(http, planned.Status, planned.Reason, "As a test wished.");
            return null;
        }
        if (!scopes.Any(granted.Scopes.Contains))
        {
            await Error(http, 403, IsMeet(http) ? "PERMISSION_DENIED" : "insufficientPermissions", "Insufficient Permission: Request had insufficient authentication scopes.");
            return null;
        }
        if (!WithinQuota(granted.User))
        {
            await Error(http, IsMeet(http) ? 429 : 403, IsMeet(http) ? "RESOURCE_EXHAUSTED" : "userRateLimitExceeded", "User Rate Limit Exceeded");
            return null;
        }
        return granted.User;
    }

    private PlannedError? TakeError(HttpRequest request)
    {
        var found = _errors.FindIndex(e => (e.Method is null || e.Method == request.Method) && request.Path.Value!.Contains(e.Path, StringComparison.Ordinal));
        if (found < 0) return null;
        var error = _errors[found];
        if (error.Times > 1) _errors[found] = error with { Times = error.Times - 1 };
        else _errors.RemoveAt(found);
        return error;
    }

    /// <summary>Requests of one user in a sliding minute: Google's older public number.</summary>
    public int RequestsPerUserAndMinute { get; set; } = 600;

    private readonly Dictionary<string, Queue<DateTimeOffset>> _asked = [];

    private bool WithinQuota(string user)
    {
        lock (_gate)
        {
            var now = Clock.GetUtcNow();
            if (!_asked.TryGetValue(user, out var asked)) _asked[user] = asked = new Queue<DateTimeOffset>();
            while (asked.TryPeek(out var oldest) && oldest <= now.AddMinutes(-1)) asked.Dequeue();
            if (asked.Count >= RequestsPerUserAndMinute) return false;
            asked.Enqueue(now);
            return true;
        }
    }

    private string Stamp() => Clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The request's JSON object; null, with the error written, when it is none.</summary>
    private static async Task<JsonObject?> Body(HttpContext http)
    {
        try
        {
            if (await JsonNode.ParseAsync(http.Request.Body) is JsonObject body) return body;
        }
        catch (System.Text.Json.JsonException)
        {
            // Answered below.
        }
        await Error(http, 400, IsMeet(http) ? "INVALID_ARGUMENT" : "parseError", "Parse Error");
        return null;
    }

    private sealed record PlannedError(int Status, string Reason, string? Method, string Path, int Times);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Muse.Imitations.Zoom;

/// <summary>Users and meetings over REST.</summary>
public sealed partial class ZoomImitation
{
    private const int LongestListedAgenda = 250;
    private static readonly TimeSpan PageLife = TimeSpan.FromMinutes(15);

    private readonly Dictionary<string, (int Next, DateTimeOffset Expires)> _pages = [];

    private void MapMeetings(WebApplication app)
    {
        app.MapGet("/v2/users/{userId}", (HttpContext http, string userId) =>
            Rest(http, LimitClass.Light, "user:read:user", grant => WithUser(grant, userId, GetUser)));
        app.MapPost("/v2/users/{userId}/meetings", (HttpContext http, string userId) =>
            Rest(http, LimitClass.Light, "meeting:write:meeting", grant => WithUser(grant, userId, user => Create(http, user))));
        app.MapGet("/v2/users/{userId}/meetings", (HttpContext http, string userId) =>
            Rest(http, LimitClass.Medium, "meeting:read:list_meetings", grant => WithUser(grant, userId, user => List(http.Request, user))));
        app.MapGet("/v2/meetings/{meetingId}", (HttpContext http, string meetingId) =>
            Rest(http, LimitClass.Light, "meeting:read:meeting", grant => WithMeeting(grant, meetingId, m => Json(200, Full(m)))));
        app.MapPatch("/v2/meetings/{meetingId}", (HttpContext http, string meetingId) =>
            Rest(http, LimitClass.Light, "meeting:update:meeting", grant => WithMeeting(grant, meetingId, m => Update(http, m))));
        app.MapDelete("/v2/meetings/{meetingId}", (HttpContext http, string meetingId) =>
            Rest(http, LimitClass.Light, "meeting:delete:meeting", grant => WithMeeting(grant, meetingId, Delete)));
        app.MapPut("/v2/meetings/{meetingId}/status", (HttpContext http, string meetingId) =>
            Rest(http, LimitClass.Light, "meeting:update:status", grant => SetStatus(http, grant, meetingId)));
    }

    /// <summary>One call: quirk, token, right, limit, and what it does, under the gate.</summary>
    private async Task Rest(HttpContext http, LimitClass limit, string scope, Func<Grant, IResult> act)
    {
        IResult result;
        var quirk = TakeQuirk(http.Request);
        if (quirk is ZoomQuirk.FailureInSuccess)
            result = Json(200, new JsonObject { ["code"] = 200, ["message"] = "Only available for Paid users." });
        else if (quirk is ZoomQuirk.UnescapedQuotes)
            result = Results.Text("{\"code\":1001,\"message\":\"User \"somebody\" does not exist or does not belong to this account.\"}", "application/json", Encoding.UTF8, 404);
        else if (quirk is ZoomQuirk.RedirectElsewhere)
            result = Results.Redirect(ElsewhereUrl + http.Request.Path, permanent: false, preserveMethod: true);
        else if (quirk is ZoomQuirk.TooManyToday)
            result = TooManyPerDay(http, limit, 30_000, "You have reached the maximum daily rate limit for this API.");
        else if (Bearer(http.Request) is var (grant, refusal) && refusal is not null)
            result = refusal;
        else if (!MayDo(grant!, scope))
            result = ZoomError(400, 4711, $"Invalid access token, does not contain scopes:[{scope}:admin].");
        else if (Over(http, grant!.AccountId, limit) is { } tooMany)
            result = tooMany;
        else
            result = act(grant);
        await result.ExecuteAsync(http);
    }

    private static bool MayDo(Grant grant, string scope) => grant.Scopes.Contains(grant.User is null ? scope + ":admin" : scope);

    private IResult WithUser(Grant grant, string userId, Func<ZoomUser, IResult> act)
    {
        ZoomUser? user;
        lock (_gate) user = userId == "me" ? grant.User ?? SchoolHost : _users.GetValueOrDefault(userId);
        return user is null || user.AccountId != grant.AccountId || (grant.User is { } own && own.Id != user.Id)
            ? ZoomError(404, 1001, $"User \"{userId}\" does not exist or does not belong to this account.")
            : act(user);
    }

    private IResult WithMeeting(Grant grant, string meetingId, Func<ZoomMeeting, IResult> act)
    {
        if (!long.TryParse(meetingId, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return ZoomError(400, 300, "Validation Failed.", ("meetingId", "Invalid parameter: meetingId."));
        ZoomMeeting? meeting;
        lock (_gate) meeting = _meetings.GetValueOrDefault(id);
        return meeting is null || !Sees(grant, meeting) ? ZoomError(404, 3001, $"Meeting does not exist: {meetingId}.") : act(meeting);
    }

    private static bool Sees(Grant grant, ZoomMeeting meeting) =>
        meeting.Host.AccountId == grant.AccountId && (grant.User is null || grant.User.Id == meeting.Host.Id);

    /// <summary>A segment of a path that names an instance: encoded twice when it begins with a slash or has two.</summary>
    internal ZoomMeeting? ByUuid(string segment)
    {
        var uuid = Uri.UnescapeDataString(segment);
        lock (_gate) return _meetings.Values.Concat(_deleted.Values).FirstOrDefault(m => m.Uuid == uuid);
    }

    private static IResult GetUser(ZoomUser user) => Json(200, new JsonObject
    {
        ["id"] = user.Id,
        ["first_name"] = user.Name,
        ["last_name"] = "",
        ["display_name"] = user.Name,
        ["email"] = user.Email,
        ["type"] = user.IsPaid ? 2 : 1,
        ["account_id"] = user.AccountId,
        ["status"] = "active",
        ["timezone"] = "Asia/Seoul",
        ["verified"] = 1,
    });

    private IResult Create(HttpContext http, ZoomUser user)
    {
        if (OverWrites(http, user) is { } tooMany) return tooMany;
        if (ReadBody(http) is not { } body) return NotJson();
        if (ZoomRules.Faults(body) is { Count: > 0 } faults) return ZoomError(400, 300, "Validation Failed.", [.. faults]);
        ZoomMeeting meeting;
        lock (_gate)
        {
            meeting = NewMeeting(user);
            ZoomRules.Apply(body, meeting);
            if (meeting.Password.Length == 0) meeting.Password = RandomNumberGenerator.GetInt32(100_000, 1_000_000).ToString(CultureInfo.InvariantCulture);
            Lock(meeting);
            _meetings.Add(meeting.Id, meeting);
        }
        Changed("meeting.created", meeting);
        return Json(201, Full(meeting));
    }

    private IResult Update(HttpContext http, ZoomMeeting meeting)
    {
        if (OverWrites(http, meeting.Host) is { } tooMany) return tooMany;
        if (ReadBody(http) is not { } body) return NotJson();
        if (ZoomRules.Faults(body) is { Count: > 0 } faults) return ZoomError(400, 300, "Validation Failed.", [.. faults]);
        lock (_gate)
        {
            ZoomRules.Apply(body, meeting);
            Lock(meeting);
        }
        Changed("meeting.updated", meeting);
        return Results.NoContent();
    }

    /// <summary>What the plan lacks or an administrator locked is not refused but ignored.</summary>
    private void Lock(ZoomMeeting meeting)
    {
        if (ForcedRecording is { } forced) meeting.Settings["auto_recording"] = forced;
        else if (!meeting.Host.IsPaid && (string?)meeting.Settings["auto_recording"] == "cloud") meeting.Settings["auto_recording"] = "none";
    }

    private IResult Delete(ZoomMeeting meeting)
    {
        // From memory, not from Zoom's documents: a meeting in progress is ended before it can be deleted.
        if (meeting.State == "started") return ZoomError(400, 3002, "Sorry, you cannot delete this meeting since it's in progress.");
        Remove(meeting.Id);
        return Results.NoContent();
    }

    private IResult SetStatus(HttpContext http, Grant grant, string meetingId)
    {
        if (ReadBody(http) is not { } body) return NotJson();
        switch ((string?)body["action"])
        {
            case "end":
                return WithMeeting(grant, meetingId, meeting =>
                {
                    Later(End(meeting));
                    return Results.NoContent();
                });
            case "recover":
                ZoomMeeting? gone;
                lock (_gate)
                {
                    if (!long.TryParse(meetingId, CultureInfo.InvariantCulture, out var id) || !_deleted.Remove(id, out gone) || !Sees(grant, gone))
                        return ZoomError(404, 3001, $"Meeting does not exist: {meetingId}.");
                    _meetings[gone.Id] = gone;
                }
                Changed("meeting.recovered", gone);
                return Results.NoContent();
            default:
                return ZoomError(400, 300, "Validation Failed.", ("action", "Invalid parameter: action."));
        }
    }

    private IResult List(HttpRequest request, ZoomUser user)
    {
        var size = int.TryParse(request.Query["page_size"], CultureInfo.InvariantCulture, out var asked) ? asked : 30;
        if (size is < 1 or > 300) return ZoomError(400, 300, "Validation Failed.", ("page_size", "Invalid parameter: page_size."));
        var now = Clock.GetUtcNow();
        List<ZoomMeeting> all;
        var from = 0;
        var more = "";
        lock (_gate)
        {
            if (request.Query["next_page_token"].ToString() is { Length: > 0 } token)
            {
                if (!_pages.Remove(token, out var page) || page.Expires <= now)
                    return ZoomError(400, 300, "The next page token is invalid or expired.");
                from = page.Next;
            }
            var type = request.Query["type"].ToString();
            if (type is not ("" or "scheduled" or "live" or "upcoming"))
                return ZoomError(400, 300, "Validation Failed.", ("type", "Invalid parameter: type."));
            all = [.. _meetings.Values.Where(m => m.Host.Id == user.Id && (type is "" or "live" ? m.State == "started"
                : type == "upcoming" ? m.State == "started" || (m.State == "waiting" && m.Start >= now) : m.State != "ended"))
                .OrderBy(m => m.Start).ThenBy(m => m.Id)];
            if (from + size < all.Count)
            {
                more = Secret()[..35];
                _pages[more] = (from + size, now + PageLife);
            }
        }
        var listed = new JsonArray();
        foreach (var meeting in all.Skip(from).Take(size)) listed.Add((JsonNode)Summary(meeting));
        return Json(200, new JsonObject
        {
            ["page_count"] = (all.Count + size - 1) / size,
            ["page_number"] = 1,
            ["page_size"] = size,
            ["total_records"] = all.Count,
            ["next_page_token"] = more,
            ["meetings"] = listed,
        });
    }

    private JsonObject Summary(ZoomMeeting meeting)
    {
        lock (_gate)
        {
            var summary = new JsonObject
            {
                ["uuid"] = meeting.Uuid,
                ["id"] = meeting.Id,
                ["host_id"] = meeting.Host.Id,
                ["topic"] = meeting.Topic,
                ["type"] = meeting.Type,
                ["start_time"] = ZoomRules.Time(meeting.Start),
                ["duration"] = meeting.Duration,
                ["timezone"] = meeting.TimeZone,
                ["created_at"] = ZoomRules.Time(meeting.CreatedAt),
                ["join_url"] = JoinUrl(meeting),
            };
            if (ListsAgendas) summary["agenda"] = meeting.Agenda.Length > LongestListedAgenda ? meeting.Agenda[..LongestListedAgenda] : meeting.Agenda;
            return summary;
        }
    }

    private JsonObject Full(ZoomMeeting meeting)
    {
        lock (_gate)
        {
            return new JsonObject
            {
                ["uuid"] = meeting.Uuid,
                ["id"] = meeting.Id,
                ["host_id"] = meeting.Host.Id,
                ["host_email"] = meeting.Host.Email,
                ["assistant_id"] = "",
                ["topic"] = meeting.Topic,
                ["type"] = meeting.Type,
                ["status"] = meeting.State,
                ["start_time"] = ZoomRules.Time(meeting.Start),
                ["duration"] = meeting.Duration,
                ["timezone"] = meeting.TimeZone,
                ["agenda"] = meeting.Agenda,
                ["created_at"] = ZoomRules.Time(meeting.CreatedAt),
                // The host's key in it is new each time and does not live long.
                ["start_url"] = $"{Address}/s/{meeting.Id}?zak={Secret()}",
                ["join_url"] = JoinUrl(meeting),
                ["password"] = meeting.Password,
                ["h323_password"] = meeting.Password,
                ["pstn_password"] = meeting.Password,
                ["encrypted_password"] = Hidden(meeting),
                ["pre_schedule"] = false,
                ["settings"] = meeting.Settings.DeepClone(),
                ["creation_source"] = "open_api",
            };
        }
    }

    private string JoinUrl(ZoomMeeting meeting) => $"{Address}/j/{meeting.Id}?pwd={Hidden(meeting)}";

    private static string Hidden(ZoomMeeting meeting) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{meeting.Id}:{meeting.Password}")))[..32] + ".1";

    private static JsonObject? ReadBody(HttpContext http)
    {
        http.Request.Body.Position = 0;
        using var text = new MemoryStream();
        // The whole body is buffered before any endpoint runs.
        http.Request.Body.CopyToAsync(text).GetAwaiter().GetResult();
        try
        {
            return JsonNode.Parse(text.ToArray()) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static IResult NotJson() => ZoomError(400, 300, "Request Body should be a valid JSON object.");

    internal static IResult ZoomError(int status, int code, string message, params (string Field, string Message)[] errors)
    {
        var body = new JsonObject { ["code"] = code, ["message"] = message };
        if (errors.Length > 0)
            body["errors"] = new JsonArray([.. errors.Select(e => new JsonObject { ["field"] = e.Field, ["message"] = e.Message })]);
        return Json(status, body);
    }

    internal static IResult Json(int status, JsonObject body) => Results.Text(body.ToJsonString(), "application/json", Encoding.UTF8, status);
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Muse.Imitations.Google;

/// <summary>Calendar v3: events of one calendar per user, with conferences, etags, deletion that stays visible, and incremental sync.</summary>
public sealed partial class GoogleImitation
{
    private const string EventsScope = "https://www.googleapis.com/auth/calendar.events.owned";
    private static readonly string[] EventScopes = [EventsScope, "https://www.googleapis.com/auth/calendar.events", "https://www.googleapis.com/auth/calendar"];

    private readonly Dictionary<string, UsersCalendar> _calendars = new(StringComparer.OrdinalIgnoreCase);
    private long _change;
    private int _epoch = 1;

    /// <summary>Reads of an event until its conference is made; 0: at once, as Google mostly does.</summary>
    public int PendingReads { get; set; }

    /// <summary>How many of the next conferences fail.</summary>
    public int FailingConferences { get; set; }

    /// <summary>Users for whom Meet is switched off: their conference requests are passed over.</summary>
    public HashSet<string> WithoutMeet { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Invitations to people outside that are still free.</summary>
    public int InvitationsLeft { get; set; } = 1_000;

    /// <summary>With which events that have attendees are refused, such as <c>403 quotaExceeded</c>; null while they are taken.</summary>
    public string? RefusedAttendees { get; set; }

    /// <summary>All sync tokens become too old.</summary>
    public void ExpireSyncTokens() => Interlocked.Increment(ref _epoch);

    /// <summary>Somebody deletes the event in Calendar's own page.</summary>
    public Task DeleteByHand(string eventId) => Change(eventId, e => e.Json["status"] = "cancelled");

    /// <summary>Somebody drags the event to another time.</summary>
    public Task MoveByHand(string eventId, TimeSpan by) => Change(eventId, e =>
    {
        foreach (var end in new[] { "start", "end" })
            e.Json[end]!["dateTime"] = Rfc3339(DateTimeOffset.Parse(e.Json[end]!["dateTime"]!.GetValue<string>(), CultureInfo.InvariantCulture) + by);
        e.Json["sequence"] = e.Json["sequence"]!.GetValue<int>() + 1;
    });

    /// <summary>Somebody takes the Meet link out of the event.</summary>
    public Task TakeOutConference(string eventId) => Change(eventId, e =>
    {
        e.Json.Remove("conferenceData");
        e.Json.Remove("hangoutLink");
        e.PendingReads = null;
    });

    /// <summary>Somebody changes the event in a way that is no business of Muse's.</summary>
    public Task RenameByHand(string eventId, string summary) => Change(eventId, e => e.Json["summary"] = summary);

    /// <summary>The event as JSON, deleted or not; null when there is none of this id.</summary>
    public JsonObject? EventOf(string eventId)
    {
        lock (_gate) return FindEvent(eventId)?.Json.DeepClone().AsObject();
    }

    /// <summary>An event of the user's own, which is none of Muse's business.</summary>
    public Task AddByHand(string user, string summary)
    {
        lock (_gate)
        {
            var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(13));
            var now = Clock.GetUtcNow();
            var json = new JsonObject
            {
                ["id"] = id,
                ["summary"] = summary,
                ["status"] = "confirmed",
                ["start"] = new JsonObject { ["dateTime"] = Rfc3339(now.AddDays(1)), ["timeZone"] = "Asia/Seoul" },
                ["end"] = new JsonObject { ["dateTime"] = Rfc3339(now.AddDays(1).AddHours(1)), ["timeZone"] = "Asia/Seoul" },
            };
            var made = new HeldEvent(user, json);
            CalendarOf(user).Events[id] = made;
            Touch(made);
        }
        return Push(user);
    }

    private void MapCalendar(WebApplication app)
    {
        const string events = "/calendar/v3/calendars/{calendar}/events";
        app.MapPost(events, Insert);
        app.MapGet(events, List);
        app.MapGet(events + "/{id}", Get);
        app.MapPatch(events + "/{id}", Patch);
        app.MapDelete(events + "/{id}", Delete);
    }

    private async Task Insert(HttpContext http, string calendar)
    {
        if (await OwnCalendar(http, calendar) is not { } user || await Body(http) is not { } body) return;
        string? error;
        JsonNode? answer = null;
        lock (_gate)
        {
            var id = body["id"]?.GetValue<string>() ?? Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(13));
            error = !EventId().IsMatch(id) ? "400 invalid"
                // The id of a deleted event stays taken.
                : CalendarOf(user).Events.ContainsKey(id) ? "409 duplicate"
                : WrongTimes(body) ?? NoInvitations(http, body);
            if (error is null)
            {
                var json = body.DeepClone().AsObject();
                json.Remove("conferenceData");
                json["kind"] = "calendar#event";
                json["id"] = id;
                json["status"] = "confirmed";
                json["created"] = Stamp();
                json["iCalUID"] = $"{id}@google.com";
                json["htmlLink"] = $"{Address}/calendar/event?eid={id}";
                json["sequence"] = 0;
                json["creator"] = new JsonObject { ["email"] = user };
                json["organizer"] = new JsonObject { ["email"] = user, ["self"] = true };
                var made = new HeldEvent(user, json);
                CalendarOf(user).Events[id] = made;
                AskForConference(http, made, body);
                Touch(made);
                answer = json.DeepClone();
            }
        }
        await Answer(http, error, answer);
        if (error is null) await Push(user);
    }

    private async Task Get(HttpContext http, string calendar, string id)
    {
        if (await OwnCalendar(http, calendar) is not { } user) return;
        JsonNode? answer = null;
        lock (_gate)
        {
            if (CalendarOf(user).Events.GetValueOrDefault(id) is { } held)
            {
                // A deleted event is still read, with status cancelled.
                if (held.PendingReads is { } left && !held.IsCancelled)
                {
                    if (left > 1) held.PendingReads = left - 1;
                    else FinishConference(held);
                }
                answer = held.Json.DeepClone();
            }
        }
        await Answer(http, answer is null ? "404 notFound" : null, answer);
    }

    private async Task Patch(HttpContext http, string calendar, string id)
    {
        if (await OwnCalendar(http, calendar) is not { } user || await Body(http) is not { } body) return;
        string? error = null;
        JsonNode? answer = null;
        lock (_gate)
        {
            var held = CalendarOf(user).Events.GetValueOrDefault(id);
            var etag = http.Request.Headers.IfMatch.ToString();
            if (held is null) error = "404 notFound";
            else if (held.IsCancelled && body["status"]?.GetValue<string>() != "confirmed") error = "410 deleted";
            else if (etag.Length > 0 && etag != "*" && etag != held.Etag) error = "412 conditionNotMet";
            else
            {
                var merged = held.Json.DeepClone().AsObject();
                var change = body.DeepClone().AsObject();
                change.Remove("conferenceData");
                Merge(merged, change);
                error = WrongTimes(merged) ?? NoInvitations(http, body);
                if (error is null)
                {
                    if (body.ContainsKey("start") || body.ContainsKey("end")) merged["sequence"] = merged["sequence"]!.GetValue<int>() + 1;
                    held.Json = merged;
                    AskForConference(http, held, body);
                    Touch(held);
                    answer = held.Json.DeepClone();
                }
            }
        }
        await Answer(http, error, answer);
        if (error is null) await Push(user);
    }

    private async Task Delete(HttpContext http, string calendar, string id)
    {
        if (await OwnCalendar(http, calendar) is not { } user) return;
        string? error = null;
        lock (_gate)
        {
            var held = CalendarOf(user).Events.GetValueOrDefault(id);
            if (held is null) error = "404 notFound";
            else if (held.IsCancelled) error = "410 deleted";
            else
            {
                held.Json["status"] = "cancelled";
                Touch(held);
            }
        }
        if (error is not null)
        {
            await Answer(http, error, null);
            return;
        }
        http.Response.StatusCode = 204;
        await Push(user);
    }

    private async Task List(HttpContext http, string calendar)
    {
        if (await OwnCalendar(http, calendar) is not { } user) return;
        var query = http.Request.Query;
        string? error = null;
        JsonNode? answer = null;
        lock (_gate)
        {
            var since = 0L;
            var sync = query["syncToken"].ToString();
            if (sync.Length > 0)
            {
                var parts = sync.Split('.');
                if (query["timeMin"].Count + query["timeMax"].Count + query["q"].Count + query["orderBy"].Count + query["privateExtendedProperty"].Count + query["updatedMin"].Count > 0)
                    error = "400 invalid";
                else if (parts.Length != 2 || !long.TryParse(parts[1], out since) || parts[0] != _epoch.ToString(CultureInfo.InvariantCulture))
                    error = "410 fullSyncRequired";
            }
            if (error is null)
            {
                var from = query["timeMin"].ToString() is { Length: > 0 } min ? DateTimeOffset.Parse(min, CultureInfo.InvariantCulture) : DateTimeOffset.MinValue;
                var most = int.TryParse(query["maxResults"], out var wanted) ? Math.Min(wanted, Math.Min(2_500, EventsPerPage)) : Math.Min(250, EventsPerPage);
                var skip = int.TryParse(query["pageToken"], out var page) ? page : 0;
                var all = CalendarOf(user).Events.Values
                    .Where(e => e.Change > since && (sync.Length > 0 || query["showDeleted"] == "true" || !e.IsCancelled))
                    .Where(e => EndOf(e.Json) is not { } end || end > from)
                    .OrderBy(e => e.Change).ToArray();
                var shown = new JsonObject
                {
                    ["kind"] = "calendar#events",
                    ["items"] = new JsonArray([.. all.Skip(skip).Take(most).Select(e => (JsonNode)Picked(e, query["fields"].ToString()))]),
                };
                if (skip + most < all.Length) shown["nextPageToken"] = (skip + most).ToString(CultureInfo.InvariantCulture);
                else shown["nextSyncToken"] = string.Create(CultureInfo.InvariantCulture, $"{_epoch}.{_change}");
                answer = shown;
            }
        }
        await Answer(http, error, answer);
    }

    /// <summary>Of a list of events, whatever <c>maxResults</c> asks for.</summary>
    public int EventsPerPage { get; set; } = 2_500;

    /// <summary>Of a deleted event only the id is certain, and a partial response holds only what was asked for.</summary>
    private static JsonObject Picked(HeldEvent e, string fields)
    {
        var json = e.IsCancelled
            ? new JsonObject { ["id"] = e.Id, ["status"] = "cancelled", ["etag"] = e.Etag, ["updated"] = e.Json["updated"]?.DeepClone() }
            : e.Json.DeepClone().AsObject();
        if (Regex.Match(fields, @"items\(([^)]*)\)") is { Success: true } items)
        {
            var wanted = items.Groups[1].Value.Split(',');
            foreach (var name in json.Select(pair => pair.Key).Where(name => !wanted.Contains(name)).ToArray()) json.Remove(name);
        }
        return json;
    }

    /// <summary>The bearer's own calendar; else the error is written and the answer null.</summary>
    private async Task<string?> OwnCalendar(HttpContext http, string calendar)
    {
        if (await Authorize(http, EventScopes) is not { } user) return null;
        if (calendar == "primary" || string.Equals(calendar, user, StringComparison.OrdinalIgnoreCase)) return user;
        await Error(http, 404, "notFound", "Not Found");
        return null;
    }

    /// <summary>Only with <c>conferenceDataVersion=1</c>, and only for a request id that was not seen.</summary>
    private void AskForConference(HttpContext http, HeldEvent e, JsonObject body)
    {
        if (http.Request.Query["conferenceDataVersion"] != "1" || body["conferenceData"]?["createRequest"] is not JsonObject request) return;
        if (WithoutMeet.Contains(e.User) || request["conferenceSolutionKey"]?["type"]?.GetValue<string>() != "hangoutsMeet"
            || request["requestId"]?.GetValue<string>() is not { } id || !CalendarOf(e.User).RequestIds.Add(id))
            return;
        var failing = FailingConferences > 0;
        if (failing) FailingConferences--;
        var asked = request.DeepClone().AsObject();
        asked["status"] = new JsonObject { ["statusCode"] = failing ? "failure" : "pending" };
        e.Json.Remove("hangoutLink");
        e.Json["conferenceData"] = new JsonObject { ["createRequest"] = asked };
        e.PendingReads = failing ? null : PendingReads;
        if (e.PendingReads == 0) FinishConference(e);
    }

    private void FinishConference(HeldEvent e)
    {
        var space = MakeSpace(e.User);
        var uri = $"{Doors}/{space.Code}";
        var data = e.Json["conferenceData"]!.AsObject();
        data["createRequest"]!["status"]!["statusCode"] = "success";
        data["conferenceId"] = space.Code;
        data["conferenceSolution"] = new JsonObject
        {
            ["key"] = new JsonObject { ["type"] = "hangoutsMeet" },
            ["name"] = "Google Meet",
            ["iconUri"] = "https://fonts.gstatic.com/s/i/productlogos/meet_2020q4/v6/web-512dp/logo_meet_2020q4_color_2x_web_512dp.png",
        };
        data["entryPoints"] = new JsonArray(new JsonObject
        {
            ["entryPointType"] = "video",
            ["uri"] = uri,
            ["label"] = uri[(uri.IndexOf("//", StringComparison.Ordinal) + 2)..],
        });
        e.Json["hangoutLink"] = uri;
        e.PendingReads = null;
        Touch(e);
    }

    private string? NoInvitations(HttpContext http, JsonObject body)
    {
        if (body["attendees"] is not JsonArray guests || guests.Count == 0) return null;
        if (RefusedAttendees is { } reason) return reason;
        if (http.Request.Query["sendUpdates"].ToString() is "none" or "") return null;
        if (guests.Count > InvitationsLeft) return "403 quotaExceeded";
        InvitationsLeft -= guests.Count;
        return null;
    }

    private static string? WrongTimes(JsonObject body)
    {
        if (body["start"] is not JsonObject || body["end"] is not JsonObject) return "400 required";
        foreach (var name in new[] { "start", "end" })
        {
            var time = body[name]!.AsObject();
            var (hasTime, hasDate) = (time["dateTime"] is not null, time["date"] is not null);
            if (hasTime == hasDate) return "400 invalid";
            if (hasTime && !DateTimeOffset.TryParse(time["dateTime"]!.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _))
                return "400 invalid";
            if (time["timeZone"] is { } zone && !zone.GetValue<string>().Contains('/') && zone.GetValue<string>() != "UTC") return "400 invalid";
        }
        return StartOf(body) is { } start && EndOf(body) is { } end && end < start ? "400 timeRangeEmpty" : null;
    }

    /// <summary>RFC 7386: objects are merged, null removes, arrays are replaced whole.</summary>
    private static void Merge(JsonObject into, JsonObject change)
    {
        foreach (var (name, value) in change.ToArray())
        {
            if (value is null) into.Remove(name);
            else if (value is JsonObject inner && into[name] is JsonObject old) Merge(old, inner);
            else into[name] = value.DeepClone();
        }
    }

    private async Task Change(string eventId, Action<HeldEvent> how)
    {
        string user;
        lock (_gate)
        {
            var held = FindEvent(eventId) ?? throw new ArgumentException($"There is no event {eventId}.", nameof(eventId));
            how(held);
            Touch(held);
            user = held.User;
        }
        await Push(user);
    }

    private HeldEvent? FindEvent(string id) => _calendars.Values.Select(calendar => calendar.Events.GetValueOrDefault(id)).FirstOrDefault(e => e is not null);

    private UsersCalendar CalendarOf(string user)
    {
        if (!_calendars.TryGetValue(user, out var calendar)) _calendars[user] = calendar = new UsersCalendar();
        return calendar;
    }

    private void Touch(HeldEvent e)
    {
        e.Change = ++_change;
        e.Json["etag"] = e.Etag = $"\"{3_400_000_000_000_000L + _change}\"";
        e.Json["updated"] = Stamp();
    }

    private static Task Answer(HttpContext http, string? error, JsonNode? answer)
    {
        if (error is null) return Write(http, answer!);
        var (status, reason) = (int.Parse(error[..3], CultureInfo.InvariantCulture), error[4..]);
        return Error(http, status, reason, reason switch
        {
            "duplicate" => "The requested identifier already exists.",
            "deleted" => "Resource has been deleted",
            "notFound" => "Not Found",
            "conditionNotMet" => "Precondition Failed",
            "quotaExceeded" => "Calendar usage limits exceeded.",
            "timeRangeEmpty" => "The specified time range is empty.",
            "fullSyncRequired" => "Sync token is no longer valid, a full sync is required.",
            _ => "Invalid Value",
        });
    }

    private HeldMeeting Shown(HeldEvent e)
    {
        var space = SpaceOf(e);
        var (start, end) = (StartOf(e.Json), EndOf(e.Json));
        return new HeldMeeting(e.Id,
            Guid.TryParse(e.Json["extendedProperties"]?["private"]?["museLesson"]?.GetValue<string>(), out var lesson) ? lesson : null,
            e.Json["summary"]?.GetValue<string>() ?? "", start, start is null || end is null ? null : (int)(end - start).Value.TotalMinutes,
            space?.Current is not null ? "started" : space is { Conferences.Count: > 0 } ? "ended" : "waiting",
            space?.Current is { } now ? [.. now.Participants.Where(p => p.IsIn).Select(p => p.Name)] : [], e.User);
    }

    private static DateTimeOffset? StartOf(JsonObject json) => TimeOf(json["start"]);

    private static DateTimeOffset? EndOf(JsonObject json) => TimeOf(json["end"]);

    private static DateTimeOffset? TimeOf(JsonNode? time) =>
        DateTimeOffset.TryParse(time?["dateTime"]?.GetValue<string>() ?? time?["date"]?.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null;

    private static string Rfc3339(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    [GeneratedRegex("^[a-v0-9]{5,1024}$")]
    private static partial Regex EventId();

    private sealed class UsersCalendar
    {
        public Dictionary<string, HeldEvent> Events { get; } = [];

        public HashSet<string> RequestIds { get; } = [];
    }

    private sealed class HeldEvent(string user, JsonObject json)
    {
        public string User { get; } = user;

        public JsonObject Json { get; set; } = json;

        public string Id => Json["id"]!.GetValue<string>();

        public string Etag { get; set; } = "";

        public long Change { get; set; }

        public bool IsCancelled => Json["status"]?.GetValue<string>() == "cancelled";

        /// <summary>Reads until the conference is made; null when none is being made.</summary>
        public int? PendingReads { get; set; }
    }
}

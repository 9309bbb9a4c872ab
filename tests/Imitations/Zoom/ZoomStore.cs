using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Muse.Imitations.Zoom;

/// <summary>Past meetings and cloud recordings over REST, and the store from which files are downloaded.</summary>
public sealed partial class ZoomImitation
{
    private const string Page = "<!doctype html><html><head><title>Sign in - Zoom</title></head><body>Please sign in.</body></html>";

    private readonly Dictionary<string, DateTimeOffset> _downloadTokens = [];
    private readonly List<long> _breaks = [];
    private readonly List<(string Key, long From)> _asked = [];

    /// <summary>A request for the store itself carried a token: it was sent where it does not belong.</summary>
    public bool StoreSawAToken { get; private set; }

    /// <summary>False: the store sends the whole file whatever part was asked for.</summary>
    public bool StoreResumes { get; set; } = true;

    /// <summary>From which byte on each request for this file asked for it, oldest first.</summary>
    public IReadOnlyList<long> AskedFrom(ZoomFile file)
    {
        lock (_gate) return [.. _asked.Where(one => one.Key == file.Key).Select(one => one.From)];
    }

    /// <summary>Those that were given and not taken back.</summary>
    public IReadOnlyList<string> DownloadTokens
    {
        get
        {
            lock (_gate) return [.. _downloadTokens.Keys];
        }
    }

    /// <summary>Per second; null for as fast as it goes.</summary>
    public int? StoreBytesPerSecond { get; set; }

    /// <summary>The next downloads break after so many bytes each.</summary>
    public void BreakDownloadsAfter(params long[] bytes)
    {
        lock (_gate) _breaks.AddRange(bytes);
    }

    /// <summary>Every token that was given so far no longer opens a download.</summary>
    public void ExpireDownloadTokens()
    {
        lock (_gate) _downloadTokens.Clear();
    }

    partial void MapDrive(WebApplication app)
    {
        app.MapGet("/v2/past_meetings/{id}/instances", (HttpContext http, string id) =>
            Rest(http, LimitClass.Medium, "meeting:read:list_past_instances", grant => Instances(grant, id)));
        app.MapGet("/v2/past_meetings/{uuid}", (HttpContext http, string uuid) =>
            Rest(http, LimitClass.Light, "meeting:read:past_meeting", grant => WithSitting(grant, uuid, Past)));
        app.MapGet("/v2/past_meetings/{uuid}/participants", (HttpContext http, string uuid) =>
            Rest(http, LimitClass.Medium, "meeting:read:list_past_participants", grant => WithSitting(grant, uuid, (_, sitting) => Participants(http.Request, sitting))));
        app.MapGet("/v2/meetings/{id}/recordings", (HttpContext http, string id) =>
            Rest(http, LimitClass.Light, "cloud_recording:read:list_recording_files", grant => WithSitting(grant, id, (m, s) => Recordings(http.Request, m, s), 3301, "There is no recording for this meeting.")));
        app.MapGet("/rec/download/{key}", Download);
        app.MapGet("/store/{key}", SendFile);
        app.Lifetime.ApplicationStarted.Register(() => _ = RetryNowAndThen(app.Lifetime.ApplicationStopping));
    }

    private IResult WithSitting(
        Grant grant, string segment, Func<ZoomMeeting, ZoomSitting, IResult> act, int missing = 3001, string message = "Meeting does not exist.")
    {
        lock (_gate)
        {
            var all = _meetings.Values.Concat(_deleted.Values).Where(m => Sees(grant, m));
            // A meeting's id stands for its latest instance.
            if (long.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                return all.FirstOrDefault(m => m.Id == id) is { Sittings: [.., var last] } meeting ? act(meeting, last) : ZoomError(404, missing, message);
            // With a slash in it, it has to be encoded twice; the web server has undone it once.
            if (segment.Contains('/', StringComparison.Ordinal)) return ZoomError(404, missing, message);
            var uuid = Uri.UnescapeDataString(segment);
            foreach (var meeting in all)
            {
                if (meeting.Sittings.Find(s => s.Uuid == uuid) is { } sitting) return act(meeting, sitting);
            }
            return ZoomError(404, missing, message);
        }
    }

    private IResult Instances(Grant grant, string id)
    {
        lock (_gate)
        {
            var meeting = _meetings.Values.Concat(_deleted.Values).FirstOrDefault(m => m.Id.ToString(CultureInfo.InvariantCulture) == id && Sees(grant, m));
            if (meeting is null) return ZoomError(404, 3001, $"Meeting does not exist: {id}.");
            return Json(200, new JsonObject
            {
                ["meetings"] = new JsonArray([.. meeting.Sittings.Where(s => s.Over is not null)
                    .Select(s => new JsonObject { ["start_time"] = Long(s.Began), ["uuid"] = s.Uuid })]),
            });
        }
    }

    private static IResult Past(ZoomMeeting meeting, ZoomSitting sitting) => sitting.Over is not { } over
        ? ZoomError(404, 3001, "Meeting does not exist.")
        : Json(200, new JsonObject
        {
            ["id"] = meeting.Id,
            ["uuid"] = sitting.Uuid,
            ["duration"] = (int)Math.Ceiling((over - sitting.Began).TotalMinutes),
            ["start_time"] = Long(sitting.Began),
            ["end_time"] = Long(over),
            ["host_id"] = meeting.Host.Id,
            ["dept"] = "",
            ["participants_count"] = sitting.Guests.Count,
            ["source"] = "Zoom",
            ["topic"] = meeting.Topic,
            ["total_minutes"] = (int)Math.Ceiling((over - sitting.Began).TotalMinutes),
            ["type"] = meeting.Type,
            ["user_email"] = meeting.Host.Email,
            ["user_name"] = meeting.Host.Name,
            ["has_meeting_summary"] = false,
        });

    private IResult Participants(HttpRequest request, ZoomSitting sitting)
    {
        var size = int.TryParse(request.Query["page_size"], CultureInfo.InvariantCulture, out var asked) ? asked : 30;
        if (size is < 1 or > 300) return ZoomError(400, 300, "Validation Failed.", ("page_size", "Invalid parameter: page_size."));
        if (sitting.Over is null) return ZoomError(404, 3001, "Meeting does not exist.");
        var from = 0;
        if (request.Query["next_page_token"].ToString() is { Length: > 0 } token)
        {
            if (!_pages.Remove(token, out var page) || page.Expires <= Clock.GetUtcNow()) return ZoomError(400, 300, "The next page token is invalid or expired.");
            from = page.Next;
        }
        var next = "";
        if (from + size < sitting.Guests.Count) _pages[next = Secret()[..35]] = (from + size, Clock.GetUtcNow() + PageLife);
        return Json(200, new JsonObject
        {
            ["next_page_token"] = next,
            ["page_count"] = (sitting.Guests.Count + size - 1) / size,
            ["page_size"] = size,
            ["total_records"] = sitting.Guests.Count,
            ["participants"] = new JsonArray([.. sitting.Guests.Skip(from).Take(size).Select(g => new JsonObject
            {
                ["id"] = g.User?.Id ?? "",
                ["name"] = g.Name,
                ["user_id"] = g.Key,
                ["registrant_id"] = "",
                ["user_email"] = g.Email,
                ["join_time"] = Long(g.Came),
                ["leave_time"] = Long(g.Went ?? sitting.Over.Value),
                ["duration"] = (int)((g.Went ?? sitting.Over.Value) - g.Came).TotalSeconds,
                ["failover"] = false,
                ["status"] = g.Waits ? "in_waiting_room" : "in_meeting",
                ["internal_user"] = g.User is not null,
            })]),
        });
    }

    private IResult Recordings(HttpRequest request, ZoomMeeting meeting, ZoomSitting sitting)
    {
        if (sitting.Files.Count == 0) return ZoomError(404, 3301, "There is no recording for this meeting.");
        var answer = RecordingOf(meeting, sitting, _ => true);
        answer["id"] = meeting.Id.ToString(CultureInfo.InvariantCulture);
        answer["type"] = meeting.Type.ToString(CultureInfo.InvariantCulture);
        answer["start_time"] = Long(sitting.Began);
        answer.Remove("host_email");
        if (request.Query["include_fields"] == "download_access_token")
        {
            var life = int.TryParse(request.Query["ttl"], NumberStyles.None, CultureInfo.InvariantCulture, out var ttl) ? ttl : 604_800;
            if (life > 604_800) return ZoomError(400, 300, "Validation Failed.", ("ttl", "Invalid parameter: ttl."));
            answer["download_access_token"] = DownloadToken(TimeSpan.FromSeconds(life));
        }
        return Json(200, answer);
    }

    private Task TellRecording(string name, ZoomMeeting meeting, ZoomSitting sitting, Func<ZoomFile, bool> which)
    {
        JsonObject thing;
        lock (_gate) thing = RecordingOf(meeting, sitting, which);
        return Tell(name, meeting.Host.AccountId, thing, downloadToken: DownloadToken(TimeSpan.FromHours(24)));
    }

    private JsonObject RecordingOf(ZoomMeeting meeting, ZoomSitting sitting, Func<ZoomFile, bool> which)
    {
        var files = sitting.Files.Where(which).ToArray();
        return new JsonObject
        {
            ["id"] = meeting.Id,
            ["uuid"] = sitting.Uuid,
            ["host_id"] = meeting.Host.Id,
            ["account_id"] = meeting.Host.AccountId,
            ["topic"] = meeting.Topic,
            ["type"] = meeting.Type,
            ["start_time"] = ZoomRules.Time(sitting.Began),
            ["timezone"] = meeting.TimeZone,
            ["host_email"] = meeting.Host.Email,
            ["duration"] = meeting.Duration,
            ["share_url"] = $"{Address}/rec/share/{sitting.Files[0].Key}",
            ["total_size"] = files.Sum(f => (long)f.Bytes.Length),
            ["recording_count"] = files.Length,
            ["recording_files"] = new JsonArray([.. files.Select(f => new JsonObject
            {
                ["id"] = f.Id,
                ["meeting_id"] = sitting.Uuid,
                ["recording_start"] = ZoomRules.Time(f.From),
                ["recording_end"] = ZoomRules.Time(f.To),
                ["recording_type"] = f.Kind,
                ["file_type"] = f.Type,
                ["file_size"] = f.Bytes.Length,
                ["file_extension"] = f.Type == "TRANSCRIPT" ? "VTT" : f.Type,
                ["play_url"] = $"{Address}/rec/play/{f.Key}",
                ["download_url"] = $"{Address}/rec/download/{f.Key}",
                ["status"] = f.IsProcessed ? "completed" : "processing",
            })]),
        };
    }

    private string DownloadToken(TimeSpan life)
    {
        lock (_gate)
        {
            var token = "eyJ" + Secret();
            _downloadTokens[token] = Clock.GetUtcNow() + life;
            return token;
        }
    }

    /// <summary>A wrong token is answered with a page for people and 200; a right one is sent on to the store, which is another host.</summary>
    private IResult Download(HttpContext http, string key)
    {
        var token = AuthenticationHeaderValue.TryParse(http.Request.Headers.Authorization, out var header) && header.Scheme == "Bearer"
            ? header.Parameter : http.Request.Query["access_token"].ToString();
        lock (_gate)
        {
            if (string.IsNullOrEmpty(token) || FileOf(key) is null || !_downloadTokens.TryGetValue(token, out var until) || until <= Clock.GetUtcNow())
                return Results.Content(Page, "text/html; charset=utf-8", Encoding.UTF8);
        }
        return Results.Redirect($"http://localhost:{http.Connection.LocalPort}/store/{key}?ticket={Ticket(key)}");
    }

    private async Task SendFile(HttpContext http, string key)
    {
        if (http.Request.Headers.ContainsKey("Authorization")) StoreSawAToken = true;
        ZoomFile? file;
        long? breaksAfter = null;
        lock (_gate)
        {
            file = FileOf(key);
            if (_breaks.Count > 0)
            {
                breaksAfter = _breaks[0];
                _breaks.RemoveAt(0);
            }
        }
        if (file is null || http.Request.Query["ticket"] != Ticket(key))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        long from = 0;
        var asked = RangeHeaderValue.TryParse(http.Request.Headers.Range, out var range) && range.Ranges.FirstOrDefault() is { From: { } first } ? first : 0;
        lock (_gate) _asked.Add((key, asked));
        if (StoreResumes && asked > 0)
        {
            if (asked >= file.Bytes.Length)
            {
                http.Response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                http.Response.Headers.ContentRange = $"bytes */{file.Bytes.Length}";
                return;
            }
            from = asked;
            http.Response.StatusCode = StatusCodes.Status206PartialContent;
            http.Response.Headers.ContentRange = $"bytes {from}-{file.Bytes.Length - 1}/{file.Bytes.Length}";
        }
        http.Response.ContentType = file.MediaType;
        http.Response.ContentLength = file.Bytes.Length - from;
        var until = breaksAfter is { } most ? Math.Min(file.Bytes.Length, from + most) : file.Bytes.Length;
        var step = StoreBytesPerSecond is { } pace ? Math.Max(1, pace / 10) : 64 * 1024;
        for (var at = from; at < until; at += step)
        {
            var piece = file.Bytes.AsMemory((int)at, (int)Math.Min(step, until - at));
            await http.Response.Body.WriteAsync(piece, http.RequestAborted);
            if (StoreBytesPerSecond is not null) await Task.Delay(100, http.RequestAborted);
        }
        await http.Response.Body.FlushAsync();
        if (until < file.Bytes.Length) http.Abort();
    }

    private ZoomFile? FileOf(string key) => _meetings.Values.Concat(_deleted.Values).SelectMany(m => m.Sittings).SelectMany(s => s.Files).FirstOrDefault(f => f.Key == key);

    /// <summary>Whoever has the address may read: it is the address that is secret.</summary>
    private string Ticket(string key) =>
        Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(WebhookSecret), Encoding.UTF8.GetBytes(key)));

    /// <summary>As REST answers of past meetings are seen to write it.</summary>
    private static string Long(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'.0000000+00:00'", CultureInfo.InvariantCulture);
}

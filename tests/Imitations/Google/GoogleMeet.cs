using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Muse.Imitations.Google;

/// <summary>Meet v2: spaces and their settings, conference records with participants, sessions and recordings; Drive's files of recordings.</summary>
public sealed partial class GoogleImitation
{
    private static readonly string[] SettingsScopes = ["https://www.googleapis.com/auth/meetings.space.settings", "https://www.googleapis.com/auth/meetings.space.created"];
    private static readonly string[] FactScopes = ["https://www.googleapis.com/auth/meetings.space.readonly", "https://www.googleapis.com/auth/meetings.space.created"];
    private static readonly string[] DriveScopes = ["https://www.googleapis.com/auth/drive.meet.readonly", "https://www.googleapis.com/auth/drive.readonly"];

    private readonly Dictionary<string, Space> _spaces = [];
    private readonly Dictionary<string, (string User, byte[] Bytes)> _files = [];

    public override IReadOnlyCollection<Happening> Happenings =>
        [Happening.Start, Happening.JoinAsHost, Happening.Join, Happening.Leave, Happening.End, Happening.RecordingReady, Happening.Delete];

    /// <summary>Items of one page of Meet's lists, whatever <c>pageSize</c> asks for.</summary>
    public int MeetPageSize { get; set; } = 100;

    public override Task MakeHappen(string reference, Happening what, string? guest)
    {
        switch (what)
        {
            case Happening.Start:
                StartConference(reference);
                break;
            case Happening.JoinAsHost:
                Join(reference, HostOf(reference), HostOf(reference));
                break;
            case Happening.Join:
                Join(reference, guest ?? "Guest", AccountOf(guest));
                break;
            case Happening.Leave:
                Leave(reference, guest ?? "Guest", AccountOf(guest));
                break;
            case Happening.End:
                EndConference(reference);
                break;
            case Happening.RecordingReady:
                FinishRecording(reference);
                break;
            case Happening.Delete:
                return DeleteByHand(reference);
            default:
                throw new NotSupportedException($"{Title} knows no {what}.");
        }
        return Task.CompletedTask;
    }

    /// <summary>Whose calendar the event is in.</summary>
    private string HostOf(string eventId)
    {
        lock (_gate) return _calendars.First(calendar => calendar.Value.Events.ContainsKey(eventId)).Key;
    }

    /// <summary>Whoever gives an address for a name is signed in with that account.</summary>
    private static string? AccountOf(string? guest) => guest is not null && guest.Contains('@') ? guest : null;

    /// <summary>Somebody is the first in the event's meeting.</summary>
    public void StartConference(string eventId)
    {
        lock (_gate)
        {
            var space = Of(eventId);
            if (space.Current is null) space.Conferences.Add(new Conference($"conferenceRecords/{Name()}", Stamp()));
        }
    }

    /// <param name="account">Address of the Google account with which somebody is signed in; a child has none.</param>
    public void Join(string eventId, string name, string? account = null)
    {
        StartConference(eventId);
        lock (_gate)
        {
            var now = Of(eventId).Current!;
            var participant = now.Participants.FirstOrDefault(p => p.Name == name && p.Account == account);
            if (participant is null) now.Participants.Add(participant = new Participant($"{now.Name}/participants/{Name()}", name, account));
            if (!participant.IsIn) participant.Sessions.Add(new Session($"{participant.Id}/participantSessions/{Name()}", Stamp()));
        }
    }

    public void Leave(string eventId, string name, string? account = null)
    {
        lock (_gate)
        {
            if (Of(eventId).Current?.Participants.FirstOrDefault(p => p.Name == name && p.Account == account && p.IsIn) is { } participant)
                participant.Sessions[^1].End = Stamp();
        }
    }

    /// <summary>Everybody has left.</summary>
    public void EndConference(string eventId)
    {
        lock (_gate)
        {
            if (Of(eventId).Current is not { } now) return;
            foreach (var participant in now.Participants.Where(p => p.IsIn)) participant.Sessions[^1].End = Stamp();
            foreach (var recording in now.Recordings.Where(r => r.End is null)) (recording.End, recording.State) = (Stamp(), "ENDED");
            now.End = Stamp();
        }
    }

    /// <summary>Somebody with the right to it presses "record".</summary>
    public void StartRecording(string eventId)
    {
        StartConference(eventId);
        lock (_gate)
        {
            var now = Of(eventId).Current!;
            now.Recordings.Add(new Recording($"{now.Name}/recordings/{Name()}", Stamp()));
        }
    }

    /// <summary>The file of the last recording is there; one that was never started is taken to have run for the whole conference.</summary>
    /// <returns>The file's id in Drive.</returns>
    public string FinishRecording(string eventId, byte[]? file = null)
    {
        lock (_gate)
        {
            var space = Of(eventId);
            if (space.Conferences.Count == 0) throw new InvalidOperationException("There was no conference.");
            var conference = space.Conferences[^1];
            var recording = conference.Recordings.LastOrDefault(r => r.State != "FILE_GENERATED");
            if (recording is null) conference.Recordings.Add(recording = new Recording($"{conference.Name}/recordings/{Name()}", conference.Start));
            recording.End ??= conference.End ?? Stamp();
            recording.State = "FILE_GENERATED";
            recording.File = Name();
            // ftyp of an MP4, so that whoever looks at the first bytes finds one.
            _files[recording.File] = (space.User, file ?? [0, 0, 0, 0x18, .. "ftypmp42"u8, 0, 0, 0, 0, .. "mp42isom"u8, .. RandomNumberGenerator.GetBytes(64 * 1024)]);
            return recording.File;
        }
    }

    /// <summary>Whoever owns the Drive deletes the file; Meet still names it.</summary>
    public void DeleteFile(string fileId)
    {
        lock (_gate) _files.Remove(fileId);
    }

    /// <summary><c>OPEN</c>, <c>TRUSTED</c> or <c>RESTRICTED</c>.</summary>
    public string AccessTypeOf(string eventId)
    {
        lock (_gate) return Of(eventId).AccessType;
    }

    private void MapMeet(WebApplication app)
    {
        app.MapGet("/v2/spaces/{name}", GetSpace);
        app.MapPatch("/v2/spaces/{name}", PatchSpace);
        app.MapGet("/v2/conferenceRecords", ListConferences);
        app.MapGet("/v2/conferenceRecords/{record}/participants", (HttpContext http, string record) => ListOf(http, record, "participants", c => c.Participants.Select(p => p.Json())));
        app.MapGet("/v2/conferenceRecords/{record}/participants/{participant}/participantSessions", (HttpContext http, string record, string participant) =>
            ListOf(http, record, "participantSessions", c => c.Participants.FirstOrDefault(p => p.Id.EndsWith('/' + participant))?.Sessions.Select(s => s.Json())));
        app.MapGet("/v2/conferenceRecords/{record}/recordings", (HttpContext http, string record) => ListOf(http, record, "recordings", c => c.Recordings.Select(r => r.Json())));
    }

    private void MapDrive(WebApplication app) => app.MapGet("/drive/v3/files/{id}", async (HttpContext http, string id) =>
    {
        if (await Authorize(http, DriveScopes) is not { } user) return;
        (string User, byte[] Bytes) file;
        lock (_gate) file = _files.GetValueOrDefault(id);
        if (file.Bytes is null || file.User != user) await Error(http, 404, "notFound", $"File not found: {id}.");
        else if (http.Request.Query["alt"] != "media") await Write(http, new JsonObject { ["kind"] = "drive#file", ["id"] = id, ["mimeType"] = "video/mp4" });
        else await Results.Bytes(file.Bytes, "video/mp4", enableRangeProcessing: true).ExecuteAsync(http);
    });

    private async Task GetSpace(HttpContext http, string name)
    {
        if (await Authorize(http, [.. SettingsScopes, .. FactScopes]) is not { } user) return;
        JsonObject? json;
        // A meeting code serves as an alias here, and only here.
        lock (_gate) json = (_spaces.GetValueOrDefault(name) ?? _spaces.Values.FirstOrDefault(s => s.Code == name)) is { } space && space.User == user ? space.Json() : null;
        if (json is null) await Error(http, 404, "NOT_FOUND", "Requested entity was not found.");
        else await Write(http, json);
    }

    private async Task PatchSpace(HttpContext http, string name)
    {
        if (await Authorize(http, SettingsScopes) is not { } user || await Body(http) is not { } body) return;
        JsonObject? json = null;
        var wrong = false;
        lock (_gate)
        {
            if (_spaces.GetValueOrDefault(name) is { } space && space.User == user)
            {
                var mask = http.Request.Query["updateMask"].ToString().Split(',', StringSplitOptions.RemoveEmptyEntries);
                var access = body["config"]?["accessType"]?.GetValue<string>();
                wrong = access is not (null or "OPEN" or "TRUSTED" or "RESTRICTED");
                if (!wrong && access is not null && (mask.Length == 0 || mask.Contains("config.accessType") || mask.Contains("config"))) space.AccessType = access;
                json = space.Json();
            }
        }
        if (json is null) await Error(http, 404, "NOT_FOUND", "Requested entity was not found.");
        else if (wrong) await Error(http, 400, "INVALID_ARGUMENT", "Invalid value at 'space.config.access_type'.");
        else await Write(http, json);
    }

    private async Task ListConferences(HttpContext http)
    {
        if (await Authorize(http, FactScopes) is not { } user) return;
        var filter = http.Request.Query["filter"].ToString();
        var byCode = Regex.Match(filter, "space\\.meeting_code\\s*=\\s*\"([^\"]+)\"");
        var byName = Regex.Match(filter, "space\\.name\\s*=\\s*\"([^\"]+)\"");
        if (filter.Length > 0 && !byCode.Success && !byName.Success && !filter.Contains("_time", StringComparison.Ordinal))
        {
            await Error(http, 400, "INVALID_ARGUMENT", "Request contains an invalid argument.");
            return;
        }
        JsonObject[] all;
        lock (_gate)
        {
            all = [.. _spaces.Values
                .Where(s => s.User == user && (!byCode.Success || s.Code == byCode.Groups[1].Value) && (!byName.Success || s.Name == byName.Groups[1].Value))
                .SelectMany(s => s.Conferences.Select(c => (Space: s, Conference: c)))
                .Where(pair => !filter.Contains("end_time IS NULL", StringComparison.Ordinal) || pair.Conference.End is null)
                .OrderByDescending(pair => pair.Conference.Start, StringComparer.Ordinal)
                .Select(pair => pair.Conference.Json(pair.Space.Name))];
        }
        await Page(http, "conferenceRecords", all);
    }

    private async Task ListOf(HttpContext http, string record, string what, Func<Conference, IEnumerable<JsonObject>?> items)
    {
        if (await Authorize(http, FactScopes) is not { } user) return;
        JsonObject[]? all;
        lock (_gate)
        {
            all = _spaces.Values.Where(s => s.User == user).SelectMany(s => s.Conferences).FirstOrDefault(c => c.Name == $"conferenceRecords/{record}") is { } conference
                ? items(conference)?.ToArray() : null;
        }
        if (all is null) await Error(http, 404, "NOT_FOUND", "Requested entity was not found.");
        else await Page(http, what, all);
    }

    private Task Page(HttpContext http, string what, JsonObject[] all)
    {
        var size = Math.Min(int.TryParse(http.Request.Query["pageSize"], out var wanted) && wanted > 0 ? wanted : 25, MeetPageSize);
        var skip = int.TryParse(http.Request.Query["pageToken"], out var at) ? at : 0;
        var json = new JsonObject();
        // An empty list is left out, as protobuf's JSON does.
        if (all.Length > 0) json[what] = new JsonArray([.. all.Skip(skip).Take(size)]);
        if (skip + size < all.Length) json["nextPageToken"] = (skip + size).ToString(CultureInfo.InvariantCulture);
        return Write(http, json);
    }

    private Space MakeSpace(string user)
    {
        var space = new Space($"spaces/{Name()}", MeetingCode(), Doors, user);
        _spaces[space.Name["spaces/".Length..]] = space;
        return space;
    }

    private Space? SpaceOf(HeldEvent e) => e.Json["conferenceData"]?["conferenceId"]?.GetValue<string>() is { } code ? _spaces.Values.FirstOrDefault(s => s.Code == code) : null;

    private Space Of(string eventId) => FindEvent(eventId) is { } e && SpaceOf(e) is { } space
        ? space : throw new ArgumentException($"There is no conference of event {eventId}.", nameof(eventId));

    private static string Name() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(15)).Replace('+', '-').Replace('/', '_');

    private static string MeetingCode()
    {
        var letters = RandomNumberGenerator.GetString("abcdefghijkmnopqrstuvwxyz", 10);
        return $"{letters[..3]}-{letters[3..7]}-{letters[7..]}";
    }

    private sealed class Space(string name, string code, string doors, string user)
    {
        public string Name { get; } = name;

        public string Code { get; } = code;

        public string User { get; } = user;

        /// <summary>What a Workspace gives by default: guests from outside have to knock.</summary>
        public string AccessType { get; set; } = "TRUSTED";

        public List<Conference> Conferences { get; } = [];

        public Conference? Current => Conferences.LastOrDefault(c => c.End is null);

        public JsonObject Json()
        {
            var json = new JsonObject
            {
                ["name"] = Name,
                ["meetingUri"] = $"{doors}/{Code}",
                ["meetingCode"] = Code,
                ["config"] = new JsonObject { ["accessType"] = AccessType, ["entryPointAccess"] = "ALL" },
            };
            if (Current is { } now) json["activeConference"] = new JsonObject { ["conferenceRecord"] = now.Name };
            return json;
        }
    }

    private sealed class Conference(string name, string start)
    {
        public string Name { get; } = name;

        public string Start { get; } = start;

        public string? End { get; set; }

        public List<Participant> Participants { get; } = [];

        public List<Recording> Recordings { get; } = [];

        public JsonObject Json(string space) => Times(new JsonObject { ["name"] = Name, ["space"] = space }, Start, End);
    }

    private sealed class Participant(string id, string name, string? account)
    {
        public string Id { get; } = id;

        public string Name { get; } = name;

        public string? Account { get; } = account;

        public List<Session> Sessions { get; } = [];

        public bool IsIn => Sessions.Count > 0 && Sessions[^1].End is null;

        public JsonObject Json()
        {
            var json = new JsonObject { ["name"] = Id };
            if (Account is not null) json["signedinUser"] = new JsonObject { ["user"] = $"users/{IdOf(Account)}", ["displayName"] = Name };
            else json["anonymousUser"] = new JsonObject { ["displayName"] = Name };
            json["earliestStartTime"] = Sessions[0].Start;
            if (!IsIn) json["latestEndTime"] = Sessions[^1].End;
            return json;
        }
    }

    private sealed class Session(string name, string start)
    {
        public string Start { get; } = start;

        public string? End { get; set; }

        public JsonObject Json() => Times(new JsonObject { ["name"] = name }, Start, End);
    }

    private sealed class Recording(string name, string start)
    {
        public string State { get; set; } = "STARTED";

        public string? End { get; set; }

        public string? File { get; set; }

        public JsonObject Json()
        {
            var json = Times(new JsonObject { ["name"] = name, ["state"] = State }, start, End);
            if (File is not null) json["driveDestination"] = new JsonObject { ["file"] = File, ["exportUri"] = $"https://drive.google.com/file/d/{File}/view" };
            return json;
        }
    }

    private static JsonObject Times(JsonObject json, string start, string? end)
    {
        json["startTime"] = start;
        if (end is not null) json["endTime"] = end;
        return json;
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace Muse.Imitations.Jitsi;

/// <summary>
/// A Jitsi server with token authentication: JaaS (RS256, signed webhooks), or one's own (HS256, prosody's event_sync). It knows no rooms but
/// those that somebody entered. The page of a room says what the token says, and coming to it is entering.
/// </summary>
public sealed class JitsiImitation : Imitation
{
    private const int MostRooms = 1_000;

    private readonly ConcurrentDictionary<string, JitsiRoom> _rooms = new();
    private readonly Lazy<RSA> _key = new(() => RSA.Create(2048));
    private readonly Lazy<string> _keyFile;
    private readonly Prosody _prosody;
    private Lazy<JitsiTokenRules> _rules;

    /// <param name="jaas">Or one's own server.</param>
    /// <param name="tenant">First part of every room's path; one's own server only.</param>
    public JitsiImitation(bool jaas = true, string? tenant = null)
    {
        IsJaas = jaas;
        AppId = jaas ? "vpaas-magic-cookie-" + Random(16) : "muse";
        Tenant = jaas ? AppId : tenant;
        KeyId = $"{AppId}/{Random(3)}";
        // A list of imitations that is only looked at leaves nothing behind.
        _keyFile = new Lazy<string>(WriteKey);
        _rules = NewRules();
        _prosody = new Prosody(async jwt => TakesAnybody ? null : (await _rules.Value.Read(jwt, null, null)).Refusal);
    }

    /// <summary>A server that a tutor runs at home, and of which Muse's configuration knows nothing but that there may be such.</summary>
    public static JitsiImitation OfATutor() => new(jaas: false) { IsTutors = true };

    public override string Title => IsJaas ? "Jitsi (JaaS)" : IsTutors ? "Jitsi of a tutor" : "Jitsi";

    public override string Section => "Meetings:Jitsi";

    public override string? Note => IsTutors
        ? "A tutor connects this server in Muse: Meeting providers, Jitsi, and these keys. " + Rooms
        : Rooms;

    private const string Rooms =
        "Jitsi knows no meetings in advance: a room is listed from the moment in which somebody enters it. To get one, open the door of a lesson that is held here "
        + "from its page in Muse, as the tutor to come in as moderator. The room stays listed after everybody left, and its doors can be opened again.";

    public override IReadOnlyList<(string Name, string Value)> Keys => IsTutors ? [("Address", Address), ("App ID", AppId), ("Secret", Secret)] : [];

    public bool IsJaas { get; }

    public bool IsTutors { get; private init; }

    public string AppId { get; }

    public string? Tenant { get; }

    public string KeyId { get; }

    /// <summary>Prosody's <c>app_secret</c>.</summary>
    public string Secret { get; private set; } = Random(32);

    public string WebhookSecret { get; } = "whsec_" + Random(24);

    public string EventSyncToken { get; } = Random(24);

    public override IReadOnlyDictionary<string, string> Settings
    {
        get
        {
            if (IsTutors)
                return new Dictionary<string, string> { ["Meetings:Jitsi:AllowLocalServers"] = "true", ["Meetings:Jitsi:EventSyncToken"] = EventSyncToken };
            var settings = new Dictionary<string, string> { ["Meetings:Jitsi:BaseUrl"] = Address, ["Meetings:Jitsi:AppId"] = AppId };
            if (IsJaas)
            {
                settings["Meetings:Jitsi:PrivateKeyFile"] = _keyFile.Value;
                settings["Meetings:Jitsi:KeyId"] = KeyId;
                settings["Meetings:Jitsi:JaasWebhookSecret"] = WebhookSecret;
                return settings;
            }
            settings["Meetings:Jitsi:Secret"] = Secret;
            settings["Meetings:Jitsi:EventSyncToken"] = EventSyncToken;
            if (Tenant is not null) settings["Meetings:Jitsi:Tenant"] = Tenant;
            return settings;
        }
    }

    public override IReadOnlyList<HeldMeeting> Held =>
        [.. _rooms.Values.Select(room => new HeldMeeting(room.Name, null, "A room", null, null, room.State, [.. room.Present.Select(o => o.Name)]))];

    public override IReadOnlyCollection<Happening> Happenings { get; } = [Happening.Join, Happening.Leave, Happening.End, Happening.RecordingReady];

    /// <summary>Who comes in this way has no token of Muse; a room that nobody entered yet comes into being.</summary>
    public override Task MakeHappen(string reference, Happening what, string? guest)
    {
        var name = guest ?? "Guest";
        return what switch
        {
            Happening.Start => RoomOf(reference).Create(),
            Happening.Join => RoomOf(reference).Join(null, name, false),
            Happening.Leave => RoomOf(reference).Leave(occupant => occupant.Name == name),
            Happening.End => RoomOf(reference).End(),
            Happening.RecordingReady => RoomOf(reference).Recorded($"{Address}/recordings/{reference}/{Random(16)}.mp4"),
            _ => base.MakeHappen(reference, what, guest),
        };
    }

    /// <summary>Its prosody has no BOSH, or the web server does not pass it on: nobody can show a token without entering.</summary>
    public bool HidesBosh { get; set; }

    /// <summary>It checks no tokens: whoever knows a room's name comes in.</summary>
    public bool TakesAnybody { get; set; }

    /// <summary>The person who runs it changes prosody's secret; nobody tells Muse.</summary>
    /// <param name="to">By default one that nobody knows.</param>
    /// <returns>The one before.</returns>
    public string ChangeSecret(string? to = null)
    {
        var before = Secret;
        Secret = to ?? Random(32);
        _rules = NewRules();
        return before;
    }

    /// <summary>What the server says of a token: null when it lets its bearer into this room.</summary>
    public async Task<string?> WhyNot(string room, string jwt) => (await _rules.Value.Read(jwt, room, Subject)).Refusal;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (_key.IsValueCreated) _key.Value.Dispose();
        if (_keyFile.IsValueCreated) Directory.Delete(Path.GetDirectoryName(_keyFile.Value)!, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected override void Map(WebApplication app)
    {
        app.MapGet("/recordings/{room}/{file}", (string room) => _rooms.ContainsKey(room)
            ? Results.Bytes(JitsiRoom.RecordingBytes, "video/mp4", enableRangeProcessing: true)
            : Results.NotFound());
        var folder = Tenant is null ? "" : $"/{Tenant}";
        app.MapGet(folder + "/external_api.js", () => Script("window.JitsiMeetExternalAPI = function () {};"));
        if (!IsJaas)
        {
            // As jitsi's Docker writes it: the XMPP host has another name than the web server.
            app.MapGet(folder + "/config.js", () => Script($"var config = {{}};\nconfig.hosts = {{}};\n// config.hosts.domain = 'meet.example.com';\nconfig.hosts.domain = '{Prosody.Host}';\nconfig.bosh = '/http-bind';"));
            app.MapPost(folder + "/http-bind", Task<IResult> (HttpRequest request) => HidesBosh ? Task.FromResult(Results.NotFound()) : _prosody.Take(request));
        }
        var path = folder + "/{room}";
        app.MapGet(path, Enter);
        app.MapPost(path + "/leave", Leave);
    }

    protected override Task Refuse(HttpContext http, Fault fault)
    {
        http.Response.StatusCode = fault switch
        {
            Fault.Unauthorized => StatusCodes.Status401Unauthorized,
            Fault.TooMany or Fault.TooManyWithWait => StatusCodes.Status429TooManyRequests,
            Fault.BadGateway => StatusCodes.Status502BadGateway,
            _ => StatusCodes.Status500InternalServerError,
        };
        return Task.CompletedTask;
    }

    private Lazy<JitsiTokenRules> NewRules() =>
        new(() => new JitsiTokenRules(IsJaas ? _key.Value : null, KeyId, Secret, IsJaas ? "chat" : AppId, "jitsi", Clock));

    private static IResult Script(string text) => Results.Text(text, "application/javascript; charset=utf-8");

    private string WriteKey()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("muse-jitsi-").FullName, "key.pem");
        using var file = new FileStream(path, new FileStreamOptions
        { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        file.Write(Encoding.ASCII.GetBytes(_key.Value.ExportPkcs8PrivateKeyPem()));
        return path;
    }

    private string Subject => (Tenant ?? new Uri(Address).Host).ToLowerInvariant();

    private JitsiRoom RoomOf(string name)
    {
        if (_rooms.Count >= MostRooms && !_rooms.ContainsKey(name)) throw new InvalidOperationException("Too many rooms.");
        return _rooms.GetOrAdd(name, static (name, own) => new JitsiRoom(name, own), this);
    }

    // Jitsi lower-cases the names of rooms.
    private async Task<IResult> Enter(string room, string? jwt)
    {
        room = room.ToLowerInvariant();
        var (refusal, guest) = await _rules.Value.Read(jwt, room, Subject);
        if (guest is null) return Page(StatusCodes.Status403Forbidden, "You are not let in", $"<p id=\"refusal\">{Text(refusal!)}</p>");
        await RoomOf(room).Join(guest.Id, guest.Name, guest.Moderator);
        return Page(StatusCodes.Status200OK, "You are in",
            $"""
            <p>Room <code id="room">{Text(room)}</code>, as <strong id="name">{Text(guest.Name)}</strong><span id="role">{(guest.Moderator ? " (moderator)" : "")}</span>.</p>
            <p>The real Jitsi would show the lesson here. Settings of the link: <code id="settings"></code></p>
            <form method="post" action="{WebUtility.HtmlEncode((Tenant is null ? "" : "/" + Tenant) + $"/{room}/leave?jwt={jwt}")}"><button>Leave</button></form>
            <script>document.getElementById('settings').textContent = decodeURIComponent(location.hash.slice(1)).split('&').join(', ')</script>
            """);
    }

    private async Task<IResult> Leave(string room, string? jwt)
    {
        room = room.ToLowerInvariant();
        var (refusal, guest) = await _rules.Value.Read(jwt, room, Subject);
        if (guest is null) return Page(StatusCodes.Status403Forbidden, "You are not let in", $"<p id=\"refusal\">{Text(refusal!)}</p>");
        await RoomOf(room).Leave(occupant => occupant.Id == guest.Id);
        return Page(StatusCodes.Status200OK, "You have left", $"<p><a href=\"{WebUtility.HtmlEncode((Tenant is null ? "" : "/" + Tenant) + $"/{room}?jwt={jwt}")}\">Come in again</a></p>");
    }

    private static IResult Page(int status, string title, string body) => Results.Text(
        $"""
        <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>
        <style>:root {"{"} color-scheme: light dark; font: 16px/1.5 system-ui {"}"} body {"{"} max-width: 40rem; margin: 2rem auto; padding: 0 1rem {"}"} code {"{"} overflow-wrap: anywhere {"}"} button {"{"} font: inherit; min-height: 44px; padding: 0 1rem {"}"}</style>
        </head><body><h1>{title}</h1>{body}</body></html>
        """, "text/html; charset=utf-8", Encoding.UTF8, status);

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Random(int bytes) => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(bytes));
}

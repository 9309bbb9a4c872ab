using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace Muse.Imitations.Zoom;

/// <summary>
/// Zoom's HTTP border: server-to-server OAuth, OAuth for tutors' own accounts, users, meetings and limits, with the validation and the errors of
/// the real one. Tests and people read <see cref="Meetings"/>; time is <see cref="Imitation.Clock"/>.
/// </summary>
public sealed partial class ZoomImitation : Imitation
{
    private const string Marker = "muse-lesson:";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, ZoomUser> _users = new(StringComparer.OrdinalIgnoreCase);
    // In the order of their making, which the whole seconds of CreatedAt do not tell.
    private readonly OrderedDictionary<long, ZoomMeeting> _meetings = [];
    private readonly Dictionary<long, ZoomMeeting> _deleted = [];
    private long _lastId = 9_000_000_000 + RandomNumberGenerator.GetInt32(1_000_000_000);

    public ZoomImitation()
    {
        SchoolHost = AddUser("host@school.example", "School", isPaid: true);
        TutorsOwn = AddUser("tutor@own.example", "Own account", isPaid: false, accountId: "own-account");
    }

    public override string Title => "Zoom";

    public override string Section => "Meetings:Zoom";

    public override string? Note =>
        "The host's account is how Muse knows the tutor, whatever name is typed: \"Join as host\" and the tutor's own link come in with it. The lesson starts once "
        + "the host and somebody else are there, not before the lesson's doors open.";

    /// <summary>Of the school's server-to-server app.</summary>
    public string AccountId { get; } = "imitated-school";

    public string ClientId { get; } = "imitated-client";

    public string ClientSecret { get; } = Secret();

    /// <summary>For <c>Meetings:Zoom:ApiUrl</c>.</summary>
    public string ApiUrl => Address + "/v2";

    /// <summary>For <c>Meetings:Zoom:TokenUrl</c> and, for tutors' own accounts, <c>Meetings:Connect:Zoom:TokenUrl</c>.</summary>
    public string TokenUrl => Address + "/oauth/token";

    /// <summary>For <c>Meetings:Connect:Zoom:AuthorizeUrl</c>.</summary>
    public string AuthorizeUrl => Address + "/oauth/authorize";

    /// <summary>For <c>Meetings:Connect:Zoom:RevokeUrl</c>.</summary>
    public string RevokeUrl => Address + "/oauth/revoke";

    /// <summary>Of the app by which tutors connect their own accounts.</summary>
    public string ConnectClientId { get; } = "imitated-connect-client";

    public string ConnectClientSecret { get; } = Secret();

    /// <summary>Signs the webhooks.</summary>
    public string WebhookSecret { get; } = Secret();

    /// <summary>The school's licensed host.</summary>
    public ZoomUser SchoolHost { get; }

    /// <summary>Somebody with a free account of their own, who may connect it.</summary>
    public ZoomUser TutorsOwn { get; }

    /// <summary>An administrator's lock: whatever was asked, meetings are recorded so. Null when there is none.</summary>
    public string? ForcedRecording { get; set; }

    /// <summary>Whether lists carry the agenda; Zoom's documents do not promise it.</summary>
    public bool ListsAgendas { get; set; } = true;

    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Meetings:Zoom:AccountId"] = AccountId,
        ["Meetings:Zoom:ClientId"] = ClientId,
        ["Meetings:Zoom:ClientSecret"] = ClientSecret,
        ["Meetings:Zoom:ApiUrl"] = ApiUrl,
        ["Meetings:Zoom:TokenUrl"] = TokenUrl,
        ["Meetings:Zoom:DefaultHost"] = SchoolHost.Email,
        ["Meetings:Zoom:WebhookSecrets:0"] = WebhookSecret,
        ["Meetings:Connect:Zoom:ClientId"] = ConnectClientId,
        ["Meetings:Connect:Zoom:ClientSecret"] = ConnectClientSecret,
        ["Meetings:Connect:Zoom:AuthorizeUrl"] = AuthorizeUrl,
        ["Meetings:Connect:Zoom:TokenUrl"] = TokenUrl,
        ["Meetings:Connect:Zoom:RevokeUrl"] = RevokeUrl,
        ["Meetings:Connect:Zoom:AccountUrl"] = ApiUrl + "/users/me",
    };

    /// <summary>Those that are not deleted, oldest first.</summary>
    public IReadOnlyList<ZoomMeeting> Meetings
    {
        get
        {
            lock (_gate) return [.. _meetings.Values.OrderBy(m => m.CreatedAt)];
        }
    }

    public override IReadOnlyList<HeldMeeting> Held
    {
        get
        {
            lock (_gate)
            {
                return [.. _meetings.Values.OrderBy(m => m.CreatedAt).Select(m => new HeldMeeting(
                    m.Id.ToString(CultureInfo.InvariantCulture), LessonOf(m), m.Topic, m.Start, m.Duration, m.State, [.. m.Present], m.Host.Email))];
            }
        }
    }

    /// <summary>How many meetings it holds for a lesson: one, or none.</summary>
    public int CountOfLesson(Guid lessonId) => Meetings.Count(m => LessonOf(m) == lessonId);

    /// <summary>The lesson that Muse wrote into the agenda.</summary>
    public static Guid? LessonOf(ZoomMeeting meeting)
    {
        var at = meeting.Agenda.IndexOf(Marker, StringComparison.Ordinal);
        return at >= 0 && meeting.Agenda.Length >= at + Marker.Length + 36 && Guid.TryParse(meeting.Agenda.AsSpan(at + Marker.Length, 36), out var id)
            ? id : null;
    }

    public ZoomUser AddUser(string email, string name, bool isPaid, string? accountId = null)
    {
        var user = new ZoomUser(Secret()[..22], email, accountId ?? AccountId, name, isPaid);
        lock (_gate)
        {
            _users[user.Id] = user;
            _users[user.Email] = user;
        }
        return user;
    }

    /// <summary>The user leaves Zoom, and the meetings with them.</summary>
    public void RemoveUser(ZoomUser user)
    {
        lock (_gate)
        {
            _users.Remove(user.Id);
            _users.Remove(user.Email);
            foreach (var meeting in _meetings.Values.Where(m => m.Host.Id == user.Id).ToList()) _meetings.Remove(meeting.Id);
        }
    }

    /// <summary>Somebody made a meeting in Zoom itself.</summary>
    public ZoomMeeting Make(ZoomUser host, string topic, string agenda, DateTimeOffset start, int minutes)
    {
        lock (_gate)
        {
            var meeting = NewMeeting(host);
            (meeting.Topic, meeting.Agenda, meeting.Start, meeting.Duration) = (topic, agenda, start, minutes);
            _meetings.Add(meeting.Id, meeting);
            return meeting;
        }
    }

    /// <summary>Somebody deleted it in Zoom itself.</summary>
    public bool Remove(long id)
    {
        ZoomMeeting? meeting;
        lock (_gate)
        {
            if (!_meetings.Remove(id, out meeting)) return false;
            _deleted[id] = meeting;
        }
        Changed("meeting.deleted", meeting);
        return true;
    }

    protected override void Map(WebApplication app)
    {
        MapTokens(app);
        MapMeetings(app);
        MapDrive(app);
        MapDoors(app);
    }

    /// <summary>Webhooks, recordings and what people do in meetings: in the other files of this class.</summary>
    partial void MapDrive(WebApplication app);

    /// <summary>After <c>meeting.created</c>, <c>meeting.updated</c>, <c>meeting.deleted</c> or <c>meeting.recovered</c>; outside the gate.</summary>
    partial void Changed(string what, ZoomMeeting meeting);

    /// <summary>A new instance's name. Every third begins with a slash and every other third has two: they have to be encoded twice in a path.</summary>
    internal static string NewUuid(long seed)
    {
        var name = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        return (seed % 3) switch
        {
            1 => "/" + name[1..],
            2 => name[..8] + "//" + name[10..],
            _ => name,
        };
    }

    private ZoomMeeting NewMeeting(ZoomUser host)
    {
        _lastId += RandomNumberGenerator.GetInt32(1, 1_000);
        // Ids say nothing about which is older: 10 and 11 digits take turns.
        var id = _lastId % 2 == 0 ? _lastId : _lastId + 80_000_000_000;
        return new ZoomMeeting
        {
            Id = id,
            Uuid = NewUuid(_lastId),
            Host = host,
            // Zoom tells whole seconds.
            CreatedAt = DateTimeOffset.FromUnixTimeSeconds(Clock.GetUtcNow().ToUnixTimeSeconds()),
            Settings = new JsonObject
            {
                ["host_video"] = false,
                ["participant_video"] = false,
                ["join_before_host"] = false,
                ["jbh_time"] = 0,
                ["mute_upon_entry"] = false,
                ["waiting_room"] = true,
                ["use_pmi"] = false,
                ["approval_type"] = 2,
                ["audio"] = "both",
                ["auto_recording"] = ForcedRecording ?? "none",
                ["meeting_authentication"] = false,
                ["encryption_type"] = "enhanced_encryption",
                ["private_meeting"] = false,
                ["email_notification"] = true,
            },
        };
    }

    private static string Secret() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));
}

namespace Muse.Imitations.Zoom;

/// <summary>
/// Zoom's HTTP border (contracts: Server-to-server OAuth, OAuth for tutors' own accounts, meetings, limits): state, validation and the errors
/// of the real one. Tests and people read <see cref="Meetings"/>.
/// </summary>
public sealed partial class ZoomImitation : Imitation
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, ZoomMeeting> _meetings = [];

    public override string Title => "Zoom";

    /// <summary>Of the school's server-to-server app.</summary>
    public string AccountId { get; } = "imitated-school";

    public string ClientId { get; } = "imitated-client";

    public string ClientSecret { get; } = "imitated-secret";

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

    public string ConnectClientSecret { get; } = "imitated-connect-secret";

    /// <summary>The school's licensed host.</summary>
    public ZoomUser SchoolHost { get; } = new("SchoolHost-30R7kT7bTIKSN", "host@school.example", "imitated-school", IsPaid: true);

    /// <summary>Those that are not deleted, oldest first.</summary>
    public IReadOnlyList<ZoomMeeting> Meetings
    {
        get
        {
            lock (_gate) return [.. _meetings.Values.OrderBy(m => m.CreatedAt).ThenBy(m => m.Id)];
        }
    }

    protected override void Map(WebApplication app)
    {
        MapDrive(app);
    }

    /// <summary>Webhooks, recordings and what people do in meetings: in the other files of this class.</summary>
    partial void MapDrive(WebApplication app);

    protected override Task Refuse(HttpContext http, Fault fault) => throw new NotImplementedException();
}

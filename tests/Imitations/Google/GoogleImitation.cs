namespace Muse.Imitations.Google;

/// <summary>
/// Google as far as lessons need it: tokens of a service account, consent of a person, Calendar events with conferences, push channels, Meet's
/// spaces and conference records, files of Drive.
/// </summary>
public sealed class GoogleImitation : Imitation
{
    protected override void Map(WebApplication app)
    {
    }

    protected override Task Refuse(HttpContext http, Fault fault)
    {
        http.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return Task.CompletedTask;
    }

    /// <summary>What a Muse needs in its configuration to talk to this imitation.</summary>
    public override IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["Meetings:GoogleMeet:CalendarUrl"] = $"{Address}/calendar/v3",
        ["Meetings:GoogleMeet:MeetUrl"] = Address,
        ["Meetings:GoogleMeet:DriveUrl"] = $"{Address}/drive/v3",
        ["Meetings:GoogleMeet:TokenUrl"] = $"{Address}/token",
        ["Meetings:Connect:GoogleMeet:AuthorizeUrl"] = $"{Address}/o/oauth2/v2/auth",
        ["Meetings:Connect:GoogleMeet:TokenUrl"] = $"{Address}/token",
        ["Meetings:Connect:GoogleMeet:RevokeUrl"] = $"{Address}/revoke",
    };
}

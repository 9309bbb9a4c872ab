namespace Muse.Adapters.GoogleMeet;

/// <summary>
/// What Muse asks Google for. Each purpose has a token of its own, because Google refuses a whole assertion when one of its scopes is not
/// delegated: a school that grants only the calendar still gets its meetings.
/// </summary>
public static class GoogleScopes
{
    /// <summary>Events on calendars that the host owns: make, move, delete, watch.</summary>
    public const string Events = "https://www.googleapis.com/auth/calendar.events.owned";

    /// <summary>Who may come in without knocking.</summary>
    public const string SpaceSettings = "https://www.googleapis.com/auth/meetings.space.settings";

    /// <summary>Who came, and what was recorded.</summary>
    public const string SpaceFacts = "https://www.googleapis.com/auth/meetings.space.readonly";

    /// <summary>Files that Meet made in Drive, and no others.</summary>
    public const string Recordings = "https://www.googleapis.com/auth/drive.meet.readonly";

    /// <summary>Who the host is, so that Meet's participants tell the tutor from guests. Of a person the same is asked for as <see cref="OpenId"/>.</summary>
    public const string Person = "https://www.googleapis.com/auth/userinfo.email";

    /// <summary>The same as <see cref="Person"/> in OpenID Connect's words, as Google's consent screen wants them.</summary>
    public const string OpenId = "openid email";

    /// <summary>What a tutor is asked for who connects an account of their own, separated by spaces.</summary>
    public static string OfTutor { get; } = string.Join(' ', OpenId, Events, SpaceSettings, SpaceFacts, Recordings);

    /// <summary>What a school's Workspace delegates to its service account.</summary>
    public static IReadOnlyList<string> OfSchool { get; } = [Events, SpaceSettings, SpaceFacts, Recordings, Person];
}

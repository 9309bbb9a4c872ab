using System.Globalization;

namespace Muse.Adapters.GoogleMeet;

/// <summary>
/// <c>Meetings:GoogleMeet</c>: the school's Google Workspace. Every outside address is a setting, so that a test or a proxy can stand in.
/// Without a service account only tutors with an account of their own are served.
/// </summary>
public sealed class GoogleMeetOptions
{
    public const string Section = "Meetings:GoogleMeet";

    /// <summary>Path of the service account's key file (JSON, as Google's console gives it). A secret: owner-only.</summary>
    public string? ServiceAccountFile { get; set; }

    /// <summary>The same as text, for whoever keeps secrets in the environment; it goes before the file.</summary>
    public string? ServiceAccountJson { get; set; }

    /// <summary>Workspace user whose calendar holds the lessons of tutors without an entry in <see cref="Hosts"/>.</summary>
    public string? DefaultHost { get; set; }

    /// <summary>Tutor's id or e-mail address in Muse → Workspace user (<c>sub</c> of the delegation).</summary>
    public Dictionary<string, string> Hosts { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    public string CalendarUrl { get; set; } = "https://www.googleapis.com/calendar/v3";

    public string MeetUrl { get; set; } = "https://meet.googleapis.com";

    public string DriveUrl { get; set; } = "https://www.googleapis.com/drive/v3";

    /// <summary>Says with a token whose account it is (OpenID Connect Core §5.3).</summary>
    public string UserInfoUrl { get; set; } = "https://openidconnect.googleapis.com/v1/userinfo";

    /// <summary>Where the service account's assertion is exchanged. Its <c>aud</c> stays Google's own address.</summary>
    public string TokenUrl { get; set; } = "https://oauth2.googleapis.com/token";

    /// <summary>
    /// How changes of calendars are learned: <c>webhooks</c> (push channels, for a server with a public https origin) or <c>polling</c>.
    /// Who came and what was recorded is polled either way: Google tells it only over Pub/Sub.
    /// </summary>
    public string Facts { get; set; } = "webhooks";

    /// <summary>
    /// Whether the lesson's adults stand in the event as attendees, so that it is in their own Google calendars. Google then knows their
    /// addresses, and whoever owns the calendar reads them. No mail is sent either way (docs/decisions/0034-attendees-and-named-ends.md).
    /// </summary>
    public bool InviteAdults { get; set; }

    /// <summary>Seconds for one HTTP call, 1–60.</summary>
    public int TimeoutSeconds { get; set; } = 10;

    public bool HasServiceAccount => !string.IsNullOrWhiteSpace(ServiceAccountJson) || !string.IsNullOrWhiteSpace(ServiceAccountFile);

    /// <summary>The Workspace user for this tutor, or null.</summary>
    public string? HostOf(Guid tutorId, string? tutorEmail)
    {
        if (!HasServiceAccount) return null;
        if (Hosts.TryGetValue(tutorId.ToString(), out var host)) return host;
        if (!string.IsNullOrEmpty(tutorEmail) && Hosts.TryGetValue(tutorEmail, out host)) return host;
        return string.IsNullOrWhiteSpace(DefaultHost) ? null : DefaultHost;
    }

    /// <summary>What is wrong with the settings, in words for whoever set them; null when nothing is. It names no secret.</summary>
    public string? Fault()
    {
        if (!HasServiceAccount && (!string.IsNullOrWhiteSpace(DefaultHost) || Hosts.Count > 0))
            return $"{Section}:ServiceAccountFile is missing: DefaultHost and Hosts are users for whom the school's service account acts.";
        if (HasServiceAccount && ServiceAccount.Fault(this) is { } fault) return fault;
        // Empty: left out, as at Jitsi.
        if (Facts is not ("webhooks" or "polling" or "")) return $"{Section}:Facts is '{Facts}'; it is webhooks or polling.";
        if (TimeoutSeconds is < 1 or > 60)
            return string.Create(CultureInfo.InvariantCulture, $"{Section}:TimeoutSeconds is {TimeoutSeconds}; it is 1 to 60.");
        return null;
    }
}

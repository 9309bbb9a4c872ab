using System.Globalization;

namespace Muse.Adapters.Zoom;

/// <summary>
/// <c>Meetings:Zoom</c>: the school's Zoom account, by a server-to-server app. Every outside address is a setting, so that a test or a proxy
/// can stand in. Without a client only tutors with an account of their own are served.
/// </summary>
public sealed class ZoomOptions
{
    public const string Section = "Meetings:Zoom";

    /// <summary>Of the server-to-server app, as Zoom's marketplace shows it.</summary>
    public string? AccountId { get; set; }

    public string? ClientId { get; set; }

    /// <summary>A secret.</summary>
    public string? ClientSecret { get; set; }

    public string ApiUrl { get; set; } = "https://api.zoom.us/v2";

    public string TokenUrl { get; set; } = "https://zoom.us/oauth/token";

    /// <summary>Zoom user (id or e-mail) who holds the lessons of tutors without an entry in <see cref="Hosts"/>.</summary>
    public string? DefaultHost { get; set; }

    /// <summary>Tutor's id or e-mail address in Muse → Zoom user.</summary>
    public Dictionary<string, string> Hosts { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Secret tokens of webhook subscriptions; several while one is being replaced, or for several accounts.</summary>
    public IList<string> WebhookSecrets { get; set; } = [];

    /// <summary>How Muse learns what happened: <c>webhooks</c> (for a server with a public https origin) or <c>polling</c>.</summary>
    public string Facts { get; set; } = "webhooks";

    /// <summary>Seconds for one HTTP call, 1–60.</summary>
    public int TimeoutSeconds { get; set; } = 10;

    /// <summary>Creations and changes that Zoom grants a host in a day of UTC.</summary>
    public int WritesPerDay { get; set; } = 100;

    /// <summary>How many of <see cref="WritesPerDay"/> are kept for moving what there is.</summary>
    public int WritesKeptForMoves { get; set; } = 20;

    /// <summary>
    /// Query parameter of a join link that fills in the guest's name; empty leaves names out. Not in Zoom's documents: clients that do not
    /// know it ask for the name.
    /// </summary>
    public string NameParameter { get; set; } = "uname";

    public bool HasAccount => !string.IsNullOrWhiteSpace(ClientId);

    public bool Polls => Facts == "polling";

    /// <summary>The school's Zoom user for this tutor, or null.</summary>
    public string? HostOf(Guid tutorId, string? tutorEmail)
    {
        if (!HasAccount) return null;
        if (Hosts.TryGetValue(tutorId.ToString(), out var host)) return host;
        if (!string.IsNullOrEmpty(tutorEmail) && Hosts.TryGetValue(tutorEmail, out host)) return host;
        return string.IsNullOrWhiteSpace(DefaultHost) ? null : DefaultHost;
    }

    /// <summary>What is wrong with the settings, in words for whoever set them; null when nothing is. It names no secret.</summary>
    public string? Fault()
    {
        // A host is a user of the school's account: without the account nothing can be arranged there.
        if (HasAccount || !string.IsNullOrWhiteSpace(AccountId) || !string.IsNullOrWhiteSpace(ClientSecret)
            || !string.IsNullOrWhiteSpace(DefaultHost) || Hosts.Count > 0)
        {
            foreach (var (name, value) in new[] { (nameof(AccountId), AccountId), (nameof(ClientId), ClientId), (nameof(ClientSecret), ClientSecret) })
            {
                if (string.IsNullOrWhiteSpace(value))
                    return $"{Section}:{name} is missing: a server-to-server app needs AccountId, ClientId and ClientSecret.";
            }
            if (string.IsNullOrWhiteSpace(DefaultHost) && Hosts.Count == 0)
                return $"{Section} names no host: set DefaultHost, or Hosts:<tutor id or e-mail>, to a Zoom user of the account.";
        }
        foreach (var (name, value) in new[] { (nameof(ApiUrl), ApiUrl), (nameof(TokenUrl), TokenUrl) })
        {
            if (!Uri.TryCreate(value, UriKind.Absolute, out var url) || !(url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback)))
                return $"{Section}:{name} '{value}' is no https address (http is for this machine only).";
        }
        foreach (var (tutor, host) in Hosts)
        {
            if (string.IsNullOrWhiteSpace(host)) return $"{Section}:Hosts:{tutor} names no Zoom user.";
        }
        if (Facts is not ("webhooks" or "polling")) return $"{Section}:Facts is '{Facts}'; it is webhooks or polling.";
        if (TimeoutSeconds is < 1 or > 60)
            return string.Create(CultureInfo.InvariantCulture, $"{Section}:TimeoutSeconds is {TimeoutSeconds}; it is 1 to 60.");
        if (WritesPerDay < 1 || WritesKeptForMoves < 0 || WritesKeptForMoves >= WritesPerDay)
            return $"{Section}: WritesPerDay is at least 1, and WritesKeptForMoves is less than it.";
        return null;
    }
}

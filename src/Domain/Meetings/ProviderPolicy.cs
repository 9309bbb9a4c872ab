namespace Muse.Domain.Meetings;

/// <summary>Why a provider was passed over: <c>not_configured</c>, <c>not_allowed_in_country</c> or <c>failed</c>.</summary>
public sealed record PassedOver(string Provider, string Why);

/// <summary>The providers to try, best first, and those that are out of the question.</summary>
public sealed record ProviderChoice(IReadOnlyList<string> ToTry, IReadOnlyList<PassedOver> PassedOver);

/// <summary>
/// Which provider carries a lesson: the tutor's wish, then what is configured and allowed where the student is, then the fallback order.
/// </summary>
public static class ProviderPolicy
{
    public const string BuiltIn = "built-in";
    public const string Zoom = "zoom";
    public const string GoogleMeet = "google-meet";
    public const string Jitsi = "jitsi";

    /// <summary>
    /// Countries that allow calls only over apps on a list of their regulator (UAE: TDRA's list of allowed VoIP apps). A server of one's own
    /// is on no such list, and Muse offers no way around.
    /// </summary>
    public static readonly IReadOnlyCollection<string> ListedAppsOnly = ["AE"];

    private static readonly IReadOnlyCollection<string> Listed = [Zoom, GoogleMeet];

    public static bool IsAllowedIn(string country, string provider) =>
        Listed.Contains(provider) || !ListedAppsOnly.Contains(country, StringComparer.OrdinalIgnoreCase);

    /// <param name="wish">The provider asked for, or null.</param>
    /// <param name="studentCountry">ISO 3166-1 alpha-2.</param>
    /// <param name="configured">In the fallback order.</param>
    /// <param name="failed">Those that have already failed for good on this lesson.</param>
    public static ProviderChoice Choose(
        string? wish, string studentCountry, IReadOnlyList<MeetingAbilities> configured, IReadOnlyCollection<string> failed)
    {
        var toTry = new List<string>();
        var passedOver = new List<PassedOver>();
        if (wish is not null && configured.All(p => p.Name != wish))
            passedOver.Add(new PassedOver(wish, "not_configured"));
        foreach (var provider in configured.OrderByDescending(p => p.Name == wish))
        {
            if (!IsAllowedIn(studentCountry, provider.Name))
                passedOver.Add(new PassedOver(provider.Name, "not_allowed_in_country"));
            else if (failed.Contains(provider.Name))
                passedOver.Add(new PassedOver(provider.Name, "failed"));
            else
                toTry.Add(provider.Name);
        }
        return new ProviderChoice(toTry, passedOver);
    }
}

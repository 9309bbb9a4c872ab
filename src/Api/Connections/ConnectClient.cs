using Microsoft.Extensions.Options;
using Muse.Adapters.GoogleMeet;
using Muse.Domain.Meetings;

namespace Muse.Api.Connections;

/// <summary>Muse as an OAuth client of one provider (RFC 6749 §2), with the addresses that it uses there.</summary>
/// <param name="SecretInHeader">The client proves itself by Basic (RFC 6749 §2.3.1); else in the body, as Google documents it.</param>
/// <param name="Scopes">Asked for, separated by spaces; empty where the provider fixes them with the client.</param>
/// <param name="Needed">Of them, those without which no lesson can be arranged: a person may have unticked some.</param>
/// <param name="AccountUrl">Says with the access token whose account it is, in a member <c>email</c>.</param>
/// <param name="Extra">More parameters of the authorization request.</param>
internal sealed record ConnectClient(
    string Provider, string ClientId, string ClientSecret, Uri AuthorizeUrl, Uri TokenUrl, Uri RevokeUrl, Uri AccountUrl,
    bool SecretInHeader, string Scopes, IReadOnlyList<string> Needed, IReadOnlyDictionary<string, string> Extra);

/// <summary>
/// The providers where tutors may connect an account of their own by OAuth: those with a <c>ClientId</c> in <c>Meetings:Connect:Zoom</c> or
/// <c>Meetings:Connect:GoogleMeet</c>.
/// </summary>
internal sealed class ConnectClients(IReadOnlyList<ConnectClient> clients)
{

    public ConnectClient? Find(string provider) => clients.FirstOrDefault(client => client.Provider == provider);

    /// <exception cref="OptionsValidationException">A setting is not what it has to be; the message names it.</exception>
    public static ConnectClients From(IConfiguration configuration)
    {
        List<ConnectClient> clients = [];
        var zoom = configuration.GetSection("Meetings:Connect:Zoom");
        if (IsSet(zoom))
            clients.Add(new ConnectClient(
                ProviderPolicy.Zoom, zoom["ClientId"]!, Secret(zoom),
                Address(zoom, "AuthorizeUrl", "https://zoom.us/oauth/authorize"), Address(zoom, "TokenUrl", "https://zoom.us/oauth/token"),
                Address(zoom, "RevokeUrl", "https://zoom.us/oauth/revoke"), Address(zoom, "AccountUrl", "https://api.zoom.us/v2/users/me"),
                // Zoom fixes the scopes with the app.
                SecretInHeader: true, zoom["Scopes"] ?? "", [], new Dictionary<string, string>()));
        var google = configuration.GetSection("Meetings:Connect:GoogleMeet");
        if (IsSet(google))
            clients.Add(new ConnectClient(
                ProviderPolicy.GoogleMeet, google["ClientId"]!, Secret(google),
                Address(google, "AuthorizeUrl", "https://accounts.google.com/o/oauth2/v2/auth"),
                Address(google, "TokenUrl", "https://oauth2.googleapis.com/token"), Address(google, "RevokeUrl", "https://oauth2.googleapis.com/revoke"),
                Address(google, "AccountUrl", "https://openidconnect.googleapis.com/v1/userinfo"),
                SecretInHeader: false, google["Scopes"] ?? GoogleScopes.OfTutor, [GoogleScopes.Events],
                // Google gives a refresh token only for offline access, and the second time only to somebody who was asked again.
                new Dictionary<string, string> { ["access_type"] = "offline", ["prompt"] = "consent" }));
        return new ConnectClients(clients);
    }

    private static bool IsSet(IConfigurationSection section) => section["ClientId"] is { Length: > 0 };

    private static string Secret(IConfigurationSection section) => section["ClientSecret"] is { Length: > 0 } secret
        ? secret
        : throw Wrong($"{section.Path}:ClientSecret is missing.");

    /// <summary>Codes and tokens travel there: nothing but TLS, or this machine.</summary>
    private static Uri Address(IConfigurationSection section, string name, string real) =>
        Uri.TryCreate(section[name] ?? real, UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
            ? address
            : throw Wrong($"{section.Path}:{name} is no https address (http is for this machine only).");

    private static OptionsValidationException Wrong(string what) => new("Meetings:Connect", typeof(ConnectClient), [what]);
}

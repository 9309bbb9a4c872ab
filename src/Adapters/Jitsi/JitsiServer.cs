using System.Net;
using System.Text.Json;

namespace Muse.Adapters.Jitsi;

/// <summary>One Jitsi server with token authentication and the key that signs for it. Muse never calls it: a browser does.</summary>
/// <param name="BaseUrl">Scheme, host and port; https, unless it is this machine.</param>
/// <param name="Tenant">First part of the path of every room, or null.</param>
public sealed record JitsiServer(Uri BaseUrl, string? Tenant, string AppId, JitsiKey Key)
{
    public string Audience { get; init; } = "jitsi";

    public string Issuer { get; init; } = AppId;

    /// <summary><c>sub</c>: the tenant or else the domain, in lower case, as prosody compares it.</summary>
    public string Subject => (Tenant is { Length: > 0 } tenant ? tenant : BaseUrl.Host).ToLowerInvariant();

    /// <summary>What makes it this server and no other; keys and secrets may be renewed without changing it.</summary>
    internal string Identity => $"{BaseUrl.Authority}/{Tenant}/{AppId}".ToLowerInvariant();

    /// <summary>The room's address without a token.</summary>
    public string AddressOf(string room) =>
        Tenant is { Length: > 0 } tenant ? $"{BaseUrl.GetLeftPart(UriPartial.Authority)}/{tenant}/{room}" : $"{BaseUrl.GetLeftPart(UriPartial.Authority)}/{room}";

    /// <summary>
    /// The server of keys as a tutor's account holds them: <c>{"domain", "appId", "secret"}</c>; the domain is a host name, or an address
    /// without a path. Null when they cannot be used.
    /// </summary>
    public static JitsiServer? FromKeys(string json)
    {
        try
        {
            using var keys = JsonDocument.Parse(json);
            return keys.RootElement.ValueKind is JsonValueKind.Object && Member("domain") is { } domain && AddressFrom(domain) is { } address
                && Member("appId") is { Length: > 0 and <= 200 } appId && Member("secret") is { } secret && JitsiKey.Hs256(secret) is { } key
                ? new JitsiServer(address, null, appId, key)
                : null;

            string? Member(string name) =>
                keys.RootElement.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A host name (with a port, if need be) or an https address without a path; http for this machine only. Null for anything else.</summary>
    internal static Uri? AddressFrom(string text)
    {
        var address = text.Contains("://", StringComparison.Ordinal) ? text : $"https://{text}";
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri is { AbsolutePath: "/", Query: "", Fragment: "", UserInfo: "", Host.Length: > 0 }
            && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && IsThisMachine(uri.Host)))
            ? new Uri(uri.GetLeftPart(UriPartial.Authority))
            : null;
    }

    private static bool IsThisMachine(string host) => host == "localhost" || (IPAddress.TryParse(host, out var ip) && IPAddress.IsLoopback(ip));
}

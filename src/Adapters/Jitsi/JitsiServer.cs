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
    /// The server of keys as a tutor's account holds them: <c>{"domain", "appId", "secret"}</c>. Null when they cannot be used: also of a local
    /// server where those are no longer allowed.
    /// </summary>
    /// <param name="local"><see cref="JitsiOptions.AllowLocalServers"/>.</param>
    public static JitsiServer? FromKeys(string json, bool local = false)
    {
        try
        {
            using var keys = JsonDocument.Parse(json);
            return keys.RootElement.ValueKind is JsonValueKind.Object && Member("domain") is { } domain && JitsiAddress.OfTutor(domain, local) is { } address
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
}

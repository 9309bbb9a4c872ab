using System.Text.Json;

namespace Muse.Adapters.Jitsi;

/// <summary>One Jitsi server with token authentication and the key that signs for it.</summary>
/// <param name="BaseUrl">Scheme, host and port; https, unless it is this machine.</param>
/// <param name="Tenant">First part of the path of every room, or null.</param>
public sealed record JitsiServer(Uri BaseUrl, string? Tenant, string AppId, JitsiKey Key)
{
    /// <summary>Rented of 8x8.</summary>
    public bool IsJaas => AppId.StartsWith(JitsiOptions.JaasPrefix, StringComparison.OrdinalIgnoreCase);

    public string Audience { get; init; } = "jitsi";

    public string Issuer { get; init; } = AppId;

    /// <summary><c>sub</c>: the tenant or else the domain, in lower case, as prosody compares it.</summary>
    public string Subject => (Tenant is { Length: > 0 } tenant ? tenant : BaseUrl.Host).ToLowerInvariant();

    /// <summary>What makes it this server and no other; keys and secrets may be renewed without changing it.</summary>
    internal string Identity => $"{BaseUrl.Authority}/{Tenant}/{AppId}".ToLowerInvariant();

    /// <summary>The address of a room without a token, or of one of the server's own files.</summary>
    public string AddressOf(string room) =>
        Tenant is { Length: > 0 } tenant ? $"{BaseUrl.GetLeftPart(UriPartial.Authority)}/{tenant}/{room}" : $"{BaseUrl.GetLeftPart(UriPartial.Authority)}/{room}";

    /// <summary>A server that a tutor names. Null when it cannot be used: also a local one where those are not allowed.</summary>
    /// <param name="local"><see cref="JitsiOptions.AllowLocalServers"/>.</param>
    public static JitsiServer? OfTutor(string domain, string appId, string secret, bool local) =>
        JitsiAddress.OfTutor(domain, local) is { } address && appId.Length is > 0 and <= 200 && JitsiKey.Hs256(secret) is { } key
            ? new JitsiServer(address, null, appId, key)
            : null;

    /// <summary>
    /// The server of keys as a tutor's account holds them: <c>{"domain", "appId", "secret"}</c>. Null when they cannot be used, as with
    /// <see cref="OfTutor"/>.
    /// </summary>
    public static JitsiServer? FromKeys(string json, bool local = false)
    {
        try
        {
            using var keys = JsonDocument.Parse(json);
            return keys.RootElement.ValueKind is JsonValueKind.Object && Member("domain") is { } domain && Member("appId") is { } appId && Member("secret") is { } secret
                ? OfTutor(domain, appId, secret, local)
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

using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Muse.Api.Rooms;

/// <summary>One member of <c>RTCConfiguration.iceServers</c>.</summary>
public sealed record IceServer(IReadOnlyList<string> Urls, string? Username = null, string? Credential = null);

/// <summary>
/// The TURN server of the configuration with credentials made per join (draft-uberti-behave-turn-rest-00 §2.2; coturn's
/// <c>use-auth-secret</c>). Without one, browsers reach the media port directly.
/// </summary>
public sealed class IceServers(TurnOptions turn, TimeProvider time)
{
    public IReadOnlyList<IceServer> For(Guid participant)
    {
        if (turn.Urls.Length == 0 || string.IsNullOrEmpty(turn.Secret)) return [];
        var until = time.GetUtcNow().AddMinutes(turn.LifetimeMinutes).ToUnixTimeSeconds();
        var username = string.Create(CultureInfo.InvariantCulture, $"{until}:{participant:N}");
#pragma warning disable CA5350 // The draft and coturn fix HMAC-SHA1.
        var credential = HMACSHA1.HashData(Encoding.UTF8.GetBytes(turn.Secret), Encoding.UTF8.GetBytes(username));
#pragma warning restore CA5350
        return [new IceServer(turn.Urls, username, Convert.ToBase64String(credential))];
    }
}

/// <summary>Configuration section <c>Rooms:Turn</c>.</summary>
public sealed class TurnOptions
{
    /// <summary><c>turn:</c> and <c>turns:</c> URLs, as RFC 7065 writes them.</summary>
    public string[] Urls { get; set; } = [];

    /// <summary>coturn's <c>static-auth-secret</c>.</summary>
    public string? Secret { get; set; }

    /// <summary>How long a credential lives, in minutes.</summary>
    public int LifetimeMinutes { get; set; } = 240;
}

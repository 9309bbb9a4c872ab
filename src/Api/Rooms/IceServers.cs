using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NodaTime;

namespace Muse.Api.Rooms;

/// <summary>One member of <c>RTCConfiguration.iceServers</c>.</summary>
public sealed record IceServer(IReadOnlyList<string> Urls, string? Username = null, string? Credential = null);

/// <summary>
/// The relay of the configuration with credentials for one person (draft-uberti-behave-turn-rest-00 §2.2; coturn's <c>use-auth-secret</c>).
/// Without one, browsers reach the media port directly. An answer that holds credentials is sent with <c>Cache-Control: no-store</c>.
/// </summary>
public sealed class IceServers(TurnOptions turn, TimeProvider time)
{
    /// <summary>coturn asks for the credential again at each new allocation: a lesson that runs late must still be able to reconnect.</summary>
    public static readonly Duration AfterTheLesson = Duration.FromHours(1);

    private static readonly Duration Longest = Duration.FromHours(24);

    private readonly string[] _stun = [.. turn.Urls.Where(url => !TurnOptions.IsTurn(url))];
    private readonly string[] _turn = [.. turn.Urls.Where(TurnOptions.IsTurn)];

    /// <summary>For somebody who is let into a lesson.</summary>
    /// <param name="end">The lesson's planned end.</param>
    public IReadOnlyList<IceServer> ForLesson(Guid person, Instant end) => Until(person, end + AfterTheLesson);

    /// <param name="until">When the credential ends; at most 24 hours from now count.</param>
    public IReadOnlyList<IceServer> Until(Guid person, Instant until)
    {
        var servers = new List<IceServer>(2);
        if (_stun.Length > 0) servers.Add(new IceServer(_stun));
        if (_turn.Length > 0 && turn.SigningSecret is { } secret) servers.Add(Signed(secret, person, Instant.Min(until, Now + Longest)));
        return servers;
    }

    private IceServer Signed(string secret, Guid person, Instant until)
    {
        var username = string.Create(CultureInfo.InvariantCulture, $"{until.ToUnixTimeSeconds()}:{person:N}");
#pragma warning disable CA5350 // The draft and coturn fix HMAC-SHA1.
        var credential = HMACSHA1.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(username));
#pragma warning restore CA5350
        return new IceServer(_turn, username, Convert.ToBase64String(credential));
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());
}

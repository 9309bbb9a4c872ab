using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Muse.Adapters.GoogleMeet;

/// <summary>
/// A push of Google Calendar: headers only, and no signature. What proves it is the token that was given when the channel was opened, of which
/// we keep the hash.
/// </summary>
/// <param name="State"><c>sync</c> (the channel is open), <c>exists</c> (something changed) or <c>not_exists</c>.</param>
/// <param name="Number">1 for <c>sync</c>, then rising, with gaps.</param>
public sealed record CalendarPush(Guid Channel, string Resource, string State, long Number, string Token)
{
    private const int LongestHeader = 256;

    /// <param name="header">The first value of a header, or null.</param>
    /// <returns>Null when it is none.</returns>
    public static CalendarPush? Read(Func<string, string?> header)
    {
        string? Text(string name) => header($"X-Goog-{name}") is { Length: > 0 and <= LongestHeader } value ? value : null;
        return Guid.TryParseExact(Text("Channel-ID"), "D", out var channel)
            && Text("Resource-ID") is { } resource && Text("Resource-State") is { } state && Text("Channel-Token") is { } token
            && long.TryParse(Text("Message-Number"), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new CalendarPush(channel, resource, state, number, token) : null;
    }

    /// <summary>A fresh token and what is kept of it.</summary>
    public static (string Token, byte[] Hash) NewToken()
    {
        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));
        return (token, HashOf(token));
    }

    /// <summary>In constant time.</summary>
    public bool Proves(byte[] tokenHash) => CryptographicOperations.FixedTimeEquals(HashOf(Token), tokenHash);

    private static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

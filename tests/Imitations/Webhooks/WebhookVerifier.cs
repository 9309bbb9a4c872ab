using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Muse.Imitations.Webhooks;

/// <summary>
/// A receiver's look at a signature, as the reference libraries of Standard Webhooks have it (spec/standard-webhooks.md at b2fa7b8): written from the
/// specification and not from Muse's signer.
/// </summary>
public static class WebhookVerifier
{
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <param name="secret">With or without <c>whsec_</c>, padded or not.</param>
    /// <returns>Null when the delivery is genuine; otherwise what is wrong with it.</returns>
    public static string? WhyNot(string secret, IReadOnlyDictionary<string, string> headers, string body, DateTimeOffset now)
    {
        if (Key(secret) is not { Length: > 0 } key) return "no secret";
        if (!headers.TryGetValue("webhook-id", out var id) || id.Length == 0) return "no webhook-id";
        if (!headers.TryGetValue("webhook-timestamp", out var at) || at.Length == 0) return "no webhook-timestamp";
        if (!headers.TryGetValue("webhook-signature", out var signatures) || signatures.Length == 0) return "no webhook-signature";
        if (!long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return "webhook-timestamp is no number";
        if (Math.Abs(now.ToUnixTimeSeconds() - seconds) > Tolerance.TotalSeconds) return "webhook-timestamp is too far away";
        var expected = Encoding.ASCII.GetBytes(Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{id}.{at}.{body}"))));
        foreach (var signature in signatures.Split(' '))
        {
            if (signature.Split(',', 2) is ["v1", var value] && CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(value), expected))
                return null;
        }
        return "no signature fits";
    }

    private static byte[]? Key(string secret)
    {
        var text = secret.StartsWith("whsec_", StringComparison.Ordinal) ? secret[6..] : secret;
        try
        {
            return Convert.FromBase64String(text.TrimEnd('=') + new string('=', (4 - text.TrimEnd('=').Length % 4) % 4));
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

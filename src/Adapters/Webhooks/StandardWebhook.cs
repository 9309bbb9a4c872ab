using System.Text;
using NodaTime;

namespace Muse.Adapters.Webhooks;

/// <summary>
/// The three headers of Standard Webhooks 1.0.0 (spec/standard-webhooks.md at b2fa7b8), by which a receiver knows who sent a body and when.
/// Symmetric signatures (<c>v1</c>) only: .NET has no Ed25519.
/// </summary>
public static class StandardWebhook
{
    public const string Id = "webhook-id", Timestamp = "webhook-timestamp", Signature = "webhook-signature";

    /// <param name="secrets">The endpoint's own; two while one takes the other's place, the new one first. A receiver takes whichever it knows.</param>
    /// <param name="id">The same at every attempt of one delivery; without a full stop, which separates what is signed.</param>
    /// <param name="at">Of this attempt.</param>
    /// <param name="body">The bytes as they are sent.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Sign(IReadOnlyList<WebhookSecret> secrets, string id, Instant at, ReadOnlySpan<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfZero(secrets.Count);
        if (id.Length == 0 || !id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')) throw new ArgumentException("An id is letters, digits, _ and -.", nameof(id));
        var timestamp = at.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        byte[] content = [.. Encoding.ASCII.GetBytes($"{id}.{timestamp}."), .. body];
        return
        [
            new(Id, id),
            new(Timestamp, timestamp),
            new(Signature, string.Join(' ', secrets.Select(secret => $"v1,{secret.Sign(content)}"))),
        ];
    }
}

using System.Security.Cryptography;

namespace Muse.Adapters.Webhooks;

/// <summary>What a receiver knows its deliveries by: 24 to 64 random bytes, shown as <c>whsec_</c> and base64. Its text is the secret alone; nothing prints it.</summary>
public sealed class WebhookSecret
{
    public const string Prefix = "whsec_";

    private const int Fewest = 24, Most = 64, Fresh = 32;

    private readonly byte[] _key;

    private WebhookSecret(byte[] key) => _key = key;

    public static WebhookSecret Make() => new(RandomNumberGenerator.GetBytes(Fresh));

    /// <returns>Null when it is none.</returns>
    public static WebhookSecret? Read(string text)
    {
        // 64 bytes in base64.
        const int longest = 88;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length > Prefix.Length + longest) return null;
        Span<byte> key = stackalloc byte[Most + 2];
        return Convert.TryFromBase64String(text[Prefix.Length..], key, out var length) && length is >= Fewest and <= Most
            ? new WebhookSecret(key[..length].ToArray())
            : null;
    }

    /// <summary>To be shown once, and kept sealed.</summary>
    public string Reveal() => Prefix + Convert.ToBase64String(_key);

    internal string Sign(ReadOnlySpan<byte> content)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, content, mac);
        return Convert.ToBase64String(mac);
    }

    public override string ToString() => Prefix + "…";
}

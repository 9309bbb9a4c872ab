using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;

namespace Muse.Adapters.Jitsi;

/// <summary>Reads what Jitsi's servers post: members may be missing, of another type, or far too long.</summary>
internal static class WireJson
{
    private const int LongestKey = 100;

    /// <summary>Seconds up to the year 5138; larger numbers are milliseconds.</summary>
    private const long LargestSeconds = 99_999_999_999;

    public static JsonDocumentOptions Bounded { get; } = new() { MaxDepth = 16 };

    /// <summary>Null when it is missing, no string, or longer than that.</summary>
    public static string? Text(this JsonElement from, string name, int most) =>
        from.ValueKind is JsonValueKind.Object && from.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String
            && Decoded(value) is { } text && text.Length <= most
            ? text
            : null;

    /// <summary>A whole number, or a string or fraction that holds one.</summary>
    public static long? Number(this JsonElement from, string name)
    {
        if (from.ValueKind is not JsonValueKind.Object || !from.TryGetProperty(name, out var value)) return null;
        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetInt64(out var whole) => whole,
            JsonValueKind.Number when value.TryGetDouble(out var fraction) && Math.Abs(fraction) < 1e15 => (long)fraction,
            JsonValueKind.String when Decoded(value) is { } text
                && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var spelled) => spelled,
            _ => null,
        };
    }

    /// <summary>True, or the string "true": JaaS sends both.</summary>
    public static bool Flag(this JsonElement from, string name) =>
        from.ValueKind is JsonValueKind.Object && from.TryGetProperty(name, out var value)
            && (value.ValueKind is JsonValueKind.True
                || (value.ValueKind is JsonValueKind.String && string.Equals(Decoded(value), "true", StringComparison.OrdinalIgnoreCase)));

    /// <summary>Unix seconds or milliseconds; null outside 2000–2999.</summary>
    public static Instant? Moment(long number)
    {
        const long first = 946_684_800_000, last = 32_503_680_000_000;
        var ms = number is >= 0 and <= LargestSeconds ? number * 1000 : number;
        return ms is >= first and < last ? Instant.FromUnixTimeMilliseconds(ms) : null;
    }

    /// <summary>A key that fits: long ones by their hash.</summary>
    public static string Short(string key) =>
        key.Length <= LongestKey ? key : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    // A lone surrogate in an escape only shows when the string is decoded.
    private static string? Decoded(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}

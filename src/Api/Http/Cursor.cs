using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Muse.Domain;

namespace Muse.Api.Http;

/// <summary>A page of a list: <c>{items, next}</c>; <c>next</c> is null on the last page.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <summary>
/// Opaque cursors: base64url of a small JSON array of the last row's sort keys. Opaque, not secret: it holds nothing the page did not.
/// </summary>
public static class Cursor
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;
    private const int MaxChars = 512;

    public static string Of<T>(T keys) => WebEncoders.Base64UrlEncode(JsonSerializer.SerializeToUtf8Bytes(keys));

    /// <summary>Null when there is no cursor; refuses one that we did not make (<c>malformed_cursor</c>).</summary>
    public static Refusal? TryRead<T>(string? cursor, out T? keys)
    {
        keys = default;
        if (string.IsNullOrEmpty(cursor))
            return null;
        try
        {
            if (cursor.Length <= MaxChars)
                keys = JsonSerializer.Deserialize<T>(Encoding.UTF8.GetString(WebEncoders.Base64UrlDecode(cursor)));
        }
        catch (Exception wrong) when (wrong is FormatException or JsonException or NotSupportedException)
        {
        }
        return keys is null ? Refusal.Invalid("malformed_cursor", "Give the list's own `next`, unchanged.") : null;
    }

    /// <summary>1…100, 20 when not given; outside is refused as <c>out_of_range</c>.</summary>
    public static Refusal? Limit(int? asked, out int limit)
    {
        limit = asked ?? DefaultLimit;
        return limit is >= 1 and <= MaxLimit ? null : Refusal.Invalid("out_of_range", $"limit is 1 to {MaxLimit}.");
    }

    /// <summary>The page and its <c>next</c> out of one row more than asked for.</summary>
    public static Page<T> PageOf<T, TKeys>(IReadOnlyList<T> rowsAndOneMore, int limit, Func<T, TKeys> keysOf) =>
        rowsAndOneMore.Count <= limit
            ? new Page<T>(rowsAndOneMore, null)
            : new Page<T>([.. rowsAndOneMore.Take(limit)], Of(keysOf(rowsAndOneMore[limit - 1])));
}

using System.Globalization;
using System.Text.Json;
using Muse.Adapters.Postgres;
using NodaTime;
using NodaTime.Text;

namespace Muse.Adapters.Zoom;

/// <summary>
/// Zoom's JSON as it really is: an id is a number in one message and a string in the next, times come with Z and with +00:00. What is not
/// there, or is nothing of the kind, is null; nothing here throws.
/// </summary>
internal static class ZoomJson
{
    // 2000 to 2100: an event's instant must also fit into a timestamptz.
    private static readonly Instant Earliest = Instant.FromUtc(2000, 1, 1, 0, 0), Latest = Instant.FromUtc(2100, 1, 1, 0, 0);

    public static JsonElement? Member(this JsonElement thing, string name) =>
        thing.ValueKind is JsonValueKind.Object && thing.TryGetProperty(name, out var member) ? member : null;

    public static bool Has(this JsonElement thing, string name) => thing.Member(name) is { ValueKind: not JsonValueKind.Null };

    /// <summary>A string or a number as text that can be stored, cut to <paramref name="most"/> characters.</summary>
    public static string? Text(this JsonElement thing, string name, int most)
    {
        switch (thing.Member(name))
        {
            case { ValueKind: JsonValueKind.Number } number:
                return number.TryGetInt64(out var integer) ? integer.ToString(CultureInfo.InvariantCulture) : null;
            case { ValueKind: JsonValueKind.String } member:
                try
                {
                    var text = UserText.Clean(member.GetString()!);
                    return text.Length <= most ? text : UserText.Clean(text[..most]);
                }
                catch (InvalidOperationException)
                {
                    // Half a surrogate pair, or bytes that are no UTF-8: only reading the text shows it.
                    return null;
                }
            default:
                return null;
        }
    }

    public static long? Number(this JsonElement thing, string name) =>
        long.TryParse(thing.Text(name, 20), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>An ISO time with an offset.</summary>
    public static Instant? Time(this JsonElement thing, string name) =>
        thing.Text(name, 40) is { } text && OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true } parsed
        && parsed.Value.ToInstant() is var instant && IsSensible(instant) ? instant : null;

    /// <summary>Milliseconds since 1970.</summary>
    public static Instant? Milliseconds(this JsonElement thing, string name) =>
        thing.Number(name) is { } number and < 10_000_000_000_000 && Instant.FromUnixTimeMilliseconds(number) is var instant && IsSensible(instant) ? instant : null;

    private static bool IsSensible(Instant instant) => instant >= Earliest && instant < Latest;
}

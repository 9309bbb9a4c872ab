using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>An instant together with the zone it was said in.</summary>
public readonly record struct ZonedInstant(Instant Instant, DateTimeZone Zone)
{
    /// <summary>RFC 9557, for example <c>2026-12-07T17:00:00+09:00[Asia/Seoul]</c>.</summary>
    public override string ToString() => $"{TimeText.Local(Instant, Zone)}[{Zone.Id}]";
}

/// <summary>
/// Reads RFC 9557 (IXDTF) texts such as <c>2026-12-07T17:00:00+09:00[Asia/Seoul]</c>. A zone is required here. An offset that the zone does not
/// have then is refused always, not only when the zone is marked critical (RFC 9557 §3.4); <c>Z</c> and <c>-00:00</c> say nothing about the
/// local offset and cannot disagree (§2). Other suffixes are ignored unless critical (§3.3).
/// </summary>
public static class ZonedText
{
    private const int Longest = 200;

    /// <summary>
    /// Refusals: <c>invalid_zoned_time</c>, <c>unknown_time_zone</c>, <c>offset_zone_mismatch</c>, <c>unsupported_critical_suffix</c>.
    /// </summary>
    public static Answer<ZonedInstant> Parse(string? text, string? pointer = null)
    {
        var bracket = text?.IndexOf('[') ?? -1;
        if (text is null || text.Length > Longest || bracket < 0)
            return Malformed(pointer);
        if (ReadMoment(text[..bracket]) is not { } moment)
            return Malformed(pointer);

        string? zoneId = null;
        var rest = text.AsSpan(bracket);
        for (var first = true; !rest.IsEmpty; first = false)
        {
            var end = rest.IndexOf(']');
            if (rest[0] != '[' || end < 2)
                return Malformed(pointer);
            var tag = rest[1..end];
            rest = rest[(end + 1)..];
            var critical = tag[0] == '!';
            if (critical)
                tag = tag[1..];
            var equals = tag.IndexOf('=');
            if (equals < 0)
            {
                if (!first || tag.IsEmpty)
                    return Malformed(pointer);
                zoneId = tag.ToString();
            }
            else if (!IsKey(tag[..equals]) || !IsValue(tag[(equals + 1)..]))
                return Malformed(pointer);
            else if (critical && tag is not ("u-ca=iso8601" or "u-ca=gregory"))
                return Refusal.Invalid("unsupported_critical_suffix",
                    $"The suffix [!{tag}] is marked critical and not understood here (RFC 9557 §3.3).", pointer);
        }
        if (zoneId is null)
            return Malformed(pointer);
        if (Zones.Find(zoneId, pointer).Or(out var zone) is { } unknown)
            return unknown;

        var instant = moment.Local.ToInstant();
        var actual = zone.GetUtcOffset(instant);
        if (moment.SaysOffset && actual != moment.Local.Offset)
            return Refusal.Invalid("offset_zone_mismatch",
                $"In {zone.Id} the clock then stands at {TimeText.Local(instant, zone)}, not at {TimeText.Of(moment.Local)}.", pointer);
        return new ZonedInstant(instant, zone);
    }

    private static (OffsetDateTime Local, bool SaysOffset)? ReadMoment(string text)
    {
        // RFC 3339 §5.6 allows lower-case letters.
        if (TimeText.ReadRfc3339(text.ToUpperInvariant()) is not { } local)
            return null;
        return (local, !(text[^1] is 'Z' or 'z' || text.EndsWith("-00:00", StringComparison.Ordinal)));
    }

    // suffix-key = (lower-case letter / "_") *(that / digit / "-"), RFC 9557 §4.1
    private static bool IsKey(ReadOnlySpan<char> key)
    {
        if (key.IsEmpty || !(char.IsAsciiLetterLower(key[0]) || key[0] == '_'))
            return false;
        foreach (var c in key)
            if (!(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '_' or '-'))
                return false;
        return true;
    }

    // suffix-values = 1*alphanum *("-" 1*alphanum)
    private static bool IsValue(ReadOnlySpan<char> value)
    {
        var previous = '-';
        foreach (var c in value)
        {
            if (!(char.IsAsciiLetterOrDigit(c) || (c == '-' && previous != '-')))
                return false;
            previous = c;
        }
        return previous != '-';
    }

    private static Refusal Malformed(string? pointer) => Refusal.Invalid("invalid_zoned_time",
        "A time with its zone is written like 2026-12-07T17:00:00+09:00[Asia/Seoul] (RFC 9557).", pointer);
}

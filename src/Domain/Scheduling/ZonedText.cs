using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>An instant together with the zone it was said in.</summary>
public readonly record struct ZonedInstant(Instant Instant, DateTimeZone Zone)
{
    public override string ToString() => $"{TimeText.Local(Instant, Zone)}[{Zone.Id}]";
}

/// <summary>
/// Reads RFC 9557 (IXDTF) texts such as <c>2026-12-07T17:00:00+09:00[Asia/Seoul]</c>. A zone is required here. An offset that the zone does not
/// have then is refused always, not only when the zone is marked critical (RFC 9557 §3.4); <c>Z</c> says nothing about the local offset and
/// cannot disagree (§2). Other suffixes are ignored unless critical (§3.3).
/// </summary>
public static class ZonedText
{
    private const int Longest = 200;

    /// <summary>
    /// Refusals: <c>invalid_zoned_time</c>, <c>unknown_time_zone</c>, <c>offset_zone_mismatch</c>, <c>unsupported_critical_suffix</c>.
    /// </summary>
    public static Answer<ZonedInstant> Parse(string? text, string? pointer = null) => throw new NotImplementedException();
}

using System.Globalization;
using NodaTime;
using NodaTime.Text;

namespace Muse.Domain.Scheduling;

/// <summary>
/// The one spelling of times on the wire: instants as <c>2026-12-07T08:00:00Z</c> (RFC 3339, whole seconds), local times out with their numeric
/// offset (<c>2026-12-07T17:00:00+09:00</c>), local times in without one.
/// </summary>
public static class TimeText
{
    /// <summary>Years that rules and series may speak of.</summary>
    public const int FirstYear = 1900, LastYear = 2199;

    private static readonly InstantPattern WholeSeconds = InstantPattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss'Z'");
    private static readonly OffsetDateTimePattern WithOffset =
        OffsetDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'sso<m>");
    // Only zones of long ago had offsets with seconds.
    private static readonly OffsetDateTimePattern WithFullOffset =
        OffsetDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'sso<G>");
    private static readonly LocalDateTimePattern LocalSeconds = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm':'ss");
    private static readonly LocalDateTimePattern LocalMinutes = LocalDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd'T'HH':'mm");
    private static readonly OffsetDateTimePattern Rfc3339 = OffsetDateTimePattern.Rfc3339;
    private static readonly LocalDatePattern Date = LocalDatePattern.Iso;

    /// <summary><c>2026-12-07T08:00:00Z</c>; fractions of a second are cut off.</summary>
    public static string Of(Instant instant) => WholeSeconds.Format(instant);

    /// <summary><c>2026-12-07T17:00:00</c>, without offset.</summary>
    public static string Of(LocalDateTime local) => LocalSeconds.Format(local);

    /// <summary><c>2026-12-07</c>.</summary>
    public static string Of(LocalDate date) => Date.Format(date);

    /// <summary><c>2026-12-07T17:00:00+09:00</c>; never <c>Z</c>, UTC is <c>+00:00</c>.</summary>
    public static string Of(OffsetDateTime local) =>
        local.Offset.Seconds % 60 == 0 ? WithOffset.Format(local) : WithFullOffset.Format(local);

    /// <summary>What the clock in <paramref name="zone"/> shows at the instant: <c>2026-12-07T17:00:00+09:00</c>.</summary>
    public static string Local(Instant instant, DateTimeZone zone) => Of(instant.InZone(zone).ToOffsetDateTime());

    /// <summary>As <see cref="Local(Instant, DateTimeZone)"/>, for a stored (so known) zone id.</summary>
    public static string Local(Instant instant, string zoneId) => Local(instant, Zones.Known(zoneId));

    /// <summary>
    /// An RFC 3339 instant with <c>Z</c> or a numeric offset, or an RFC 9557 text whose zone agrees; refused as <c>invalid_instant</c> or as
    /// <see cref="ZonedText.Parse"/> does.
    /// </summary>
    public static Answer<Instant> ReadInstant(string? text, string? pointer = null)
    {
        if (text is not null && text.Contains('['))
            return ZonedText.Parse(text, pointer).Or(out var zoned) is { } refusal ? refusal : zoned.Instant;
        if (text is not null && ReadRfc3339(text) is { } read)
            return read.ToInstant();
        return Refusal.Invalid("invalid_instant", "An instant is written like 2026-12-07T08:00:00Z.", pointer);
    }

    /// <summary>RFC 3339 §5.6 with seconds required; null when malformed or outside the years that can be spoken of.</summary>
    internal static OffsetDateTime? ReadRfc3339(string text)
    {
        if (text.Length is < 20 or > 40 || text[11..13] == "24")
            return null;
        var parsed = Rfc3339.Parse(text);
        return parsed.Success && parsed.Value.Year is >= FirstYear and <= LastYear ? parsed.Value : null;
    }

    /// <summary>A local time without offset, with or without seconds; refused as <c>invalid_local_time</c>.</summary>
    public static Answer<LocalDateTime> ReadLocal(string? text, string? pointer = null)
    {
        // NodaTime also reads 24:00 as the next midnight.
        if (text is { Length: 16 or 19 } && text[11..13] != "24")
        {
            var parsed = text.Length == 16 ? LocalMinutes.Parse(text) : LocalSeconds.Parse(text);
            if (parsed.Success && parsed.Value.Year is >= FirstYear and <= LastYear)
                return parsed.Value;
        }
        return Refusal.Invalid("invalid_local_time",
            "A local time is written like 2026-12-07T17:00:00, without offset; its zone is named beside it.", pointer);
    }

    /// <summary>A calendar date like <c>2026-12-07</c>; refused as <c>invalid_date</c>.</summary>
    public static Answer<LocalDate> ReadDate(string? text, string? pointer = null)
    {
        if (text is { Length: 10 })
        {
            var parsed = Date.Parse(text);
            if (parsed.Success && parsed.Value.Year is >= FirstYear and <= LastYear)
                return parsed.Value;
        }
        return Refusal.Invalid("invalid_date", "A date is written like 2026-12-07.", pointer);
    }

    /// <summary>Minutes since midnight of <c>HH:mm</c>, 0–1439, with <paramref name="asEnd"/> also <c>24:00</c> = 1440; null when it is neither.</summary>
    public static int? ReadWallMinute(string? text, bool asEnd = false)
    {
        if (text is not { Length: 5 } || text[2] != ':'
            || !char.IsAsciiDigit(text[0]) || !char.IsAsciiDigit(text[1]) || !char.IsAsciiDigit(text[3]) || !char.IsAsciiDigit(text[4]))
            return null;
        var hour = ((text[0] - '0') * 10) + text[1] - '0';
        var minute = ((text[3] - '0') * 10) + text[4] - '0';
        if (minute > 59 || hour > 24 || (hour == 24 && !(asEnd && minute == 0)))
            return null;
        return (hour * 60) + minute;
    }

    /// <summary><c>HH:mm</c> of minutes since midnight, 0–1440.</summary>
    public static string WallMinute(int minute) => string.Create(CultureInfo.InvariantCulture, $"{minute / 60:00}:{minute % 60:00}");

    /// <summary>Bytes of <c>2026-12-07T08:00:00Z</c>.</summary>
    public const int InstantLength = 20;

    /// <summary>Bytes of <c>2026-12-07T17:00:00+09:00</c>; three more where the offset has seconds (before 1972).</summary>
    public const int LocalLength = 25, LongestLocalLength = 28;
}

using System.Collections.Frozen;
using NodaTime;
using NodaTime.TimeZones;

namespace Muse.Domain.Scheduling;

/// <summary>
/// The time zones there are: those of the IANA database that NodaTime carries, by their exact ids. Abbreviations (<c>KST</c>), Windows ids,
/// offsets (<c>+09:00</c>, <c>UTC+9</c>) and other spellings are refused, because they do not say which rules hold in the future.
/// </summary>
public static class Zones
{
    private static readonly TzdbDateTimeZoneSource Source = TzdbDateTimeZoneSource.Default;
    private static readonly FrozenSet<string> Ids = Source.GetIds().ToFrozenSet(StringComparer.Ordinal);

    // NodaTime also answers "UTC+09:00"; only ids of the database count as known.
    private static readonly FrozenDictionary<string, string> AnyCase =
        Ids.ToFrozenDictionary(id => id, id => id, StringComparer.OrdinalIgnoreCase);

    // What people type for a place that the database names otherwise, or for a clock that it does not name at all.
    private static readonly FrozenDictionary<string, string> Meant = new Dictionary<string, string>
    {
        ["asia/abu_dhabi"] = "Asia/Dubai",
        ["asia/abudhabi"] = "Asia/Dubai",
        ["asia/sharjah"] = "Asia/Dubai",
        ["asia/busan"] = "Asia/Seoul",
        ["asia/incheon"] = "Asia/Seoul",
        ["asia/osaka"] = "Asia/Tokyo",
        ["asia/beijing"] = "Asia/Shanghai",
        ["asia/mumbai"] = "Asia/Kolkata",
        ["asia/delhi"] = "Asia/Kolkata",
        ["asia/new_delhi"] = "Asia/Kolkata",
        ["america/new_york_city"] = "America/New_York",
        ["america/boston"] = "America/New_York",
        ["america/washington"] = "America/New_York",
        ["america/san_francisco"] = "America/Los_Angeles",
        ["america/seattle"] = "America/Los_Angeles",
        ["europe/munich"] = "Europe/Berlin",
        ["europe/geneva"] = "Europe/Zurich",
        ["europe/edinburgh"] = "Europe/London",
        ["kst"] = "Asia/Seoul",
        ["jst"] = "Asia/Tokyo",
        ["gst"] = "Asia/Dubai",
        ["bst"] = "Europe/London",
        ["cest"] = "Europe/Berlin",
        ["edt"] = "America/New_York",
        ["pst"] = "America/Los_Angeles",
        ["pdt"] = "America/Los_Angeles",
        ["+09:00"] = "Asia/Seoul",
        ["+04:00"] = "Asia/Dubai",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The version of the rules in use, such as <c>2026f</c>; stored beside every instant that was computed from a local time.</summary>
    public static string DatabaseVersion => Source.TzdbVersion;

    /// <summary>
    /// The zone with exactly this id, or the refusal <c>unknown_time_zone</c>, with a hint where a known id was probably meant.
    /// </summary>
    /// <param name="id">For example <c>Asia/Seoul</c>.</param>
    /// <param name="pointer">JSON pointer of the member that holds it.</param>
    public static Answer<DateTimeZone> Find(string? id, string? pointer = null)
    {
        if (id is not null && Ids.Contains(id))
            return DateTimeZoneProviders.Tzdb[id];
        var hint = id is null ? null : Hint(id);
        var said = id is null ? "nothing" : $"'{(id.Length <= 60 ? id : id[..60] + "…")}'";
        return Refusal.Invalid("unknown_time_zone",
            $"A time zone is named by its IANA id, such as Asia/Seoul; {said} is none." + (hint is null ? "" : $" Did you mean {hint}?"),
            pointer);
    }

    /// <summary>For ids that were checked when they were stored; an unknown one throws, since the database never loses an id.</summary>
    public static DateTimeZone Known(string id) =>
        Ids.Contains(id) ? DateTimeZoneProviders.Tzdb[id] : throw new DateTimeZoneNotFoundException($"No time zone {id} in {DatabaseVersion}.");

    /// <summary>The id that was probably meant, or null.</summary>
    public static string? Hint(string id)
    {
        if (id.Length > 100)
            return null;
        var wanted = id.Trim().Replace(' ', '_');
        if (AnyCase.TryGetValue(wanted, out var spelled))
            return spelled;
        if (Meant.TryGetValue(wanted, out var meant))
            return meant;
        if (Source.WindowsMapping.PrimaryMapping.TryGetValue(id.Trim(), out var windows))
            return windows;
        var city = wanted[(wanted.LastIndexOf('/') + 1)..];
        return city.Length < 3 ? null : Ids.Where(known => known.EndsWith("/" + city, StringComparison.OrdinalIgnoreCase)).Order().FirstOrDefault();
    }
}

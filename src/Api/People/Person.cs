using Muse.Domain.Guardians;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Api;

/// <summary>Who a human is to other humans; names and contacts live in a mutable row, events carry only the id.</summary>
/// <param name="Country">ISO 3166-1 alpha-2, upper case.</param>
/// <param name="TimeZone">IANA zone id.</param>
/// <param name="Locale">BCP 47 language tag.</param>
/// <param name="Version">Of the row, for its ETag; 0 of one that is not stored yet.</param>
public sealed record Person(Guid PersonId, string DisplayName, string Country, string TimeZone, string Locale, DateOnly? BirthDate, long Version = 0)
{
    /// <summary>By the person's own calendar. Who has given no birth date counts as of age.</summary>
    public bool IsOfAge(Instant now) => IsOfAge(BirthDate, TimeZone, now);

    public static bool IsOfAge(DateOnly? birthDate, string timeZone, Instant now) => Guardian.IsOfAge(
        birthDate is { } born ? LocalDate.FromDateOnly(born) : null, now.InZone(Zones.Known(timeZone)).Date);
}

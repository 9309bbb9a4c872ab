using System.Collections.Frozen;
using System.Text.RegularExpressions;
using FluentValidation;
using FluentValidation.Results;
using Muse.Domain.Guardians;
using Muse.Domain.Scheduling;
using NodaTime;
using NodaTime.TimeZones;

namespace Muse.Api;

/// <summary>What is right for a person's name, country, zone, language and address, wherever they are given.</summary>
internal static partial class PersonRules
{
    public const int LongestName = 100;

    /// <summary>Below it a guardian makes the child's entry instead; above 120 it is a slip of the pen.</summary>
    public const int YoungestStudent = 16;

    /// <summary>With which <see cref="DisplayName"/> refuses.</summary>
    public static readonly string[] NameCodes = ["missing_value", "too_long", "control_character"];

    // The ISO 3166-1 codes of the time-zone database's own table: every country in which there is a clock.
    private static readonly FrozenSet<string> Countries =
        TzdbDateTimeZoneSource.Default.Zone1970Locations!.SelectMany(place => place.Countries).Select(country => country.Code)
            .Concat(TzdbDateTimeZoneSource.Default.ZoneLocations!.Select(place => place.CountryCode))
            .ToFrozenSet(StringComparer.Ordinal);

    public static void DisplayName<T>(this IRuleBuilderInitial<T, string> rule) => rule
        .Cascade(CascadeMode.Stop)
        .Must(name => !string.IsNullOrWhiteSpace(name)).WithErrorCode("missing_value").WithMessage("A name is needed.")
        .MaximumLength(LongestName).WithErrorCode("too_long").WithMessage($"A name has at most {LongestName} characters.")
        .Must(name => !name.Any(char.IsControl)).WithErrorCode("control_character").WithMessage("A name has no control characters.");

    public static void Country<T>(this IRuleBuilderInitial<T, string> rule) => rule
        .Must(country => Countries.Contains(country))
        .WithErrorCode("unknown_country").WithMessage("A country is its ISO 3166-1 code of two capital letters, such as KR.");

    public static void TimeZone<T>(this IRuleBuilderInitial<T, string> rule) => rule.Custom((id, context) =>
    {
        if (Zones.Find(id).Refusal is { } refusal)
            context.AddFailure(new ValidationFailure(context.PropertyPath, refusal.Detail) { ErrorCode = refusal.Code });
    });

    public static void Locale<T>(this IRuleBuilderInitial<T, string> rule) => rule
        .Must(locale => locale.Length <= 35 && LanguageTag().IsMatch(locale))
        .WithErrorCode("unknown_locale").WithMessage("A locale is a language tag such as ko, en-GB or ar-AE.");

    // One @, no blanks, a dot in the domain, at most RFC 5321 §4.5.3.1.3's 254 characters; whether mail arrives, only mail can tell.
    public static void EmailOfAPerson<T>(this IRuleBuilderInitial<T, string> rule) => rule
        .Must(email => email.Trim() is { Length: > 2 and <= 254 } text && Address().IsMatch(text))
        .WithErrorCode("wrong_email").WithMessage("This is not a mail address.");

    /// <summary>Why someone of this birth date acts for nobody, not even for themself; null when they may.</summary>
    public static (string Code, string Why)? WrongBirthDate(DateOnly born, bool adultOnly, TimeProvider time)
    {
        var today = LocalDate.FromDateTime(time.GetUtcNow().UtcDateTime);
        var age = Period.Between(LocalDate.FromDateOnly(born), today, PeriodUnits.Years).Years;
        if (LocalDate.FromDateOnly(born) > today || age > 120)
            return ("out_of_range", "This cannot be a birth date.");
        if (adultOnly && age < Guardian.AgeOfMajority)
            return ("too_young", $"A tutor or a guardian is at least {Guardian.AgeOfMajority}.");
        return age < YoungestStudent ? ("too_young", $"Below {YoungestStudent} a guardian adds the child to their own account.") : null;
    }

    public static bool IsLanguageTag(string? tag) => tag is { Length: <= 35 } && LanguageTag().IsMatch(tag);

    [GeneratedRegex("^[A-Za-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$", RegexOptions.CultureInvariant)]
    private static partial Regex LanguageTag();

    [GeneratedRegex(@"^[^\s@\p{C}]{1,64}@[^\s@.\p{C}]+(\.[^\s@.\p{C}]+)+$", RegexOptions.CultureInvariant)]
    private static partial Regex Address();
}

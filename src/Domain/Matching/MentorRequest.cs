using Muse.Domain.Lessons;
using Muse.Domain.Scheduling;
using Muse.Domain.Tutors;
using NodaTime;

namespace Muse.Domain.Matching;

/// <summary>A student looks for a teacher.</summary>
/// <param name="WishedHours">When the student could have lessons, weekly, on the clocks of <paramref name="TimeZone"/>.</param>
/// <param name="ByPersonId">Who asked: the student or a guardian.</param>
public sealed record MentorRequested(
    Guid RequestId,
    Guid StudentId,
    string Instrument,
    string Level,
    IReadOnlyList<string> Languages,
    string TimeZone,
    string TimeZoneDatabase,
    IReadOnlyList<WeeklyHours> WishedHours,
    int DurationMinutes,
    Guid ByPersonId,
    Instant At);

/// <summary>What is sent, unchecked.</summary>
public sealed record MentorWish
{
    public required Guid StudentId { get; init; }
    /// <summary>Lower case, 1–40 characters, such as <c>violin</c>.</summary>
    public required string Instrument { get; init; }
    public required string Level { get; init; }
    /// <summary>1–10 BCP 47 tags, the dearest first.</summary>
    public required IReadOnlyList<string> Languages { get; init; }
    public required string TimeZone { get; init; }
    /// <summary>1–50 weekly windows.</summary>
    public required IReadOnlyList<WeeklyHours> WishedHours { get; init; }
    public required int DurationMinutes { get; init; }
}

/// <summary>A student's wish for a teacher, to which the matches are computed whenever they are asked for.</summary>
public sealed record MentorRequest(Guid Id, MentorRequested Wish)
{
    public const int LongestInstrument = 40, MostLanguages = 10, MostWindows = 50;

    public static MentorRequest Create(MentorRequested e) => new(e.RequestId, e);

    /// <summary>
    /// Refusals: <c>invalid_instrument</c>, <c>unknown_level</c>, <c>invalid_language</c>, <c>no_language</c>, <c>no_wished_hours</c>,
    /// <c>too_many</c>, <c>invalid_duration</c> and those of <see cref="OpeningHours.Read"/>.
    /// </summary>
    public static Decision Make(MentorRequest? existing, Guid id, MentorWish wish, Guid byPersonId, Instant now)
    {
        if (existing is not null)
            return existing.Wish.StudentId == wish.StudentId ? Decision.Nothing : new Refusal("request_exists", "There is already a request of this id.");
        var instrument = wish.Instrument.Trim().ToLowerInvariant();
        if (instrument.Length is < 1 or > LongestInstrument || instrument.Any(char.IsControl))
            return Refusal.Invalid("invalid_instrument", $"An instrument is named in 1 to {LongestInstrument} characters, such as violin.", "/instrument");
        if (!Tutor.AllLevels.Contains(wish.Level))
            return Refusal.Invalid("unknown_level", $"A level is {string.Join(", ", Tutor.AllLevels)}.", "/level");
        if (Languages(wish.Languages) is { } wrongLanguage)
            return wrongLanguage;
        if (wish.WishedHours is null or { Count: 0 })
            return Refusal.Invalid("no_wished_hours", "Say at least one window of the week in which lessons could be.", "/wishedHours");
        if (wish.WishedHours.Count > MostWindows)
            return Refusal.Invalid("too_many", $"At most {MostWindows} windows.", "/wishedHours");
        if (OpeningHours.Read(wish.TimeZone, wish.WishedHours).Or(out _) is { } wrongHours)
            return wrongHours.Pointer is { } at && at.StartsWith("/weekly", StringComparison.Ordinal)
                ? wrongHours with { Pointer = "/wishedHours" + at["/weekly".Length..] }
                : wrongHours;
        if (wish.DurationMinutes is < PlannedTime.ShortestMinutes or > PlannedTime.LongestMinutes)
            return Refusal.Invalid("invalid_duration",
                $"A lesson takes {PlannedTime.ShortestMinutes} to {PlannedTime.LongestMinutes} minutes.", "/durationMinutes");
        return Decision.Of(new MentorRequested(id, wish.StudentId, instrument, wish.Level,
            [.. wish.Languages.Distinct(StringComparer.OrdinalIgnoreCase)], wish.TimeZone, Zones.DatabaseVersion, wish.WishedHours,
            wish.DurationMinutes, byPersonId, now.Cut()));
    }

    private static Refusal? Languages(IReadOnlyList<string>? languages)
    {
        if (languages is null or { Count: 0 })
            return Refusal.Invalid("no_language", "Say at least one language for the lessons.", "/languages");
        if (languages.Count > MostLanguages)
            return Refusal.Invalid("too_many", $"At most {MostLanguages} languages.", "/languages");
        for (var i = 0; i < languages.Count; i++)
            if (!IsTag(languages[i]))
                return Refusal.Invalid("invalid_language", "A language is a BCP 47 tag such as ko, en or ar-AE.", $"/languages/{i}");
        return null;
    }

    // The shape of RFC 5646 §2.1, without looking the subtags up.
    private static bool IsTag(string? tag) =>
        tag is { Length: >= 2 and <= 35 } && tag.Split('-') is var parts
        && parts[0] is { Length: 2 or 3 } && parts[0].All(char.IsAsciiLetter)
        && parts.Skip(1).All(part => part.Length is >= 1 and <= 8 && part.All(char.IsAsciiLetterOrDigit));
}

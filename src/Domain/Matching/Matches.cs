using Muse.Domain.Availability;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Matching;

/// <summary>A tutor who may fit: the profile, the hours and what is already in the agenda.</summary>
public sealed record Candidate(
    Guid TutorId,
    IReadOnlyList<string> Instruments,
    IReadOnlyList<string> Languages,
    IReadOnlyList<string> Levels,
    bool ProBono,
    TutorAvailability Availability,
    IReadOnlyList<BusyTime> Busy);

/// <summary>One reason of a score.</summary>
/// <param name="Name"><c>hours</c>, <c>languages</c>, <c>level</c>, <c>length</c> or <c>pro_bono</c>.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Weight">What the part counts in the whole; the weights add up to 1.</param>
/// <param name="Detail">One English sentence for a person.</param>
public sealed record ScorePart(string Name, double Score, double Weight, string Detail);

/// <summary>A tutor with the reasons.</summary>
/// <param name="Score">0 to 1: the sum of the parts' score × weight, four decimals.</param>
/// <param name="FreeMinutesPerWeek">Minutes per week, on average over the next four weeks, in which both are really free for a lesson.</param>
/// <param name="NextSlots">The next times both can take, at most <see cref="Matches.MostNextSlots"/>.</param>
public sealed record Match(Guid TutorId, double Score, IReadOnlyList<ScorePart> Parts, int FreeMinutesPerWeek, IReadOnlyList<Slot> NextSlots);

/// <summary>Ranks tutors for a request: a pure function of its arguments, the same for the same ones.</summary>
public static class Matches
{
    public const int Weeks = 4, MostNextSlots = 5;

    public const double HoursWeight = 0.45, LanguagesWeight = 0.25, LevelWeight = 0.15, LengthWeight = 0.10, ProBonoWeight = 0.05;

    /// <summary>
    /// Best first; the same score is ordered by free minutes and then by id. Tutors of another instrument, without a common language or without a
    /// minute in common do not match at all.
    /// </summary>
    public static IReadOnlyList<Match> Rank(MentorRequested wish, IEnumerable<Candidate> candidates, IReadOnlyList<BusyTime> studentBusy, Instant now)
    {
        var hours = new WishedTimes(wish, now);
        var matches = new List<Match>();
        foreach (var candidate in candidates)
            if (hours.Match(candidate, studentBusy) is { } match)
                matches.Add(match);
        return [.. Order(matches)];
    }

    public static IOrderedEnumerable<Match> Order(IEnumerable<Match> matches) =>
        matches.OrderByDescending(match => match.Score).ThenByDescending(match => match.FreeMinutesPerWeek).ThenBy(match => match.TutorId);

    /// <summary>
    /// What a candidate could reach at most with this many minutes per week in common; a score never lies above. For sparing the candidates that
    /// cannot come far enough up.
    /// </summary>
    public static double AtMost(MentorRequested wish, IReadOnlyList<string> languages, IReadOnlyList<string> levels, bool proBono,
        double freeMinutesPerWeek, double wishedMinutesPerWeek) => Math.Round(
            (HoursWeight * Math.Min(1, freeMinutesPerWeek / wishedMinutesPerWeek)) + (LanguagesWeight * Language(wish, languages).Score)
            + (LevelWeight * Level(wish, levels).Score) + LengthWeight + (proBono ? ProBonoWeight : 0), 4) + 0.0001;

    internal static ScorePart Language(MentorRequested wish, IReadOnlyList<string> spoken)
    {
        for (var i = 0; i < wish.Languages.Count; i++)
            if (spoken.FirstOrDefault(language => SameLanguage(language, wish.Languages[i])) is { } common)
                return new("languages", Rounded((double)(wish.Languages.Count - i) / wish.Languages.Count), LanguagesWeight,
                    i == 0 ? $"Teaches in {common}, the first choice." : $"Teaches in {common}, choice {i + 1} of {wish.Languages.Count}.");
        return new("languages", 0, LanguagesWeight, "No common language.");
    }

    internal static ScorePart Level(MentorRequested wish, IReadOnlyList<string> levels) => levels.Contains(wish.Level)
        ? new("level", 1, LevelWeight, $"Teaches {wish.Level} students.")
        : new("level", 0, LevelWeight, $"Does not say to teach {wish.Level} students.");

    internal static double Rounded(double score) => Math.Round(score, 4, MidpointRounding.AwayFromZero);

    // ko and ko-KR are the same language for a lesson.
    private static bool SameLanguage(string a, string b) =>
        string.Equals(Primary(a), Primary(b), StringComparison.OrdinalIgnoreCase);

    private static string Primary(string tag) => tag.IndexOf('-') is var dash and > 0 ? tag[..dash] : tag;
}

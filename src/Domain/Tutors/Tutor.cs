using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Domain.Tutors;

/// <param name="Sandbox">Whose sandbox the tutor is in (the integrator's PersonId); null for a real one.</param>
public sealed record TutorRegistered(Guid TutorId, Guid PersonId, Instant At, Guid? Sandbox);

/// <param name="IntroductionHash">
/// SHA-256 in hex of the introduction. The text itself is about a person and can be forgotten, so it lives in a mutable row beside
/// the read model; the hash makes a change of it a fact and a repetition none.
/// </param>
public sealed record TutorProfileSet(
    Guid TutorId,
    IReadOnlyList<string> Instruments,
    IReadOnlyList<string> Languages,
    IReadOnlyList<string> Levels,
    string IntroductionHash,
    bool ProBono,
    Instant At);

/// <summary>What a tutor teaches, to whom, and in which languages; listed for students once it is set.</summary>
/// <param name="Instruments">1–20 lower-case names, <c>violin</c>.</param>
/// <param name="Languages">1–20 BCP 47 tags, <c>ko</c>.</param>
/// <param name="Levels">Of <see cref="Tutor.AllLevels"/>, at least one.</param>
/// <param name="Introduction">0–4,000 characters.</param>
/// <param name="ProBono">There are places for people who could not otherwise afford a teacher.</param>
public sealed record TutorProfile(
    IReadOnlyList<string> Instruments, IReadOnlyList<string> Languages, IReadOnlyList<string> Levels, string Introduction, bool ProBono);

public sealed record Tutor(Guid Id, Guid PersonId, TutorProfileSet? Profile, MeetingPreferences? Meetings = null)
{
    public static readonly IReadOnlyList<string> AllLevels = ["beginner", "intermediate", "advanced"];

    public static Tutor Create(TutorRegistered e) => new(e.TutorId, e.PersonId, null);

    public Tutor Apply(TutorProfileSet e) => this with { Profile = e };

    public Tutor Apply(TutorMeetingPreferencesSet e) => this with { Meetings = MeetingPreferences.Of(e) };

    public bool HasProfile() => Profile is not null;

    public bool HasMeetingPreferences() => Meetings is not null;

    public static Decision Register(Tutor? existing, Guid tutorId, Guid personId, Instant now, Guid? sandbox = null)
    {
        if (existing is null)
            return Decision.Of(new TutorRegistered(tutorId, personId, now.Cut(), sandbox));
        return existing.PersonId == personId
            ? Decision.Nothing
            : new Refusal("role_taken", "This id belongs to another person.");
    }

    /// <param name="introductionHash">See <see cref="TutorProfileSet"/>.</param>
    public Decision SetProfile(TutorProfile wanted, string introductionHash, Instant now)
    {
        if (wanted.Levels.FirstOrDefault(level => !AllLevels.Contains(level)) is { } unknown)
            return Refusal.Invalid("unknown_level", $"A level is {string.Join(", ", AllLevels)}; not '{unknown}'.", "/levels");
        if (wanted.Instruments.Count == 0)
            return Refusal.Invalid("no_instrument", "A tutor teaches at least one instrument.", "/instruments");
        if (wanted.Languages.Count == 0)
            return Refusal.Invalid("no_language", "A tutor teaches in at least one language.", "/languages");
        if (wanted.Levels.Count == 0)
            return Refusal.Invalid("no_level", "A tutor teaches at least one level.", "/levels");
        var instruments = Sorted(wanted.Instruments);
        var languages = wanted.Languages.Distinct(StringComparer.Ordinal).ToArray();
        var levels = AllLevels.Where(wanted.Levels.Contains).ToArray();
        if (Profile is { } set && set.IntroductionHash == introductionHash && set.ProBono == wanted.ProBono
            && set.Instruments.SequenceEqual(instruments) && set.Languages.SequenceEqual(languages) && set.Levels.SequenceEqual(levels))
            return Decision.Nothing;
        return Decision.Of(new TutorProfileSet(Id, instruments, languages, levels, introductionHash, wanted.ProBono, now.Cut()));
    }

    /// <summary>Refusals: <c>unknown_provider</c>, <c>duplicate_provider</c>.</summary>
    public Decision SetMeetingPreferences(MeetingPreferences wanted, Instant now)
    {
        if (wanted.Unsettable() is { } refusal)
            return refusal;
        return Meetings is { } set && set.IsSameAs(wanted)
            ? Decision.Nothing
            : Decision.Of(new TutorMeetingPreferencesSet(Id, wanted.Order, wanted.MusicMode, wanted.Recording, now.Cut()));
    }

    private static string[] Sorted(IReadOnlyList<string> names) =>
        [.. names.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
}

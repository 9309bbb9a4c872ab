using NodaTime;

namespace Muse.Domain.Meetings;

/// <summary>What became of a provider when one was chosen for a lesson.</summary>
public enum ProviderVerdict
{
    /// <summary>The best of those that are left.</summary>
    Chosen,
    /// <summary>Would serve; tried when those before it fail.</summary>
    Reserve,
    /// <summary>Would hardly serve; tried when nothing else is left.</summary>
    LastResort,
    RuledOut,
}

/// <summary>Why, for one provider.</summary>
/// <param name="Code">
/// Stable. Chosen: <c>wished</c>, <c>tutors_order</c>, <c>schools_order</c>. Reserve: <c>later_in_order</c>, <c>cannot_record</c>,
/// <c>no_music_mode</c>. Last resort, also when it is chosen as that: <c>preflight_failed</c>, <c>too_few_seats</c>. Ruled out:
/// <c>not_configured</c>, <c>not_allowed_in_country</c>, <c>failed</c>. In events of the time before: <c>not_recorded</c>.
/// </param>
public sealed record ProviderReason(string Provider, ProviderVerdict Verdict, string Code);

/// <summary>A provider of this server.</summary>
/// <param name="Serves">There is an account with which this tutor's lessons can be held.</param>
public sealed record ProviderStanding(MeetingAbilities Abilities, bool Serves)
{
    public string Name => Abilities.Name;
}

/// <summary>What a lesson needs of a meeting.</summary>
public sealed record LessonNeeds(bool Recording, bool MusicMode, int Seats)
{
    public static readonly LessonNeeds Two = new(false, false, 2);
}

/// <summary>Everything the choice looks at.</summary>
/// <param name="Wish">The provider that the booking asks for, or null.</param>
/// <param name="TutorsOrder">The tutor's preference, best first; may name what is not set up.</param>
/// <param name="Countries">ISO 3166-1 alpha-2 of student and tutor: what one of them forbids is forbidden.</param>
/// <param name="Providers">In the school's order.</param>
/// <param name="Failed">Those that already failed for good on this lesson.</param>
public sealed record ProviderQuestion(
    string? Wish, IReadOnlyList<string> TutorsOrder, IReadOnlyList<string> Countries, IReadOnlyList<ProviderStanding> Providers,
    IReadOnlyCollection<string> Failed, PreflightFindings Preflight, LessonNeeds Needs, Instant Now);

/// <summary>The providers to try, best first, and why each of all providers is where it is.</summary>
public sealed record ProviderChoice(IReadOnlyList<string> ToTry, IReadOnlyList<ProviderReason> Reasons);

/// <summary>
/// Which provider carries a lesson. Ruled out: what is not set up, not allowed where one of the two people is, or has failed. Put last: what
/// the student's connection test showed not to work, or has too few seats. The rest in the order: the booking's wish, the tutor's order, what
/// gives the lesson most of what it needs, the school's order.
/// </summary>
public static class ProviderPolicy
{
    public const string BuiltIn = "built-in";
    public const string Zoom = "zoom";
    public const string GoogleMeet = "google-meet";
    public const string Jitsi = "jitsi";

    /// <summary>Every name there is, in the order in which a school falls back unless it says otherwise.</summary>
    public static readonly IReadOnlyList<string> All = [BuiltIn, Zoom, GoogleMeet, Jitsi];

    public static bool IsAllowedIn(string country, string provider) => CountryRules.Allow(country, provider);

    public static ProviderChoice Choose(ProviderQuestion question)
    {
        var ruledOut = new List<ProviderReason>();
        var left = new List<Candidate>();
        if (question.Wish is { } wish && question.Providers.All(p => p.Name != wish))
            ruledOut.Add(new ProviderReason(wish, ProviderVerdict.RuledOut, "not_configured"));
        foreach (var (provider, place) in question.Providers.Select((p, i) => (p, i)))
        {
            if (!question.Countries.All(country => IsAllowedIn(country, provider.Name)))
                ruledOut.Add(new ProviderReason(provider.Name, ProviderVerdict.RuledOut, "not_allowed_in_country"));
            else if (!provider.Serves)
                ruledOut.Add(new ProviderReason(provider.Name, ProviderVerdict.RuledOut, "not_configured"));
            else if (question.Failed.Contains(provider.Name))
                ruledOut.Add(new ProviderReason(provider.Name, ProviderVerdict.RuledOut, "failed"));
            else
                left.Add(Weighed(question, provider, place));
        }
        left.Sort();
        return new ProviderChoice([.. left.Select(c => c.Name)], [.. left.Select((candidate, rank) => Reason(candidate, rank, left[0])), .. ruledOut]);
    }

    private static Candidate Weighed(ProviderQuestion question, ProviderStanding provider, int place)
    {
        var abilities = provider.Abilities;
        var unmet = new List<string>(2);
        if (question.Needs.Recording && !abilities.Records)
            unmet.Add("cannot_record");
        if (question.Needs.MusicMode && !abilities.MusicMode)
            unmet.Add("no_music_mode");
        var hardly = question.Preflight.Of(provider.Name, question.Now) is PreflightVerdict.DoesNot ? "preflight_failed"
            : abilities.Seats < question.Needs.Seats ? "too_few_seats"
            : null;
        var preferred = question.TutorsOrder.TakeWhile(name => name != provider.Name).Count();
        return new Candidate(provider.Name, hardly, provider.Name == question.Wish, unmet, preferred, preferred < question.TutorsOrder.Count, place);
    }

    private static ProviderReason Reason(Candidate candidate, int rank, Candidate first) => (rank, candidate) switch
    {
        (0, { Hardly: { } code }) => new ProviderReason(candidate.Name, ProviderVerdict.Chosen, code),
        (0, { Wished: true }) => new ProviderReason(candidate.Name, ProviderVerdict.Chosen, "wished"),
        (0, { IsPreferred: true }) => new ProviderReason(candidate.Name, ProviderVerdict.Chosen, "tutors_order"),
        (0, _) => new ProviderReason(candidate.Name, ProviderVerdict.Chosen, "schools_order"),
        (_, { Hardly: { } code }) => new ProviderReason(candidate.Name, ProviderVerdict.LastResort, code),
        // Only what put it behind the first: in the tutor's order nothing does, and what the first lacks, too, is no reason.
        _ when candidate.Preferred == first.Preferred && candidate.Unmet.FirstOrDefault(code => !first.Unmet.Contains(code)) is { } code =>
            new ProviderReason(candidate.Name, ProviderVerdict.Reserve, code),
        _ => new ProviderReason(candidate.Name, ProviderVerdict.Reserve, "later_in_order"),
    };

    /// <param name="Preferred">Place in the tutor's order; behind its end when it is not named.</param>
    /// <param name="Place">Place in the school's order.</param>
    private sealed record Candidate(
        string Name, string? Hardly, bool Wished, IReadOnlyList<string> Unmet, int Preferred, bool IsPreferred, int Place) : IComparable<Candidate>
    {
        public int CompareTo(Candidate? other) => Rank.CompareTo(other!.Rank);

        private (bool, bool, int, int, int) Rank => (Hardly is not null, !Wished, Preferred, Unmet.Count, Place);
    }
}

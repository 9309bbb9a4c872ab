using Muse.Domain.Lessons;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Availability;

/// <summary>The tutor said when they teach. Local times and zone are the truth; the database version says which rules were checked against.</summary>
/// <param name="StepMinutes">Null: slots follow one another without pause, each as long as the lesson asked for.</param>
public sealed record AvailabilitySet(
    Guid TutorId,
    string TimeZone,
    string TimeZoneDatabase,
    IReadOnlyList<WeeklyHours> Weekly,
    IReadOnlyList<HoursOnDate> Overrides,
    IReadOnlyList<Travel> Travel,
    IReadOnlyList<int> DurationsMinutes,
    int BufferBeforeMinutes,
    int BufferAfterMinutes,
    int MinimumNoticeMinutes,
    int HorizonDays,
    Instant At,
    int? StepMinutes = null);

/// <summary>What a tutor sends, unchecked; members as in docs/scheduling.md.</summary>
public sealed record AvailabilityWish
{
    public required string TimeZone { get; init; }
    public required IReadOnlyList<WeeklyHours> Weekly { get; init; }
    public IReadOnlyList<HoursOnDate>? Overrides { get; init; }
    public IReadOnlyList<Travel>? Travel { get; init; }
    /// <summary>The lesson lengths offered, 1–10 of them, each 10–240.</summary>
    public required IReadOnlyList<int> DurationsMinutes { get; init; }
    public int? StepMinutes { get; init; }
    public int? BufferBeforeMinutes { get; init; }
    public int? BufferAfterMinutes { get; init; }
    public int? MinimumNoticeMinutes { get; init; }
    /// <summary>How far ahead one may book, 1–366 days; 60 when left out.</summary>
    public int? HorizonDays { get; init; }
}

/// <summary>When a tutor teaches: its own stream, so that changing it never makes a profile's ETag stale.</summary>
public sealed record TutorAvailability
{
    public const int MostDurations = 10, LongestHorizonDays = 366, UsualHorizonDays = 60;

    private TutorAvailability(AvailabilitySet rules)
    {
        Rules = rules;
        Hours = OpeningHours.Read(rules.TimeZone, rules.Weekly, rules.Overrides, rules.Travel).Value;
    }

    public AvailabilitySet Rules { get; }

    public OpeningHours Hours { get; }

    public static TutorAvailability Create(AvailabilitySet e) => new(e);

    public TutorAvailability Apply(AvailabilitySet e) => new(e);

    public bool Offers(int durationMinutes) => Rules.DurationsMinutes.Contains(durationMinutes);

    /// <summary>
    /// Refusals beside those of <see cref="OpeningHours.Read"/> and <see cref="SlotRules"/>: <c>no_duration</c>, <c>too_many</c>,
    /// <c>duplicate_duration</c>, <c>invalid_horizon</c>.
    /// </summary>
    public static Decision Set(TutorAvailability? existing, Guid tutorId, AvailabilityWish wish, Instant now)
    {
        if (OpeningHours.Read(wish.TimeZone, wish.Weekly, wish.Overrides, wish.Travel).Or(out _) is { } wrongHours)
            return wrongHours;
        if (Durations(wish.DurationsMinutes) is { } wrongDurations)
            return wrongDurations;
        if (((wish.StepMinutes is { } step ? SlotRules.Step(step) : null)
            ?? SlotRules.Buffer(wish.BufferBeforeMinutes ?? 0, "/bufferBeforeMinutes")
            ?? SlotRules.Buffer(wish.BufferAfterMinutes ?? 0, "/bufferAfterMinutes")
            ?? SlotRules.Notice(wish.MinimumNoticeMinutes ?? 0)) is { } outOfBounds)
            return outOfBounds;
        if (wish.HorizonDays is < 1 or > LongestHorizonDays)
            return Refusal.Invalid("invalid_horizon", $"One may book 1 to {LongestHorizonDays} days ahead.", "/horizonDays");

        var set = new AvailabilitySet(tutorId, wish.TimeZone, Zones.DatabaseVersion, wish.Weekly,
            [.. (wish.Overrides ?? []).Select(date => date with { Windows = date.Windows ?? [] })], wish.Travel ?? [],
            [.. wish.DurationsMinutes.Order()], wish.BufferBeforeMinutes ?? 0, wish.BufferAfterMinutes ?? 0, wish.MinimumNoticeMinutes ?? 0,
            wish.HorizonDays ?? UsualHorizonDays, now.Cut(), wish.StepMinutes);
        return existing is not null && SaysTheSame(existing.Rules, set) ? Decision.Nothing : Decision.Of(set);
    }

    /// <summary>
    /// Why a lesson cannot be asked for at this time, by the tutor's own rules; null when it can. Who else has the time is not asked here.
    /// Refusals: <c>duration_not_offered</c>, <c>too_short_notice</c>, <c>beyond_horizon</c>, <c>outside_availability</c>.
    /// </summary>
    public Refusal? Refuses(Instant start, int durationMinutes, Instant now)
    {
        if (!Offers(durationMinutes))
            return Refusal.Invalid("duration_not_offered", $"This tutor's lessons take {string.Join(", ", Rules.DurationsMinutes)} minutes.", "/durationMinutes");
        if (start < Earliest(now))
            return Refusal.Invalid("too_short_notice", $"This tutor asks for {Rules.MinimumNoticeMinutes} minutes' notice.", "/startLocal");
        if (start > Latest(now))
            return Refusal.Invalid("beyond_horizon", $"This tutor takes bookings up to {Rules.HorizonDays} days ahead.", "/startLocal");
        return Slots.IsOpen(Hours, start, start + Duration.FromMinutes(durationMinutes))
            ? null
            : Refusal.Invalid("outside_availability", "The tutor does not teach at this time.", "/startLocal");
    }

    /// <summary>The question for free slots under these rules, at this moment.</summary>
    public SlotQuery Ask(DateTimeZone viewer, LocalDate from, LocalDate to, int durationMinutes, IReadOnlyList<BusyTime> tutorBusy,
        IReadOnlyList<BusyTime> viewerBusy, Instant now, int most = int.MaxValue) => new()
        {
            Hours = Hours,
            ViewerZone = viewer,
            FromDate = from,
            ToDate = to,
            DurationMinutes = durationMinutes,
            StepMinutes = Rules.StepMinutes ?? durationMinutes,
            Busy = tutorBusy,
            ViewerBusy = viewerBusy,
            BufferBeforeMinutes = Rules.BufferBeforeMinutes,
            BufferAfterMinutes = Rules.BufferAfterMinutes,
            NotBefore = Earliest(now),
            NotAfter = Latest(now),
            Most = most,
        };

    /// <summary>The first start that leaves the tutor the notice asked for.</summary>
    public Instant Earliest(Instant now) => now + Duration.FromMinutes(Rules.MinimumNoticeMinutes);

    /// <summary>The last start that may be booked now.</summary>
    public Instant Latest(Instant now) => now + Duration.FromDays(Rules.HorizonDays);

    private static Refusal? Durations(IReadOnlyList<int>? minutes)
    {
        if (minutes is null or { Count: 0 })
            return Refusal.Invalid("no_duration", "At least one length of lesson is offered.", "/durationsMinutes");
        if (minutes.Count > MostDurations)
            return Refusal.Invalid("too_many", $"At most {MostDurations} lengths of lesson.", "/durationsMinutes");
        for (var i = 0; i < minutes.Count; i++)
        {
            if (minutes[i] is < PlannedTime.ShortestMinutes or > PlannedTime.LongestMinutes)
                return Refusal.Invalid("invalid_duration",
                    $"A lesson takes {PlannedTime.ShortestMinutes} to {PlannedTime.LongestMinutes} minutes.", $"/durationsMinutes/{i}");
            for (var j = 0; j < i; j++)
                if (minutes[j] == minutes[i])
                    return Refusal.Invalid("duplicate_duration", "A length of lesson is named once.", $"/durationsMinutes/{i}");
        }
        return null;
    }

    /// <summary>In whatever order it is said: windows do not overlap, and no date comes twice.</summary>
    private static bool SaysTheSame(AvailabilitySet a, AvailabilitySet b) =>
        a.TimeZone == b.TimeZone && AreAlike(a.Weekly, b.Weekly) && a.Travel.SequenceEqual(b.Travel)
        && a.DurationsMinutes.SequenceEqual(b.DurationsMinutes) && a.StepMinutes == b.StepMinutes
        && a.BufferBeforeMinutes == b.BufferBeforeMinutes && a.BufferAfterMinutes == b.BufferAfterMinutes
        && a.MinimumNoticeMinutes == b.MinimumNoticeMinutes && a.HorizonDays == b.HorizonDays
        && a.Overrides.Count == b.Overrides.Count
        && a.Overrides.OrderBy(one => one.Date).Zip(b.Overrides.OrderBy(one => one.Date)).All(pair => pair.First.Date == pair.Second.Date
            && AreAlike(pair.First.Windows ?? [], pair.Second.Windows ?? []));

    private static bool AreAlike<T>(IReadOnlyCollection<T> a, IReadOnlyCollection<T> b) => a.Count == b.Count && a.ToHashSet().SetEquals(b);
}

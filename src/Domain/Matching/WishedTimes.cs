using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Domain.Matching;

/// <summary>The wished hours of a request, laid out over the next four weeks from one moment.</summary>
public sealed class WishedTimes
{
    private readonly MentorRequested _wish;
    private readonly DateTimeZone _zone;
    private readonly Instant _now;

    public WishedTimes(MentorRequested wish, Instant now)
    {
        _wish = wish;
        _now = now;
        _zone = Zones.Known(wish.TimeZone);
        Until = now + Duration.FromDays(7 * Matches.Weeks);
        Stretches = Slots.OpenBetween(OpeningHours.Read(wish.TimeZone, wish.WishedHours).Value, now, Until);
        MinutesPerWeek = Stretches.Sum(stretch => stretch.Duration.TotalMinutes) / Matches.Weeks;
    }

    /// <summary>Merged, earliest first, cut to the four weeks.</summary>
    public IReadOnlyList<Interval> Stretches { get; }

    public Instant Until { get; }

    /// <summary>On average over the four weeks.</summary>
    public double MinutesPerWeek { get; }

    /// <summary>Null when the tutor does not match at all.</summary>
    internal Match? Match(Candidate candidate, IReadOnlyList<BusyTime> studentBusy)
    {
        if (!candidate.Instruments.Contains(_wish.Instrument, StringComparer.OrdinalIgnoreCase))
            return null;
        var language = Matches.Language(_wish, candidate.Languages);
        if (language.Score <= 0)
            return null;
        var rules = candidate.Availability.Rules;
        var length = rules.DurationsMinutes.OrderBy(minutes => Math.Abs(minutes - _wish.DurationMinutes)).ThenBy(minutes => minutes).First();
        var free = Free(candidate, studentBusy, length);
        if (free.Count == 0)
            return null;

        var perWeek = free.Sum(stretch => stretch.Duration.TotalMinutes) / Matches.Weeks;
        ScorePart[] parts =
        [
            new("hours", Matches.Rounded(Math.Min(1, perWeek / MinutesPerWeek)), Matches.HoursWeight,
                $"{perWeek:0} of the {MinutesPerWeek:0} wished minutes per week are free for both."),
            language,
            Matches.Level(_wish, candidate.Levels),
            length == _wish.DurationMinutes
                ? new("length", 1, Matches.LengthWeight, $"Offers lessons of {length} minutes.")
                : new("length", 0, Matches.LengthWeight, $"Offers no lessons of {_wish.DurationMinutes} minutes; the nearest are {length}."),
            candidate.ProBono
                ? new("pro_bono", 1, Matches.ProBonoWeight, "Has places for those who could not pay.")
                : new("pro_bono", 0, Matches.ProBonoWeight, "Has no free places."),
        ];
        return new(candidate.TutorId, Matches.Rounded(parts.Sum(part => part.Score * part.Weight)), parts, (int)Math.Round(perWeek),
            NextSlots(candidate, studentBusy, length, free));
    }

    // Stretches that a lesson fits into, inside the wish and the tutor's hours, outside of everything either has to do.
    private List<Interval> Free(Candidate candidate, IReadOnlyList<BusyTime> studentBusy, int minutes)
    {
        var rules = candidate.Availability.Rules;
        var from = Instant.Max(_now, candidate.Availability.Earliest(_now));
        var to = Instant.Min(Until, candidate.Availability.Latest(_now) + Duration.FromMinutes(minutes));
        if (from >= to)
            return [];
        Duration before = Duration.FromMinutes(rules.BufferBeforeMinutes), after = Duration.FromMinutes(rules.BufferAfterMinutes);
        var taken = candidate.Busy.Select(busy => new Interval(busy.Start - after, busy.End + before))
            .Concat(studentBusy.Select(busy => new Interval(busy.Start, busy.End)));
        return [.. Stretch.Without(Stretch.Both(Stretches, Slots.OpenBetween(candidate.Availability.Hours, from, to)), taken)
            .Where(stretch => stretch.Duration >= Duration.FromMinutes(minutes))];
    }

    private List<Slot> NextSlots(Candidate candidate, IReadOnlyList<BusyTime> studentBusy, int minutes, List<Interval> free)
    {
        var next = new List<Slot>();
        var ask = candidate.Availability.Ask(_zone, _now.InZone(_zone).Date, Until.InZone(_zone).Date, minutes, candidate.Busy, studentBusy, _now);
        var i = 0;
        foreach (var slot in Slots.Compute(ask))
        {
            while (i < free.Count && free[i].End < slot.End)
                i++;
            if (i == free.Count || next.Count == Matches.MostNextSlots)
                break;
            if (free[i].Start <= slot.Start)
                next.Add(slot);
        }
        return next;
    }
}

/// <summary>Sums and differences of sorted, disjoint stretches of time.</summary>
internal static class Stretch
{
    public static List<Interval> Both(IReadOnlyList<Interval> a, IReadOnlyList<Interval> b)
    {
        var both = new List<Interval>();
        for (int i = 0, j = 0; i < a.Count && j < b.Count;)
        {
            var start = Instant.Max(a[i].Start, b[j].Start);
            var end = Instant.Min(a[i].End, b[j].End);
            if (start < end)
                both.Add(new(start, end));
            if (a[i].End < b[j].End)
                i++;
            else
                j++;
        }
        return both;
    }

    public static List<Interval> Without(List<Interval> from, IEnumerable<Interval> taken)
    {
        foreach (var one in taken)
        {
            var left = new List<Interval>(from.Count + 1);
            foreach (var stretch in from)
            {
                if (one.End <= stretch.Start || one.Start >= stretch.End)
                {
                    left.Add(stretch);
                    continue;
                }
                if (stretch.Start < one.Start)
                    left.Add(new(stretch.Start, one.Start));
                if (one.End < stretch.End)
                    left.Add(new(one.End, stretch.End));
            }
            from = left;
        }
        return from;
    }
}

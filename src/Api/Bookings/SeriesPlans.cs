using Muse.Api.Identity;
using Muse.Domain.Availability;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Scheduling;

namespace Muse.Api.Bookings;

/// <summary>What becomes of a series whose lessons cannot all be had.</summary>
public enum OnClash
{
    /// <summary>All lessons or none; the refusal lists the clashes.</summary>
    Refuse,
    /// <summary>Those that can be had; the answer lists the others.</summary>
    Skip,
}

/// <param name="StartLocal">Of the first lesson: local time in <paramref name="TimeZone"/>, or RFC 9557 with the zone inside.</param>
/// <param name="DurationMinutes">One of the lengths that the tutor offers.</param>
/// <param name="Count">2–104 lessons.</param>
/// <param name="IntervalWeeks">1–52; from the first lesson to the last at most 104 weeks.</param>
/// <param name="Anchor">Whose clock keeps its time when the two zones change theirs on different days.</param>
/// <param name="Provider">A wish, such as <c>built-in</c>.</param>
public sealed record WantedSeries(
    Guid TutorId, Guid StudentId, string StartLocal, int DurationMinutes, int Count, string? TimeZone = null, int IntervalWeeks = 1,
    SeriesAnchor Anchor = SeriesAnchor.Tutor, string? Provider = null, OnClash OnClash = OnClash.Refuse);

/// <summary>A series as it would be.</summary>
/// <param name="Clashes">By lesson: why it cannot be had, or null.</param>
public sealed record SeriesPlan(
    Asking Asks, TutorAvailability Rules, WeeklyPattern Pattern, IReadOnlyList<Occurrence> Lessons, string?[] Clashes)
{
    public IReadOnlyList<SkippedDate> Skipped =>
        [.. Lessons.Zip(Clashes).Where(one => one.Second is not null).Select(one => new SkippedDate(one.First.Index, one.Second!))];

    /// <summary>The time zone of whoever does not hold the anchor.</summary>
    public string ViewerZone => Pattern.Zone == Asks.Tutor.TimeZone ? Asks.Student.TimeZone : Asks.Tutor.TimeZone;
}

/// <summary>Works out what a wished series would be: each lesson on both clocks, what changes of the clocks do to it, and what stands in its way.</summary>
public sealed class SeriesPlans(OfferedSlots offered, BookingDesk desk)
{
    public async Task<Answer<SeriesPlan>> Of(WantedSeries wanted, Caller caller, CancellationToken ct)
    {
        if ((await desk.WhoAsks(wanted.TutorId, wanted.StudentId, wanted.Provider, caller, ct)).Or(out var asks) is { } stranger)
            return stranger;
        if (Series.OutOfBounds(wanted.Count, wanted.IntervalWeeks) is { } outside)
            return outside;
        if (WantedTime.Read(wanted.StartLocal, wanted.TimeZone, wanted.DurationMinutes).Or(out var first) is { } unread)
            return unread;
        if (first.Unplannable(desk.Now) is { } unplannable)
            return unplannable;
        var (anchor, viewer) = wanted.Anchor is SeriesAnchor.Tutor ? (asks.Tutor, asks.Student) : (asks.Student, asks.Tutor);
        // What was said on another clock holds on the anchor's from now on.
        var local = first.Start.InZone(Zones.Known(anchor.TimeZone)).LocalDateTime;
        var pattern = new WeeklyPattern(0, local, anchor.TimeZone, wanted.IntervalWeeks, wanted.DurationMinutes);
        var lessons = pattern.Occurrences(0, wanted.Count, Zones.Known(viewer.TimeZone));
        var answer = await offered.Clashes(
            wanted.TutorId, asks.Tutor.PersonId, asks.Student.PersonId, [.. lessons.Select(pattern.PlannedTime)], bound: true, [], desk.Now, ct);
        return answer.Or(out var found) is { } notOffered ? notOffered
            : new SeriesPlan(asks, found.Rules, pattern, lessons, found.Clashes);
    }
}

using Muse.Adapters.Postgres;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Scheduling;

namespace Muse.Api.Bookings;

/// <summary>
/// <c>POST /v1/series/{id}/reschedule</c>: this lesson and the following, or all that are to come, get another time of the week, those that were moved by
/// themselves as well. As with a single lesson, the student's side picks among the tutor's open slots and the tutor may put them anywhere both are free.
/// </summary>
public static class RescheduleSeries
{
    private const int Tries = 5;

    /// <param name="StartLocal">Of the lesson <paramref name="From"/>, in <paramref name="TimeZone"/>, or RFC 9557.</param>
    /// <param name="From">The first lesson to move; the next one to come when left out.</param>
    /// <param name="DurationMinutes">As before when left out, as <paramref name="IntervalWeeks"/>.</param>
    /// <param name="OnClash"><c>skip</c>: a lesson that cannot move stays where it is.</param>
    /// <param name="Reason">At most 500 characters.</param>
    public sealed record Request(
        string StartLocal, string? TimeZone = null, int? From = null, int? DurationMinutes = null, int? IntervalWeeks = null, OnClash OnClash = OnClash.Refuse,
        string? Reason = null);

    internal static Request Example { get; } = new("2026-12-09T13:00:00", "Asia/Dubai", 3, Reason: "A new school timetable");

    internal static async Task<IResult> Handle(
        Guid id, Request request, Caller caller, HttpContext http, SeriesDesk desk, OfferedSlots offered, CancellationToken ct)
    {
        IReadOnlyList<SkippedDate> clashes = [];
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var answer = await desk.Change(http, id, caller, request.Reason, async on =>
                {
                    var (decision, found) = await Decide(on, request, desk, offered, ct);
                    clashes = found;
                    return decision;
                }, ct);
                return clashes.Count > 0 && request.OnClash is OnClash.Refuse ? RequestSeries.Clashing("Not all of these lessons can be moved.", clashes) : answer;
            }
            catch (Refused raced) when (raced.Refusal.Code is "tutor_not_free" or "student_not_free" && attempt < Tries)
            {
                // Somebody was first; the next look sees where.
            }
        }
    }

    private static async Task<(Decision Decision, IReadOnlyList<SkippedDate> Clashes)> Decide(
        SeriesOnDesk on, Request request, SeriesDesk desk, OfferedSlots offered, CancellationToken ct)
    {
        if (on.NeedsGuardian is { } refusal)
            return (refusal, []);
        var (now, series) = (desk.Now, on.Series);
        var coming = (await on.Bookings(Math.Max(0, request.From ?? 0), ct)).Where(one => !one.Booking.IsClosed() && !one.Booking.Time.HasStarted(now)).ToArray();
        var from = request.From ?? coming.FirstOrDefault()?.Booking.Series!.Index ?? series.Count - 1;
        var minutes = request.DurationMinutes ?? series.Pattern.DurationMinutes;
        if (WantedTime.Read(request.StartLocal, request.TimeZone, minutes).Or(out var first) is { } unread)
            return (unread, []);
        if (first.Unplannable(now) is { } unplannable)
            return (unplannable, []);
        var weeks = request.IntervalWeeks ?? series.Pattern.IntervalWeeks;
        if (Series.OutOfBounds(Math.Max(Series.ShortestSeries, series.Count - Math.Max(0, from)), weeks) is { } outside)
            return (outside, []);
        var to = new WeeklyPattern(from, first.Start.InZone(Zones.Known(series.Pattern.Zone)).LocalDateTime, series.Pattern.Zone, weeks, minutes);
        var tried = series.Move(on.Who, to, [], on.Why, now);
        if (tried.IsRefused || tried.ChangesNothing)
            return (tried, []);
        if (coming.Length == 0)
            return (new Refusal("lesson_over", "No lesson of the series is still to come."), []);

        var times = coming.Select(one => to.PlannedTime(to.Occurrences(one.Booking.Series!.Index, 1)[0])).ToArray();
        var answer = await offered.Clashes(
            series.TutorId, on.Tutor.PersonId, on.Student.PersonId, times, on.Who.IsStudentSide(), [.. coming.Select(one => one.Booking.Id)], now, ct);
        if (answer.Or(out var found) is { } notOffered)
            return (notOffered, []);
        var left = StayWhereTheyAre(coming, times, found.Clashes);
        if (left.Count > 0 && request.OnClash is OnClash.Refuse)
            return (Decision.Nothing, left);
        var stay = left.Select(one => one.Index).ToHashSet();
        var places = new List<Place>();
        foreach (var (one, time) in coming.Zip(times).Where(pair => !stay.Contains(pair.First.Booking.Series!.Index)))
        {
            var moved = await RescheduleBooking.Move(one, time, now, ct);
            if (moved.IsRefused)
                return (moved, []);
            if (moved.ChangesNothing)
                continue;
            var place = one.PlaceAt(time, ((BookingRescheduled)moved.Events[0]).ExpiresAt);
            places.Add(on.Who.IsStudentSide() ? place.ApartBy(found.Rules) : place);
        }
        var decision = series.Move(on.Who, to, left, on.Why, now);
        on.Stream.AppendMany(decision.Events);
        if (places.Count > 0)
            on.Session.Before((connection, token) => Agenda.TakeAll(connection, places, now, token));
        return (decision, left);
    }

    /// <summary>The lessons that cannot move: for their own clash, or because one that stays has the place.</summary>
    private static List<SkippedDate> StayWhereTheyAre(BookingOnDesk[] coming, PlannedTime[] times, string?[] clashes)
    {
        var why = (string?[])clashes.Clone();
        for (var settled = false; !settled;)
        {
            settled = true;
            for (var i = 0; i < coming.Length; i++)
            {
                if (why[i] is not null || !Array.Exists(coming, other => why[Array.IndexOf(coming, other)] is not null
                    && Slots.Overlap(other.Booking.Time.Start, other.Booking.Time.End(), times[i].Start, times[i].End())))
                    continue;
                (why[i], settled) = ("tutor_not_free", false);
            }
        }
        return [.. why.Select((code, i) => (code, i)).Where(one => one.code is not null).Select(one => new SkippedDate(coming[one.i].Booking.Series!.Index, one.code!))];
    }
}

using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Domain;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Bookings;

/// <summary>
/// <c>POST /v1/bookings/{id}/reschedule</c>: either side moves it. The student's side picks among the tutor's open slots; the tutor may put
/// it anywhere both are free, because the offered hours bind others, not the tutor.
/// </summary>
public static class RescheduleBooking
{
    /// <param name="DurationMinutes">As before when left out.</param>
    /// <param name="Reason">At most 500 characters.</param>
    public sealed record Request(string StartLocal, string? TimeZone = null, int? DurationMinutes = null, string? Reason = null);

    internal static Request Example { get; } = new("2026-12-08T12:00:00", "Asia/Dubai", null, "School trip");

    internal static async Task<IResult> Handle(
        Guid id, Request request, Caller caller, HttpContext http, BookingDesk desk, OfferedSlots offered, CancellationToken ct)
    {
        (BookingOnDesk On, PlannedTime To)? tried = null;
        try
        {
            return await desk.Change(http, id, caller, request.Reason, async on =>
            {
                if (on.NeedsGuardian is { } refusal)
                    return refusal;
                var now = desk.Now;
                var booking = on.Booking;
                if (WantedTime.Read(request.StartLocal, request.TimeZone, request.DurationMinutes ?? booking.Time.DurationMinutes)
                    .Or(out var to) is { } unread)
                    return unread;
                var decision = await Move(on, to, now, ct);
                if (decision.IsRefused || decision.ChangesNothing)
                    return decision;
                var place = on.PlaceAt(to, ((BookingRescheduled)decision.Events[0]).ExpiresAt);
                if (on.Who.IsStudentSide())
                {
                    if ((await offered.Find(booking.TutorId, on.Tutor.PersonId, on.Student.PersonId, to, id, now, ct)).Or(out var rules)
                        is { } notOffered)
                        return notOffered;
                    place = place.ApartBy(rules);
                }
                tried = (on, to);
                on.Session.Before((connection, token) => Agenda.Take(connection, place, now, token));
                return decision;
            }, ct);
        }
        catch (Refused refused) when (tried is { } failed)
        {
            var (on, to) = failed;
            return Problems.From(await offered.WithAlternatives(
                refused.Refusal, on.Booking.TutorId, on.Tutor.PersonId, on.Student.PersonId, to, id, desk.Now, ct));
        }
    }

    /// <summary>The booking, and its lesson with its meeting; what the agenda says is the caller's, and saving too.</summary>
    internal static async Task<Decision> Move(BookingOnDesk on, PlannedTime to, Instant now, CancellationToken ct)
    {
        var decision = on.Booking.Reschedule(on.Who, to, on.Why, now);
        if (decision.IsRefused || decision.ChangesNothing)
            return decision;
        on.Stream.AppendMany(decision.Events);
        if (on.Booking.LessonId is { } lessonId)
        {
            var stream = await on.Session.FetchForWriting<Lesson>(lessonId, ct);
            var lesson = stream.Aggregate!.Move(to, on.Who, on.Why, now);
            if (lesson.IsRefused)
                return lesson;
            stream.AppendMany(lesson.Events);
            // Of a lesson that was far ahead there is no meeting yet.
            var due = Meeting.DueFor(on.Booking.Time.Start, now) is null ? null : Meeting.DueFor(to.Start, now);
            on.Session.Schedule(MoveMeeting.ErrandKind, new MeetingErrand(lessonId), due);
        }
        return decision;
    }
}

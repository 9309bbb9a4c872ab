using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Domain;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;

namespace Muse.Api.Bookings;

/// <summary>
/// <c>POST /v1/bookings/{id}/confirm</c>: the tutor says yes. In one transaction the lesson's stream begins, the slot stops expiring, and
/// the errand that arranges the meeting is written.
/// </summary>
public static class ConfirmBooking
{
    internal static Task<IResult> Handle(
        Guid id, Caller caller, HttpContext http, BookingDesk desk, PublicAddress address, CancellationToken ct) =>
        desk.Change(http, id, caller, null, on =>
        {
            var decision = Agree(on, address, http, desk.Now);
            if (!decision.IsRefused && !decision.ChangesNothing)
                on.Session.Before((connection, token) => Agenda.Keep(connection, [id], (id, on.Stream.StartingVersion), on.Persons, token));
            return Task.FromResult(decision);
        }, ct);

    /// <summary>The booking, its lesson and the errand; what the agenda says is the caller's, and saving too.</summary>
    internal static Decision Agree(BookingOnDesk on, PublicAddress address, HttpContext http, Instant now)
    {
        var booking = on.Booking;
        var lessonId = Guid.CreateVersion7(now.ToDateTimeOffset());
        var decision = booking.Confirm(on.Who, lessonId, now);
        if (decision.IsRefused || decision.ChangesNothing)
            return decision;
        var lesson = Lesson.Schedule(
            null, lessonId, booking.Id, booking.TutorId, booking.StudentId, booking.Time, address.OfLesson(http, lessonId), booking.Provider, on.Who, now);
        if (lesson.IsRefused)
            return lesson;
        on.Stream.AppendMany(decision.Events);
        on.Session.StartStream<Lesson>(lessonId, [.. lesson.Events]);
        on.Session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(lessonId), lessonId, Meeting.DueFor(booking.Time.Start, now));
        return decision;
    }
}

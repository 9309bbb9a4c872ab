using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Domain.Lessons;

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
            var (booking, now) = (on.Booking, desk.Now);
            var lessonId = Guid.CreateVersion7(now.ToDateTimeOffset());
            var decision = booking.Confirm(on.Who, lessonId, now);
            if (decision.IsRefused || decision.ChangesNothing)
                return Task.FromResult(decision);
            var lesson = Lesson.Schedule(
                null, lessonId, id, booking.TutorId, booking.StudentId, booking.Time, address.OfLesson(http, lessonId), booking.Provider,
                on.Who, now);
            if (lesson.IsRefused)
                return Task.FromResult(lesson);
            on.Stream.AppendMany(decision.Events);
            on.Session.StartStream<Lesson>(lessonId, [.. lesson.Events]);
            on.Session.Schedule(ArrangeMeeting.ErrandKind, new MeetingErrand(lessonId), lessonId);
            on.Session.Before((connection, token) => Agenda.Keep(connection, id, on.Stream.StartingVersion, on.Persons, token));
            return Task.FromResult(decision);
        }, ct);
}

using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Domain.Lessons;

namespace Muse.Api.Bookings;

/// <summary><c>POST /v1/bookings/{id}/cancel</c>: either side calls it off; a confirmed one takes its lesson and meeting along.</summary>
public static class CancelBooking
{
    internal static Task<IResult> Handle(
        Guid id, WithReason? body, Caller caller, HttpContext http, BookingDesk desk, CancellationToken ct) =>
        desk.Change(http, id, caller, body?.Reason, async on =>
        {
            if (on.NeedsGuardian is { } refusal)
                return refusal;
            var now = desk.Now;
            var decision = on.Booking.Cancel(on.Who, on.Why, now);
            if (decision.IsRefused || decision.ChangesNothing)
                return decision;
            on.Stream.AppendMany(decision.Events);
            on.Session.Before((connection, token) => Agenda.Free(connection, id, on.Persons, token));
            if (on.Booking.LessonId is { } lessonId)
            {
                var stream = await on.Session.FetchForWriting<Lesson>(lessonId, ct);
                var lesson = stream.Aggregate!.Cancel(on.Who, on.Why, now);
                if (lesson.IsRefused)
                    return lesson;
                stream.AppendMany(lesson.Events);
                on.Session.Schedule(WithdrawMeeting.ErrandKind, new MeetingErrand(lessonId));
            }
            return decision;
        }, ct);
}

using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Domain;
using Muse.Domain.Lessons;
using NodaTime;

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
            return await CallOff(on, desk.Now, ct);
        }, ct);

    /// <summary>The booking, its places in the agendas, its lesson and the meeting; saved by who asks.</summary>
    internal static async Task<Decision> CallOff(BookingOnDesk on, Instant now, CancellationToken ct)
    {
        var decision = on.Booking.Cancel(on.Who, on.Why, now);
        if (decision.IsRefused || decision.ChangesNothing)
            return decision;
        on.Stream.AppendMany(decision.Events);
        on.Session.Before((connection, token) => Agenda.Free(connection, [on.Booking.Id], on.Persons, token));
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
    }
}

using Muse.Api.Identity;

namespace Muse.Api.Bookings;

/// <summary>The body of decline and cancel; it may be left out.</summary>
/// <param name="Reason">In the person's own words, at most 500 characters; both people read it.</param>
public sealed record WithReason(string? Reason = null);

/// <summary><c>POST /v1/bookings/{id}/decline</c>: the tutor says no, and the slot is free again.</summary>
public static class DeclineBooking
{
    internal static Task<IResult> Handle(
        Guid id, WithReason? body, Caller caller, HttpContext http, BookingDesk desk, CancellationToken ct) =>
        desk.Change(http, id, caller, body?.Reason, on =>
        {
            var decision = on.Booking.Decline(on.Who, on.Why, desk.Now);
            if (!decision.IsRefused && !decision.ChangesNothing)
            {
                on.Stream.AppendMany(decision.Events);
                on.Session.Before((connection, token) => Agenda.Free(connection, [id], on.Persons, token));
            }
            return Task.FromResult(decision);
        }, ct);
}

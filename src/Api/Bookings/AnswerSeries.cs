using Muse.Api.Identity;

namespace Muse.Api.Bookings;

/// <summary>
/// <c>POST /v1/series/{id}/confirm</c> and <c>…/decline</c>: the tutor answers whatever of the series still waits; a lesson that was answered or called off
/// by itself stays as it is.
/// </summary>
public static class AnswerSeries
{
    internal static Task<IResult> Confirm(
        Guid id, Caller caller, HttpContext http, SeriesDesk desk, PublicAddress address, CancellationToken ct) =>
        desk.Change(http, id, caller, null, async on =>
        {
            var now = desk.Now;
            var decision = on.Series.Confirm(on.Who, now);
            if (decision.IsRefused || decision.ChangesNothing)
                return decision;
            on.Stream.AppendMany(decision.Events);
            var kept = new List<Guid>();
            foreach (var one in await on.Bookings(0, ct))
            {
                if (!one.Booking.IsWaiting())
                    continue;
                var confirmed = ConfirmBooking.Agree(one, address, http, now);
                if (confirmed.IsRefused)
                    return confirmed;
                kept.Add(one.Booking.Id);
            }
            on.Session.Before((connection, token) => Agenda.Keep(connection, kept, (id, on.Stream.StartingVersion), on.Persons, token));
            return decision;
        }, ct);

    internal static Task<IResult> Decline(Guid id, WithReason? body, Caller caller, HttpContext http, SeriesDesk desk, CancellationToken ct) =>
        desk.Change(http, id, caller, body?.Reason, async on =>
        {
            var now = desk.Now;
            var decision = on.Series.Decline(on.Who, on.Why, now);
            if (decision.IsRefused || decision.ChangesNothing)
                return decision;
            on.Stream.AppendMany(decision.Events);
            var freed = new List<Guid>();
            foreach (var one in await on.Bookings(0, ct))
            {
                if (!one.Booking.IsWaiting())
                    continue;
                var declined = one.Booking.Decline(on.Who, on.Why, now);
                if (declined.IsRefused)
                    return declined;
                one.Stream.AppendMany(declined.Events);
                freed.Add(one.Booking.Id);
            }
            on.Session.Before((connection, token) => Agenda.Free(connection, freed, on.Persons, token));
            return decision;
        }, ct);
}

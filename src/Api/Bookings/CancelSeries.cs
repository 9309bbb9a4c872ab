using Muse.Api.Identity;

namespace Muse.Api.Bookings;

/// <summary><c>POST /v1/series/{id}/cancel</c>: this lesson and the following, or all that are to come; what was held or has begun stays.</summary>
public static class CancelSeries
{
    /// <param name="From">The first lesson to call off; all that are to come when left out.</param>
    /// <param name="Reason">In the person's own words, at most 500 characters; both people read it.</param>
    public sealed record Request(int From = 0, string? Reason = null);

    internal static Request Example { get; } = new(12, "We move house.");

    internal static Task<IResult> Handle(Guid id, Request? body, Caller caller, HttpContext http, SeriesDesk desk, CancellationToken ct) =>
        desk.Change(http, id, caller, body?.Reason, async on =>
        {
            if (on.NeedsGuardian is { } refusal)
                return refusal;
            var (now, from) = (desk.Now, body?.From ?? 0);
            var decision = on.Series.Cancel(on.Who, from, on.Why, now);
            if (decision.IsRefused || decision.ChangesNothing)
                return decision;
            foreach (var one in await on.Bookings(from, ct))
            {
                if (one.Booking.IsClosed() || one.Booking.Time.HasStarted(now))
                    continue;
                var cancelled = await CancelBooking.CallOff(one, now, ct);
                if (cancelled.IsRefused)
                    return cancelled;
            }
            on.Stream.AppendMany(decision.Events);
            return decision;
        }, ct);
}

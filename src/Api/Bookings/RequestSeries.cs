using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain.Bookings;

namespace Muse.Api.Bookings;

/// <summary>
/// <c>POST /v1/series</c>: the request takes every slot of a weekly lesson at once, until the tutor answers or its time runs out. Each lesson is a booking
/// of its own. <c>POST /v1/series/preview</c> says what it would be and writes nothing.
/// </summary>
public static class RequestSeries
{
    private const int Tries = 5;

    internal static WantedSeries Example { get; } = new(
        RequestBooking.Example.TutorId, RequestBooking.Example.StudentId, "2026-12-07T12:00:00", 50, 52, "Asia/Dubai");

    internal static async Task<IResult> Preview(WantedSeries wanted, Caller caller, SeriesPlans plans, CancellationToken ct) =>
        (await plans.Of(wanted, caller, ct)).Or(out var plan) is { } refusal ? Problems.From(refusal) : TypedResults.Ok(SeriesOutlook.Of(plan));

    internal static async Task<IResult> Handle(
        WantedSeries wanted, Caller caller, HttpContext http, SeriesPlans plans, BookingDesk desk, SeriesReader reader, EventStore store, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            if ((await plans.Of(wanted, caller, ct)).Or(out var plan) is { } refusal)
                return Problems.From(refusal);
            if (plan.Skipped.Count > 0 && wanted.OnClash is OnClash.Refuse)
                return Clashing("Not all of these lessons can be had.", plan.Skipped);
            var now = desk.Now;
            var id = Guid.CreateVersion7(now.ToDateTimeOffset());
            var taken = plan.Lessons.Where((_, i) => plan.Clashes[i] is null)
                .Select(one => (Lesson: one, Booking: new SeriesBooking(one.Index, Guid.CreateVersion7(now.ToDateTimeOffset())), Time: plan.Pattern.PlannedTime(one)))
                .ToArray();
            var expires = taken is [var first, ..] ? Booking.ExpiryOf(first.Time, now) : now;
            var decision = Series.Request(
                id, wanted.TutorId, wanted.StudentId, wanted.Anchor, plan.Pattern, wanted.Count, [.. taken.Select(one => one.Booking)], plan.Skipped, expires,
                wanted.Provider, plan.Asks.Who, now);
            if (decision.IsRefused)
                return decision.Refusal.Code == "series_clashes" ? Clashing(decision.Refusal.Detail, plan.Skipped) : Problems.From(decision.Refusal);
            await using var session = store.OpenSession(caller.As(plan.Asks.Role));
            session.StartStream<Series>(id, [.. decision.Events]);
            var places = new List<Place>();
            foreach (var (lesson, booking, time) in taken)
            {
                var request = Booking.Request(
                    null, booking.BookingId, wanted.TutorId, wanted.StudentId, time, wanted.Provider, plan.Asks.Who, now,
                    (new PlaceInSeries(id, lesson.Index), expires));
                if (request.IsRefused)
                    return Problems.From(request.Refusal);
                session.StartStream<Booking>(booking.BookingId, [.. request.Events]);
                places.Add(new Place(booking.BookingId, plan.Asks.Tutor.PersonId, plan.Asks.Student.PersonId, time.Start, time.End(), expires) { SeriesId = id }
                    .ApartBy(plan.Rules));
            }
            session.Before((connection, token) => Agenda.TakeAll(connection, places, now, token));
            try
            {
                await session.SaveChangesAsync(ct);
            }
            catch (Refused raced) when (raced.Refusal.Code is "tutor_not_free" or "student_not_free" && attempt < Tries)
            {
                // Somebody was first; the next look sees where.
                continue;
            }
            var view = await reader.Find(id, ct) ?? throw new InvalidOperationException($"Series {id} has no row.");
            ETags.Put(http, view.Version);
            return TypedResults.Created($"/v1/series/{id}", view);
        }
    }

    /// <summary>409 with the lessons that cannot be had.</summary>
    internal static IResult Clashing(string detail, IReadOnlyList<SkippedDate> clashes) => Problems.Of(
        StatusCodes.Status409Conflict, "series_clashes", detail, new Dictionary<string, object?> { ["clashes"] = clashes });
}

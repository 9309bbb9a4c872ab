using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;

namespace Muse.Api.Bookings;

/// <summary><c>POST /v1/bookings</c>: the request takes the slot at once, until the tutor answers or its time runs out.</summary>
public static class RequestBooking
{
    /// <param name="StartLocal">Local time in <paramref name="TimeZone"/>, or RFC 9557 with the zone inside.</param>
    /// <param name="DurationMinutes">One of the lengths that the tutor offers.</param>
    /// <param name="Provider">A wish, such as <c>built-in</c>.</param>
    public sealed record Request(
        Guid TutorId, Guid StudentId, string StartLocal, int DurationMinutes, string? TimeZone = null, string? Provider = null);

    internal static Request Example { get; } = new(
        Guid.Parse("01990000-0000-7000-8000-00000000000b"), Guid.Parse("01990000-0000-7000-8000-00000000000c"), "2026-12-07T12:00:00", 50,
        "Asia/Dubai");

    internal static async Task<IResult> Handle(
        Request request, Caller caller, HttpContext http, BookingDesk desk, OfferedSlots offered, EventStore store, CancellationToken ct)
    {
        var now = desk.Now;
        if ((await desk.WhoAsks(request.TutorId, request.StudentId, request.Provider, caller, ct)).Or(out var asks) is { } stranger)
            return Problems.From(stranger);
        var (who, role, tutor, student) = asks;
        if (WantedTime.Read(request.StartLocal, request.TimeZone, request.DurationMinutes).Or(out var time) is { } unread)
            return Problems.From(unread);

        var id = Guid.CreateVersion7(now.ToDateTimeOffset());
        var decision = Booking.Request(null, id, request.TutorId, request.StudentId, time, request.Provider, who, now);
        if (decision.IsRefused)
            return Problems.From(decision.Refusal);
        if ((await offered.Find(request.TutorId, tutor.PersonId, student.PersonId, time, null, now, ct)).Or(out var rules) is { } notOffered)
            return Problems.From(notOffered);
        await using var session = store.OpenSession(caller.As(role));
        session.StartStream<Booking>(id, [.. decision.Events]);
        var place = new Place(id, tutor.PersonId, student.PersonId, time.Start, time.End(), Booking.ExpiryOf(time, now)).ApartBy(rules);
        session.Before((connection, token) => Agenda.Take(connection, place, now, token));
        try
        {
            await session.SaveChangesAsync(ct);
        }
        catch (Refused refused)
        {
            return Problems.From(await offered.WithAlternatives(refused.Refusal, request.TutorId, tutor.PersonId, student.PersonId, time, null, now, ct));
        }
        var view = BookingView.Of(Booking.Create((BookingRequested)decision.Events[0]), 1, tutor, student);
        ETags.Put(http, view.Version);
        return TypedResults.Created($"/v1/bookings/{id}", view);
    }
}

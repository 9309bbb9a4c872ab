using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Domain;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.People;
using NodaTime;

namespace Muse.Api.Bookings;

/// <summary>A series on the desk: what it is, what the caller is to it, and the two people.</summary>
public sealed record SeriesOnDesk(
    EventSession Session, IEventStream<Series> Stream, Who Who, Person Tutor, Person Student, SealedText? Why = null) : IAsyncDisposable
{
    public Series Series => Stream.Aggregate!;

    /// <summary>Set when a child's device asks: what it may not do is its guardian's.</summary>
    public Refusal? NeedsGuardian { get; init; }

    public Guid[] Persons => [Tutor.PersonId, Student.PersonId];

    /// <summary>The bookings of its lessons from this one on, those that were called off with it left out, in their order; read by one question.</summary>
    public async Task<IReadOnlyList<BookingOnDesk>> Bookings(int from, CancellationToken ct)
    {
        SeriesBooking[] wanted = [.. Series.From(from)];
        var streams = await Session.FetchForWriting<Booking>([.. wanted.Select(one => one.BookingId)], ct);
        return [.. wanted.Select(one => new BookingOnDesk(Session, streams[one.BookingId], Who, Tutor, Student, Why))];
    }

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}

/// <summary>What the four verbs of a series share, as <see cref="BookingDesk"/> for those of a booking.</summary>
public sealed class SeriesDesk(EventStore store, People people, SeriesReader reader, BookingDesk desk)
{
    private const int Tries = 5;

    public Instant Now => desk.Now;

    /// <summary>
    /// Runs a verb: lay the series out, decide, save, show it. When a booking or a lesson of it moved meanwhile it is decided again: the caller's ETag is
    /// still good.
    /// </summary>
    public async Task<IResult> Change(
        HttpContext http, Guid id, Caller caller, string? reason, Func<SeriesOnDesk, Task<Decision>> decide, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var on = await LayOut(id, caller, ct);
            if (on is null)
                return Problems.NotFound();
            if (on.Stream.StartingVersion != IfMatch.Required(http))
                return IfMatch.Stale();
            if (Booking.TooLong(reason) is { } tooLong)
                return Problems.From(tooLong);
            try
            {
                var decision = await decide(on with { Why = await desk.Seal(reason, on.Student, ct) });
                if (decision.IsRefused)
                    return Problems.From(decision.Refusal);
                await on.Session.SaveChangesAsync(ct);
            }
            catch (StaleVersion stale) when (stale.StreamId != id && attempt < Tries)
            {
                continue;
            }
            return await Show(http, id, ct);
        }
    }

    /// <summary>The series as the database has it now, with its ETag.</summary>
    public async Task<IResult> Show(HttpContext http, Guid id, CancellationToken ct)
    {
        var view = await reader.Find(id, ct) ?? throw new InvalidOperationException($"Series {id} has no row.");
        ETags.Put(http, view.Version);
        return TypedResults.Ok(view);
    }

    private async Task<SeriesOnDesk?> LayOut(Guid id, Caller caller, CancellationToken ct)
    {
        var session = store.OpenSession(caller.As(null));
        var stream = await session.FetchForWriting<Series>(id, ct);
        if (stream.Aggregate is not { } series || BookingDesk.WhoIs(caller, series.TutorId, series.StudentId) is not { } who)
        {
            await session.DisposeAsync();
            return null;
        }
        var both = await people.ByRole([series.TutorId, series.StudentId], ct);
        if (!both.TryGetValue(series.TutorId, out var tutor) || !both.TryGetValue(series.StudentId, out var student))
        {
            // Somebody was forgotten.
            await session.DisposeAsync();
            return null;
        }
        return new SeriesOnDesk(session, stream, who, tutor, student) { NeedsGuardian = caller.NeedsGuardianFor(series.StudentId) };
    }
}

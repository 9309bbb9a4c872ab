using Muse.Adapters.Postgres;
using Muse.Api.Http;
using Muse.Api.Identity;
using Muse.Api.Meetings;
using Muse.Domain;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.People;
using Muse.Domain.Scheduling;
using NodaTime;

namespace Muse.Api.Bookings;

/// <summary>A booking on the desk: what it is, what the caller is to it, and the two people.</summary>
public sealed record BookingOnDesk(
    EventSession Session, IEventStream<Booking> Stream, Who Who, Person Tutor, Person Student, SealedText? Why = null) : IAsyncDisposable
{
    public Booking Booking => Stream.Aggregate!;

    /// <summary>Set when a child's device asks: what it may not do is its guardian's.</summary>
    public Refusal? NeedsGuardian { get; init; }

    public Guid[] Persons => [Tutor.PersonId, Student.PersonId];

    public Place PlaceAt(PlannedTime time, Instant? expiresAt) =>
        new(Booking.Id, Tutor.PersonId, Student.PersonId, time.Start, time.End(), expiresAt) { SeriesId = Booking.Series?.SeriesId };

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}

/// <summary>Somebody asks a tutor for lessons of a student.</summary>
public sealed record Asking(Who Who, string Role, Person Tutor, Person Student);

/// <summary>What the four verbs of a booking share: finding it, knowing who asks, keeping to the version that was seen.</summary>
public sealed class BookingDesk(EventStore store, People people, BookingReader reader, MeetingProviders providers, IPersonKeys keys, TimeProvider time)
{
    private const int Tries = 5;

    public Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    /// <summary>
    /// Runs a verb: lay the booking out, decide, save, show it. Who asks is looked at first (404), then the version (428, 412), then the
    /// words, which are sealed last. When only a neighbour's stream moved (somebody entered the lesson's room meanwhile) it is decided again:
    /// the caller's ETag is still good.
    /// </summary>
    public async Task<IResult> Change(
        HttpContext http, Guid id, Caller caller, string? reason, Func<BookingOnDesk, Task<Decision>> decide, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using var desk = await LayOut(id, caller, ct);
            if (desk is null)
                return Problems.NotFound();
            if (desk.Stream.StartingVersion != IfMatch.Required(http))
                return IfMatch.Stale();
            if (Booking.TooLong(reason) is { } tooLong)
                return Problems.From(tooLong);
            try
            {
                var decision = await decide(desk with { Why = await Seal(reason, desk.Student, ct) });
                if (decision.IsRefused)
                    return Problems.From(decision.Refusal);
                await desk.Session.SaveChangesAsync(ct);
            }
            catch (StaleVersion stale) when (stale.StreamId != id && attempt < Tries)
            {
                continue;
            }
            return await Show(http, id, ct);
        }
    }

    /// <summary>The booking as the database has it now, with its ETag.</summary>
    public async Task<IResult> Show(HttpContext http, Guid id, CancellationToken ct)
    {
        var view = await reader.Find(id, ct) ?? throw new InvalidOperationException($"Booking {id} has no row.");
        ETags.Put(http, view.Version);
        return TypedResults.Ok(view);
    }

    /// <summary>
    /// Whether the caller may ask this tutor for lessons of this student. Refusals: <c>not_found</c>, <c>guardian_needed</c>, <c>own_lesson</c>,
    /// <c>unknown_provider</c>.
    /// </summary>
    public async Task<Answer<Asking>> WhoAsks(Guid tutorId, Guid studentId, string? provider, Caller caller, CancellationToken ct)
    {
        if (caller.RoleTowards(studentId) is not { } role)
            return Refusal.NotFound("There is no such student, or it is not yours to book for.");
        if (!caller.Reaches(tutorId))
            return Refusal.NotFound("There is no such tutor.");
        if (caller.NeedsGuardianFor(studentId) is { } needsGuardian)
            return needsGuardian;
        var both = await people.ByRole([tutorId, studentId], ct);
        if (!both.TryGetValue(tutorId, out var tutor) || !both.TryGetValue(studentId, out var student))
            return Refusal.NotFound("There is no such tutor.");
        if (tutor.PersonId == student.PersonId)
            return new Refusal("own_lesson", "Nobody takes lessons from themselves.") { Pointer = "/tutorId" };
        if (provider is not null && !providers.Knows(provider))
            return Refusal.Invalid("unknown_provider", "There is no such meeting provider.", "/provider");
        var part = role switch { Role.Student => Part.Student, Role.Guardian => Part.Guardian, _ => Part.Integrator };
        return new Asking(new Who(caller.PersonId, part), role, tutor, student);
    }

    /// <summary>What the caller is to a booking of these two, or null for a stranger.</summary>
    public static Who? WhoIs(Caller caller, Guid tutorId, Guid studentId)
    {
        if (caller.IsTutor(tutorId))
            return new Who(caller.PersonId, Part.Tutor);
        return caller.RoleTowards(studentId) switch
        {
            Role.Student => new Who(caller.PersonId, Part.Student),
            Role.Guardian => new Who(caller.PersonId, Part.Guardian),
            Role.Integrator when caller.MayActForTutor(tutorId) => new Who(caller.PersonId, Part.Integrator),
            _ => caller.IsAdmin ? new Who(caller.PersonId, Part.Admin) : null,
        };
    }

    public async Task<BookingOnDesk?> LayOut(Guid id, Caller caller, CancellationToken ct)
    {
        var session = store.OpenSession(caller.As(null));
        var stream = await session.FetchForWriting<Booking>(id, ct);
        if (stream.Aggregate is not { } booking || WhoIs(caller, booking.TutorId, booking.StudentId) is not { } who)
        {
            await session.DisposeAsync();
            return null;
        }
        var both = await people.ByRole([booking.TutorId, booking.StudentId], ct);
        if (!both.TryGetValue(booking.TutorId, out var tutor) || !both.TryGetValue(booking.StudentId, out var student))
        {
            // Somebody was forgotten.
            await session.DisposeAsync();
            return null;
        }
        return new BookingOnDesk(session, stream, who, tutor, student)
        {
            NeedsGuardian = caller.NeedsGuardianFor(booking.StudentId),
        };
    }

    // With the student's key, whoever wrote it: why a lesson moves is nearly always about the student.
    internal async Task<SealedText?> Seal(string? reason, Person student, CancellationToken ct) =>
        string.IsNullOrWhiteSpace(reason) ? null : await keys.Seal(student.PersonId, reason, ct);
}

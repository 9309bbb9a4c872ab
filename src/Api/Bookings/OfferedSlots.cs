using Muse.Api.Availability;
using Muse.Domain;
using Muse.Domain.Availability;
using Muse.Domain.Lessons;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Bookings;

/// <summary>Whether a student may ask for a time: it must be one of the slots that the tutor offers and has not given away.</summary>
public sealed class OfferedSlots(TutorCalendar calendar, NpgsqlDataSource database)
{
    /// <summary>How many free slots a refusal names.</summary>
    private const int Named = 3;

    /// <summary>
    /// Null when it may be asked for; else <c>duration_not_offered</c>, <c>too_short_notice</c>, <c>beyond_horizon</c>,
    /// <c>slot_not_offered</c> or <c>tutor_not_free</c>. The agenda has the last word when two ask at once.
    /// </summary>
    /// <param name="moving">The booking that is about to move, whose own place does not stand in its way.</param>
    public async Task<Refusal?> Refuse(
        Guid tutorId, Guid tutorPerson, Guid studentId, PlannedTime time, Guid? moving, Instant now, CancellationToken ct)
    {
        if (await calendar.Of(tutorId, ct) is not { } availability)
            return new Refusal("slot_not_offered", "The tutor offers no lessons yet.");
        if (availability.Refuses(time.Start, time.DurationMinutes, now) is { } outside && outside.Code != "outside_availability")
            return outside;
        var around = Duration.FromDays(1);
        var busy = await Agenda.Busy(database, tutorPerson, time.Start - around, time.End() + around, now, moving, ct);
        if (Offers(availability, time, busy, now))
            return null;
        var refusal = Offers(availability, time, [], now)
            ? new Refusal("tutor_not_free", "The tutor has another lesson or request at that time.")
            : new Refusal("slot_not_offered", "That is not one of the tutor's open slots.") { Pointer = "/startLocal" };
        return await WithAlternatives(refusal, tutorId, studentId, time, ct);
    }

    /// <summary>The refusal with the next free slots that both people can take.</summary>
    public async Task<Refusal> WithAlternatives(Refusal refusal, Guid tutorId, Guid studentId, PlannedTime time, CancellationToken ct) =>
        refusal with { Alternatives = await calendar.NextFree(tutorId, studentId, time.Start, time.DurationMinutes, Named, ct: ct) };

    private static bool Offers(TutorAvailability availability, PlannedTime time, IReadOnlyList<BusyTime> busy, Instant now)
    {
        var date = time.Start.InUtc().Date;
        foreach (var slot in Slots.Compute(availability.Ask(DateTimeZone.Utc, date, date, time.DurationMinutes, busy, [], now)))
        {
            if (slot.Start == time.Start)
                return true;
        }
        return false;
    }
}

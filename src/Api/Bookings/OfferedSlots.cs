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
    /// The tutor's rules when it may be asked for; else <c>duration_not_offered</c>, <c>too_short_notice</c>, <c>beyond_horizon</c>,
    /// <c>slot_not_offered</c> or <c>tutor_not_free</c>. The agenda has the last word when two ask at once.
    /// </summary>
    /// <param name="moving">The booking that is about to move, whose own place does not stand in its way.</param>
    public async Task<Answer<TutorAvailability>> Find(
        Guid tutorId, Guid tutor, Guid student, PlannedTime time, Guid? moving, Instant now, CancellationToken ct)
    {
        if (await calendar.Of(tutorId, ct) is not { } availability)
            return new Refusal("slot_not_offered", "The tutor offers no lessons yet.");
        if (availability.Refuses(time.Start, time.DurationMinutes, now) is { } outside && outside.Code != "outside_availability")
            return outside;
        var around = Duration.FromDays(1);
        var busy = await Agenda.Busy(database, tutor, time.Start - around, time.End() + around, now, Moving(moving), ct);
        if (Offers(availability, time, busy, now))
            return availability;
        var refusal = Offers(availability, time, [], now)
            ? new Refusal("tutor_not_free", "The tutor has another lesson or request at that time.")
            : new Refusal("slot_not_offered", "That is not one of the tutor's open slots.") { Pointer = "/startLocal" };
        return await WithAlternatives(refusal, availability, tutor, student, time, moving, now, ct);
    }

    /// <summary>The refusal with the next free slots that both people can take.</summary>
    public async Task<Refusal> WithAlternatives(
        Refusal refusal, Guid tutorId, Guid tutor, Guid student, PlannedTime time, Guid? moving, Instant now, CancellationToken ct) =>
        await calendar.Of(tutorId, ct) is { } availability
            ? await WithAlternatives(refusal, availability, tutor, student, time, moving, now, ct)
            : refusal;

    private async Task<Refusal> WithAlternatives(
        Refusal refusal, TutorAvailability availability, Guid tutor, Guid student, PlannedTime time, Guid? moving, Instant now, CancellationToken ct)
    {
        if (!availability.Offers(time.DurationMinutes))
            return refusal;
        var until = time.Start + Duration.FromDays(Slots.MostDays - 1);
        var busy = await Agenda.Busy(database, [tutor, student], time.Start - Duration.FromDays(1), until, now, Moving(moving), ct);
        var from = time.Start.InUtc().Date;
        var query = availability.Ask(DateTimeZone.Utc, from, from.PlusDays(Slots.MostDays - 1), time.DurationMinutes,
            busy.GetValueOrDefault(tutor, []), busy.GetValueOrDefault(student, []), now, Named);
        var free = Slots.Compute(query with { NotBefore = Instant.Max(time.Start, availability.Earliest(now)) });
        return refusal with { Alternatives = [.. free.Select(slot => slot.Start)] };
    }

    /// <summary>
    /// The tutor's rules, and why each of these lessons of a series cannot be had, null where it can. Refusals: <c>duration_not_offered</c>, <c>too_short_notice</c>,
    /// <c>beyond_horizon</c>; of a single one <c>slot_not_offered</c>, <c>tutor_not_free</c>, <c>student_not_free</c>. How far ahead a tutor takes bookings counts for the first lesson only.
    /// </summary>
    /// <param name="bound">False for the tutor, whom the offered hours do not bind.</param>
    /// <param name="moving">Bookings that are about to move.</param>
    public async Task<Answer<(TutorAvailability Rules, string?[] Clashes)>> Clashes(
        Guid tutorId, Guid tutor, Guid student, IReadOnlyList<PlannedTime> times, bool bound, IReadOnlyCollection<Guid> moving, Instant now, CancellationToken ct)
    {
        if (await calendar.Of(tutorId, ct) is not { } availability)
            return new Refusal("slot_not_offered", "The tutor offers no lessons yet.");
        if (bound && availability.Refuses(times[0].Start, times[0].DurationMinutes, now) is { Code: "duration_not_offered" or "too_short_notice" or "beyond_horizon" } outside)
            return outside;
        var around = Duration.FromDays(1);
        var busy = await Agenda.Busy(database, [tutor, student], times[0].Start - around, times[^1].End() + around, now, moving, ct);
        var (tutorBusy, studentBusy) = (busy.GetValueOrDefault(tutor, []), busy.GetValueOrDefault(student, []));
        return (availability, times.Select(time =>
            bound && !Offers(availability, time, [], now) ? "slot_not_offered"
            : !(bound ? Offers(availability, time, tutorBusy, now) : IsFree(tutorBusy, time)) ? "tutor_not_free"
            : IsFree(studentBusy, time) ? null : "student_not_free").ToArray());
    }

    private static bool IsFree(IReadOnlyList<BusyTime> busy, PlannedTime time) => !busy.Any(taken => Slots.Overlap(taken.Start, taken.End, time.Start, time.End()));

    private static Guid[] Moving(Guid? booking) => booking is { } id ? [id] : [];

    private static bool Offers(TutorAvailability availability, PlannedTime time, IReadOnlyList<BusyTime> busy, Instant now)
    {
        var date = time.Start.InUtc().Date;
        foreach (var slot in Slots.Compute(availability.Ask(DateTimeZone.Utc, date, date, time.DurationMinutes, busy, [], now) with { NotAfter = time.Start }))
        {
            if (slot.Start == time.Start)
                return true;
        }
        return false;
    }
}

using Muse.Adapters.Postgres;
using Muse.Api.Bookings;
using Muse.Domain;
using Muse.Domain.Availability;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Availability;

/// <summary>A tutor's rules together with what is already in the agendas: the answer to "when is there room?".</summary>
public sealed class TutorCalendar(NpgsqlDataSource database, TimeProvider time)
{
    // A busy time matters as far as a buffer reaches beyond the dates asked for, and a date as far as zones are apart.
    private static readonly Duration Around = Duration.FromDays(3);

    /// <summary>The rules in force, or null when the tutor has set none (or there is no such tutor).</summary>
    public async Task<TutorAvailability?> Of(Guid tutorId, CancellationToken ct = default)
    {
        await using var command = database.Command("select rules from availabilities where tutor_id = $1", tutorId);
        return await command.ExecuteScalarAsync(ct) is string rules ? TutorAvailability.Create(EventJson.Read<AvailabilitySet>(rules)) : null;
    }

    /// <summary>
    /// Free slots on the viewer's dates, both included. With <paramref name="studentId"/>, times that the student has something else are left out.
    /// Refusals: <c>not_found</c>, <c>duration_not_offered</c>, <c>too_many_slots</c>.
    /// </summary>
    /// <param name="durationMinutes">The tutor's shortest when null.</param>
    /// <param name="except">A booking that is about to move, so that its own time counts as free.</param>
    public async Task<Answer<List<Slot>>> Free(Guid tutorId, Guid? studentId, DateTimeZone viewer, LocalDate from, LocalDate to,
        int? durationMinutes, Guid? except = null, CancellationToken ct = default)
    {
        if (await PersonOf(tutorId, "tutor", ct) is not { } tutor)
            return Refusal.NotFound();
        Guid? student = null;
        if (studentId is { } id && (student = await PersonOf(id, "student", ct)) is null)
            return Refusal.NotFound();
        if (await Of(tutorId, ct) is not { } availability)
            return new List<Slot>();
        var duration = durationMinutes ?? availability.Rules.DurationsMinutes[0];
        if (!availability.Offers(duration))
            return Refusal.Invalid("duration_not_offered",
                $"This tutor's lessons take {string.Join(", ", availability.Rules.DurationsMinutes)} minutes.", "/durationMinutes");

        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
        Guid[] people = student is { } other && other != tutor ? [tutor, other] : [tutor];
        var busy = await Agenda.Busy(database, people, from.AtMidnight().InUtc().ToInstant() - Around,
            to.AtMidnight().InUtc().ToInstant() + Around, now, except is { } moving ? [moving] : [], ct);
        var slots = Slots.Compute(availability.Ask(viewer, from, to, duration, busy.GetValueOrDefault(tutor) ?? [],
            student is { } person ? busy.GetValueOrDefault(person) ?? [] : [], now, SlotRules.MostSlots + 1));
        return slots.Count <= SlotRules.MostSlots ? slots : SlotRules.TooManySlots();
    }

    private async Task<Guid?> PersonOf(Guid roleId, string kind, CancellationToken ct)
    {
        await using var command = database.Command("select person_id from person_roles where role_id = $1 and kind = $2", roleId, kind);
        return await command.ExecuteScalarAsync(ct) as Guid?;
    }
}

using Muse.Adapters.Postgres;
using Muse.Api.Bookings;
using Muse.Api.Clock;
using Muse.Api.Meetings;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Lessons;

/// <summary>
/// Governments change their clocks. At the start, and daily, future lessons that were resolved with another version of the time zone
/// database are read again; those that move are moved in one transaction, with their meetings, and clashes are marked for people to solve.
/// </summary>
public sealed partial class RezoneLessons(
    EventStore store, NpgsqlDataSource database, TimeProvider time, ILogger<RezoneLessons> log)
    : ClockJob(TimeSpan.FromDays(1), time, log)
{
    private const int Tries = 10;

    protected override Task Round(CancellationToken ct) => RunOnce(ct);

    /// <summary>The lessons that were moved, with their clashes; empty when the rules leave everything where it is.</summary>
    public async Task<IReadOnlyList<MovedByRules>> RunOnce(CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var moved = await Rezone(Now, ct);
                foreach (var lesson in moved)
                    LogMoved(log, lesson.Lesson.LessonId, lesson.Lesson.Time.Start, lesson.To.Start, lesson.ClashesWith.Count);
                return moved;
            }
            catch (StaleVersion) when (attempt < Tries)
            {
            }
        }
    }

    private async Task<IReadOnlyList<MovedByRules>> Rezone(Instant now, CancellationToken ct)
    {
        var lessons = await OldLessons(now, ct);
        var taken = lessons.Count == 0 ? [] : await Taken(now, ct);
        var moved = Rezoning.Plan(lessons, taken);
        await using var session = store.OpenSession(Actor.Server("rezone_lessons"));
        foreach (var move in moved)
        {
            var lesson = await session.FetchForWriting<Lesson>(move.Lesson.LessonId, ct);
            var booking = await session.FetchForWriting<Booking>(move.Lesson.BookingId, ct);
            var rezoned = lesson.Aggregate!.Rezone(move.To, move.Clashes, now);
            if (rezoned.IsRefused || rezoned.ChangesNothing)
                continue;
            lesson.AppendMany(rezoned.Events);
            booking.AppendMany(booking.Aggregate!.Reschedule(Who.Clock, move.To, null, now).Events);
            session.Schedule(MoveMeeting.ErrandKind, new MeetingErrand(move.Lesson.LessonId));
        }
        if (moved.Count > 0)
        {
            var persons = taken.Where(t => moved.Any(m => m.Lesson.BookingId == t.BookingId)).Select(t => t.Person).Distinct().ToArray();
            session.Before((connection, token) => Agenda.MoveTogether(
                connection, [.. moved.Select(m => (m.Lesson.BookingId, m.To.Start, m.To.End(), m.Clashes))], persons, token));
        }
        session.After(async (connection, token) =>
        {
            await using var note = connection.Command("""
                insert into rezoned (time_zone_database, at) values ($1, $2)
                on conflict (only_row) do update set time_zone_database = excluded.time_zone_database, at = excluded.at
                """, Zones.DatabaseVersion, now);
            await note.ExecuteNonQueryAsync(token);
        });
        await session.SaveChangesAsync(ct);
        return moved;
    }

    private async Task<List<HeldLesson>> OldLessons(Instant now, CancellationToken ct)
    {
        await using var read = database.Command("""
            select id, booking_id, start_local, time_zone, time_zone_database, start_at, end_at from lessons
            where state = 'scheduled' and start_at > $1 and time_zone_database <> $2
            """, now, Zones.DatabaseVersion);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var lessons = new List<HeldLesson>();
        while (await rows.ReadAsync(ct))
        {
            var minutes = (int)(rows.Instant(6) - rows.Instant(5)).TotalMinutes;
            lessons.Add(new HeldLesson(rows.GetGuid(0), rows.GetGuid(1),
                new PlannedTime(rows.Local(2), rows.GetString(3), rows.GetString(4), rows.Instant(5), minutes)));
        }
        return lessons;
    }

    private async Task<List<TakenTime>> Taken(Instant now, CancellationToken ct)
    {
        await using var read = database.Command("""
            select booking_id, person, lower(during), upper(during) from agenda
            where upper(during) > $1 and (expires_at is null or expires_at > $1)
            """, now);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var taken = new List<TakenTime>();
        while (await rows.ReadAsync(ct))
            taken.Add(new TakenTime(rows.GetGuid(0), rows.GetGuid(1), new Interval(rows.Instant(2), rows.Instant(3))));
        return taken;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "New time zone rules move lesson {Lesson} from {From} to {To}; it clashes with {Clashes} others")]
    private static partial void LogMoved(ILogger log, Guid lesson, Instant from, Instant to, int clashes);
}

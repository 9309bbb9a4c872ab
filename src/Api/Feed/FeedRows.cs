using Muse.Adapters.Postgres;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Muse.Domain.Sandboxes;
using Npgsql;

namespace Muse.Api.Feed;

/// <summary>The table <c>public_events</c>: what integrators may hear of, in the log's order. By the runner and not inline: it appends in order what is
/// settled, so whoever reads on behind a position misses nothing.</summary>
public sealed class FeedRows(NpgsqlDataSource database) : IProjection
{
    public string Name => "public_events";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Async;

    public IReadOnlyCollection<string> EventTypes { get; } =
    [
        "booking_requested", "booking_confirmed", "booking_declined", "booking_rescheduled", "booking_cancelled", "booking_expired",
        "lesson_scheduled", "lesson_moved", "lesson_rezoned", "lesson_cancelled", "lesson_started", "lesson_ended",
        "recording_shelved", "recording_deleted", "room_recording_finalised", "room_recording_deleted", "availability_set", "sandbox_emptied",
    ];

    public IReadOnlyList<string> Tables { get; } = ["public_events", "public_subjects"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case BookingRequested b:
                Know(batch, b.BookingId, b.TutorId, b.StudentId);
                break;
            case LessonScheduled l:
                Know(batch, l.LessonId, l.TutorId, l.StudentId);
                break;
            case SandboxEmptied emptied:
                batch.Write("delete from public_events where tutor_id = any ($1)", emptied.People.Select(person => person.RoleId).ToArray());
                return;
        }
        if (PublicEvents.Of(e.Data) is not { } told) return;
        if (told.Data.TutorId is { } itself)
        {
            batch.Write("insert into public_events (position, id, type, at, tutor_id, data) values ($1, $2, $3, $4, $5, $6)",
                e.Sequence, e.Id, told.Type, e.RecordedAt(), itself, new Json(EventJson.Write(told.Data)));
            return;
        }
        batch.Write("""
            insert into public_events (position, id, type, at, tutor_id, data)
            select $1, $2, $3, $4, tutor_id, $5 || jsonb_build_object('tutorId', tutor_id, 'studentId', student_id) from public_subjects where id = $6
            """, e.Sequence, e.Id, told.Type, e.RecordedAt(), new Json(EventJson.Write(told.Data)), told.Subject);
    }

    /// <param name="after">A position; 0 is the beginning.</param>
    /// <param name="types">None: all.</param>
    public async Task<IReadOnlyList<PublicEvent>> Read((string Like, bool Is) world, long after, string[] types, int limit, CancellationToken ct)
    {
        await using var read = database.Command("""
            select position, id, type, at, data from public_events
             where position > $1 and (tutor_id::text like $2) = $3 and (cardinality($4::text[]) = 0 or type = any ($4)) order by position limit $5
            """, after, world.Like, world.Is, types, limit);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new List<PublicEvent>();
        while (await rows.ReadAsync(ct))
            found.Add(new(rows.GetGuid(1), rows.GetString(2), rows.Instant(3), EventJson.Read<PublicEventData>(rows.GetString(4)), rows.GetInt64(0)));
        return found;
    }

    /// <summary>The position of the newest; 0 when there is none.</summary>
    public async Task<long> Newest(CancellationToken ct)
    {
        await using var read = database.Command("select coalesce(max(position), 0) from public_events");
        return (long)(await read.ExecuteScalarAsync(ct))!;
    }

    private static void Know(NpgsqlBatch batch, Guid id, Guid tutorId, Guid studentId) =>
        batch.Write("insert into public_subjects (id, tutor_id, student_id) values ($1, $2, $3)", id, tutorId, studentId);
}

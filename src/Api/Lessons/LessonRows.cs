using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using Npgsql;

namespace Muse.Api.Lessons;

/// <summary>The table <c>lessons</c>, inline.</summary>
public sealed class LessonRows : IProjection
{
    public string Name => "lessons";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } =
    [
        "lesson_scheduled", "lesson_moved", "lesson_rezoned", "lesson_started", "lesson_ended", "lesson_cancelled", "participant_joined",
        "participant_left", "everyone_left",
    ];

    public IReadOnlyList<string> Tables { get; } = ["lessons"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case LessonScheduled s:
                batch.Write("""
                    insert into lessons (id, booking_id, tutor_id, student_id, state, start_at, end_at, start_local, time_zone, time_zone_database, link, version)
                    values ($1, $2, $3, $4, 'scheduled', $5, $6, $7, $8, $9, $10, $11)
                    """, s.LessonId, s.BookingId, s.TutorId, s.StudentId, s.Time.Start, s.Time.End(), s.Time.Local, s.Time.Zone,
                    s.Time.TimeZoneDatabase, s.Link, e.Version);
                break;
            case LessonMoved m:
                Move(batch, e.Version, m.LessonId, m.To, clashes: false);
                break;
            case LessonRezoned r:
                Move(batch, e.Version, r.LessonId, r.To, r.Clashes);
                break;
            case LessonStarted s:
                // A provider may tell of it after the end.
                batch.Write("update lessons set state = case state when 'scheduled' then 'started' else state end, version = $2 where id = $1",
                    s.LessonId, e.Version);
                break;
            case LessonEnded x:
                State(batch, e.Version, x.LessonId, "ended");
                break;
            case LessonCancelled c:
                State(batch, e.Version, c.LessonId, "cancelled");
                break;
            case ParticipantJoined or ParticipantLeft or EveryoneLeft:
                batch.Write("update lessons set version = $2 where id = $1", e.StreamId, e.Version);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to lessons.");
        }
    }

    private static void Move(NpgsqlBatch batch, long version, Guid id, PlannedTime to, bool clashes) => batch.Write("""
        update lessons set start_at = $2, end_at = $3, start_local = $4, time_zone = $5, time_zone_database = $6, clashes = $7, version = $8
        where id = $1
        """, id, to.Start, to.End(), to.Local, to.Zone, to.TimeZoneDatabase, clashes, version);

    private static void State(NpgsqlBatch batch, long version, Guid id, string state) =>
        batch.Write("update lessons set state = $2, version = $3 where id = $1", id, state, version);
}

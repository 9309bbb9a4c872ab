using Muse.Adapters.Postgres;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using Npgsql;

namespace Muse.Api.Bookings;

/// <summary>The table <c>bookings</c>, inline: whoever just booked sees it in the list.</summary>
public sealed class BookingRows : IProjection
{
    public string Name => "bookings";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } =
        ["booking_requested", "booking_confirmed", "booking_declined", "booking_cancelled", "booking_rescheduled", "booking_expired"];

    public IReadOnlyList<string> Tables { get; } = ["bookings"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case BookingRequested r:
                batch.Write("""
                    insert into bookings (id, tutor_id, student_id, state, start_at, end_at, duration_minutes, start_local, time_zone, expires_at, version,
                        series_id, series_index)
                    values ($1, $2, $3, 'requested', $4, $5, $6, $7, $8, $9, $10, $11::uuid, $12::int)
                    """, r.BookingId, r.TutorId, r.StudentId, r.Time.Start, r.Time.End(), r.Time.DurationMinutes, r.Time.Local, r.Time.Zone,
                    r.ExpiresAt, e.Version, r.Series?.SeriesId, r.Series?.Index);
                break;
            case BookingConfirmed c:
                batch.Write("update bookings set state = 'confirmed', expires_at = null, lesson_id = $2, version = $3 where id = $1",
                    c.BookingId, c.LessonId, e.Version);
                break;
            case BookingRescheduled r:
                Move(batch, e.Version, r.BookingId, r.To);
                batch.Write("update bookings set expires_at = $2 where id = $1", r.BookingId, r.ExpiresAt);
                break;
            case BookingDeclined d:
                Close(batch, e.Version, d.BookingId, "declined");
                break;
            case BookingCancelled c:
                Close(batch, e.Version, c.BookingId, "cancelled");
                break;
            case BookingExpired x:
                Close(batch, e.Version, x.BookingId, "expired");
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to bookings.");
        }
    }

    private static void Move(NpgsqlBatch batch, long version, Guid id, PlannedTime to) => batch.Write("""
        update bookings set start_at = $2, end_at = $3, duration_minutes = $4, start_local = $5, time_zone = $6, version = $7 where id = $1
        """, id, to.Start, to.End(), to.DurationMinutes, to.Local, to.Zone, version);

    private static void Close(NpgsqlBatch batch, long version, Guid id, string state) =>
        batch.Write("update bookings set state = $2, expires_at = null, version = $3 where id = $1", id, state, version);
}

using Muse.Adapters.Postgres;
using Muse.Domain.Bookings;
using Npgsql;

namespace Muse.Api.Bookings;

/// <summary>The table <c>series</c>, inline.</summary>
public sealed class SeriesRows : IProjection
{
    public string Name => "series";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } =
        ["series_requested", "series_confirmed", "series_declined", "series_cancelled", "series_moved", "series_expired"];

    public IReadOnlyList<string> Tables { get; } = ["series"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case SeriesRequested r:
                batch.Write("""
                    insert into series (id, tutor_id, student_id, state, anchor, time_zone, start_local, from_index, interval_weeks, duration_minutes, count,
                        ends_before, skipped, expires_at, made_at, version)
                    values ($1, $2, $3, 'requested', $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14)
                    """, r.SeriesId, r.TutorId, r.StudentId, r.Anchor is SeriesAnchor.Tutor ? "tutor" : "student", r.Pattern.Zone, r.Pattern.StartLocal,
                    r.Pattern.FromIndex, r.Pattern.IntervalWeeks, r.Pattern.DurationMinutes, r.Count, new Json(EventJson.Write(r.Skipped)), r.ExpiresAt, r.At,
                    e.Version);
                break;
            case SeriesConfirmed c:
                Become(batch, e.Version, c.SeriesId, "confirmed");
                break;
            case SeriesDeclined d:
                Become(batch, e.Version, d.SeriesId, "declined");
                break;
            case SeriesCancelled { FromIndex: 0 } c:
                Become(batch, e.Version, c.SeriesId, "cancelled");
                batch.Write("update series set ends_before = 0 where id = $1", c.SeriesId);
                break;
            case SeriesCancelled c:
                batch.Write("update series set ends_before = $2, version = $3 where id = $1", c.SeriesId, c.FromIndex, e.Version);
                break;
            case SeriesMoved m:
                batch.Write("update series set start_local = $2, from_index = $3, interval_weeks = $4, duration_minutes = $5, version = $6 where id = $1",
                    m.SeriesId, m.To.StartLocal, m.To.FromIndex, m.To.IntervalWeeks, m.To.DurationMinutes, e.Version);
                break;
            case SeriesExpired x:
                Become(batch, e.Version, x.SeriesId, "expired");
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to series.");
        }
    }

    private static void Become(NpgsqlBatch batch, long version, Guid id, string state) =>
        batch.Write("update series set state = $2, expires_at = null, version = $3 where id = $1", id, state, version);
}

using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>The tables <c>meetings</c> and <c>meeting_places</c>, inline. A lesson without a row is still being arranged.</summary>
public sealed class MeetingRows : IProjection
{
    public string Name => "meetings";

    public int Version => 4;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } =
    [
        "meeting_arranged", "meeting_moved", "meeting_verified", "meeting_lost", "meeting_tried_again", "meeting_withdrawn",
        "meeting_arrangement_failed", "no_provider_allowed",
    ];

    public IReadOnlyList<string> Tables { get; } = ["meetings", "meeting_places"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case MeetingArranged a:
                Put(batch, a.LessonId, "ready", a);
                batch.Write("""
                    insert into meeting_places (provider, reference, lesson_id) values ($1, $2, $3)
                    on conflict (provider, reference) do update set lesson_id = excluded.lesson_id
                    """, a.Provider, a.Reference, a.LessonId);
                break;
            case MeetingMoved m:
                batch.Write("update meetings set seen_at = $2 where lesson_id = $1", m.LessonId, m.At);
                break;
            case MeetingVerified v:
                batch.Write("update meetings set seen_at = $2 where lesson_id = $1", v.LessonId, v.At);
                break;
            case MeetingLost l:
                Put(batch, l.LessonId, "arranging", seenAt: l.At);
                break;
            case MeetingTriedAgain t:
                Put(batch, t.LessonId, "arranging");
                if (t.By is not null)
                    batch.Write("update meetings set failures = 0 where lesson_id = $1", t.LessonId);
                break;
            case MeetingArrangementFailed f:
                Put(batch, f.LessonId, f.Next is null ? "failed" : "arranging", seenAt: f.At);
                if (f.Next is null)
                    batch.Write("update meetings set failures = failures + 1 where lesson_id = $1", f.LessonId);
                break;
            case NoProviderAllowed n:
                Put(batch, n.LessonId, "no_provider_allowed");
                break;
            case MeetingWithdrawn w:
                Put(batch, w.LessonId, "withdrawn");
                batch.Write("update meetings set provider = $2 where lesson_id = $1", w.LessonId, w.Provider);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to meetings.");
        }
    }

    private static void Put(NpgsqlBatch batch, Guid lessonId, string state, MeetingArranged? at = null, Instant? seenAt = null) => batch.Write("""
        insert into meetings (lesson_id, state, provider, reference, join_url, seen_at) values ($1, $2, $3, $4, $5, $6)
        on conflict (lesson_id) do update set state = excluded.state, provider = excluded.provider, reference = excluded.reference,
            join_url = excluded.join_url, seen_at = excluded.seen_at,
            failures = case excluded.state when 'ready' then 0 else meetings.failures end
        """, lessonId, state, at?.Provider, at?.Reference, at?.JoinUrl, at?.At ?? seenAt);
}

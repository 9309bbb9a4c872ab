using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>The table <c>meetings</c>, inline. A lesson without a row is still being arranged.</summary>
public sealed class MeetingRows : IProjection
{
    public string Name => "meetings";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } =
        ["meeting_arranged", "meeting_withdrawn", "meeting_arrangement_failed", "no_provider_allowed"];

    public IReadOnlyList<string> Tables { get; } = ["meetings"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case MeetingArranged a:
                Put(batch, a.LessonId, a.Provider, "ready", a.JoinUrl);
                break;
            case MeetingArrangementFailed f:
                Put(batch, f.LessonId, null, "failed", null);
                break;
            case NoProviderAllowed n:
                Put(batch, n.LessonId, null, "no_provider_allowed", null);
                break;
            case MeetingWithdrawn w:
                Put(batch, w.LessonId, w.Provider, "withdrawn", null);
                break;
            default:
                throw new InvalidOperationException($"{e.EventTypeName} is not applied to meetings.");
        }
    }

    private static void Put(NpgsqlBatch batch, Guid lessonId, string? provider, string state, string? joinUrl) => batch.Write("""
        insert into meetings (lesson_id, provider, state, join_url) values ($1, $2, $3, $4)
        on conflict (lesson_id) do update set provider = excluded.provider, state = excluded.state, join_url = excluded.join_url
        """, lessonId, provider, state, joinUrl);
}

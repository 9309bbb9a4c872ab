using Muse.Adapters.Postgres;
using Muse.Domain.Preflights;
using Npgsql;

namespace Muse.Api.Preflights;

/// <summary>The table <c>preflights</c>, inline: whoever has just tested reads the result at once.</summary>
public sealed class PreflightRows : IProjection
{
    public string Name => "preflights";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["preflight_done"];

    public IReadOnlyList<string> Tables { get; } = ["preflights"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        if (e.Data is not PreflightDone done)
            throw new InvalidOperationException($"{e.EventTypeName} is not applied to preflights.");
        batch.Write("""
            insert into preflights (person_id, student_id, preflight_id, at) values ($1, $2, $3, $4)
            on conflict (person_id) do update
                set student_id = coalesce(excluded.student_id, preflights.student_id), preflight_id = excluded.preflight_id, at = excluded.at
                where preflights.at <= excluded.at
            """, done.PersonId, done.StudentId, done.PreflightId, done.At);
    }
}

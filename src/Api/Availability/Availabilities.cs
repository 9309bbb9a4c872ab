using Muse.Adapters.Postgres;
using Muse.Domain.Availability;
using Muse.Domain.Sandboxes;
using Npgsql;

namespace Muse.Api.Availability;

/// <summary><c>availabilities</c>: the rules in force of every tutor who has set them.</summary>
internal sealed class Availabilities : IProjection
{
    public string Name => "availabilities";

    public int Version => 1;

    public ProjectionLifecycle Lifecycle => ProjectionLifecycle.Inline;

    public IReadOnlyCollection<string> EventTypes { get; } = ["availability_set", "sandbox_emptied"];

    public IReadOnlyList<string> Tables { get; } = ["availabilities"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        if (e.Data is AvailabilitySet rules)
            batch.Write("""
                insert into availabilities (tutor_id, rules, version) values ($1, $2, $3)
                on conflict (tutor_id) do update set rules = excluded.rules, version = excluded.version
                """, rules.TutorId, new Json(EventJson.Write(rules)), e.Version);
        if (e.Data is SandboxEmptied emptied)
            batch.Write("delete from availabilities where tutor_id = any($1)", emptied.People.Select(person => person.RoleId).ToArray());
    }
}

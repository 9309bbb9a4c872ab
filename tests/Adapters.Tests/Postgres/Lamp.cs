using Muse.Adapters.Postgres;
using Npgsql;

namespace Muse.Adapters.Tests.Postgres;

// A business small enough to be no distraction: lamps that are hung and switched.
public sealed record LampHung(Guid Lamp, string Room);

public sealed record LampSwitched(bool On, int Watts = 0);

public sealed record LampBroken;

public sealed record Lamp(Guid Id, string Room, bool On, int Switched)
{
    public static Lamp Create(LampHung e) => new(e.Lamp, e.Room, false, 0);

    public Lamp Apply(LampSwitched e) => this with { On = e.On, Switched = Switched + 1 };
}

public static class Lamps
{
    public static EventNames Names { get; } = new EventNames()
        .Map<LampHung>("lamp_hung")
        .Map<LampSwitched>("lamp_switched")
        .Map<LampBroken>("lamp_broken")
        .Stream<Lamp>("lamp")
        .Map<ErrandDied>("errand_died")
        .Map<ErrandReplayed>("errand_replayed")
        .Stream<ErrandRecord>("errand");

    public const string Tables = "create table lamps (id uuid primary key, room text, switched int not null, version bigint, seq bigint, at timestamptz)";
}

/// <summary>One row a lamp; a switch of more than 10,000 watts cannot be applied.</summary>
public sealed class LampRows(ProjectionLifecycle lifecycle, int version = 1) : IProjection
{
    public string Name => "lamps";

    public int Version => version;

    public ProjectionLifecycle Lifecycle => lifecycle;

    public IReadOnlyCollection<string> EventTypes { get; } = ["lamp_hung", "lamp_switched"];

    public IReadOnlyList<string> Tables { get; } = ["lamps"];

    public void Apply(IEvent e, NpgsqlBatch batch)
    {
        switch (e.Data)
        {
            case LampHung hung:
                batch.Write("insert into lamps (id, room, switched, version, seq, at) values ($1, $2, 0, $3, $4, $5)",
                    e.StreamId, hung.Room, e.Version, e.Sequence, e.Timestamp);
                break;
            case LampSwitched { Watts: > 10_000 }:
                throw new InvalidOperationException("No lamp takes that.");
            case LampSwitched:
                batch.Write("update lamps set switched = switched + 1, version = $2, seq = $3, at = $4 where id = $1",
                    e.StreamId, e.Version, e.Sequence, e.Timestamp);
                break;
        }
    }
}

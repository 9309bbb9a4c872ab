namespace Muse.Adapters.Postgres;

/// <summary>An errand failed for the last time; a person must look. Written to the errand's own stream.</summary>
/// <param name="Error">The last error, at most 2,000 characters.</param>
public sealed record ErrandDied(Guid ErrandId, string Kind, Guid CausedBy, int Attempts, string Error);

/// <summary>An administrator sent a dead errand again.</summary>
public sealed record ErrandReplayed(Guid ErrandId, string Kind);

/// <summary>The errand's own stream: only what people had to see of it.</summary>
public sealed record ErrandRecord(Guid Id, string Kind, bool IsDead)
{
    public static ErrandRecord Create(ErrandDied e) => new(e.ErrandId, e.Kind, true);

    public ErrandRecord Apply(ErrandDied e) => this with { Kind = e.Kind, IsDead = true };

    public ErrandRecord Apply(ErrandReplayed e) => this with { Kind = e.Kind, IsDead = false };
}

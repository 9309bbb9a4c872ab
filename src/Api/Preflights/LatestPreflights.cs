using Muse.Adapters.Postgres;
using Muse.Domain.Meetings;
using Muse.Domain.Preflights;
using NodaTime;

namespace Muse.Api.Preflights;

/// <summary>Looks the latest connection tests up.</summary>
public sealed class LatestPreflights(EventStore store, TimeProvider time) : IPreflightFindings
{
    /// <summary>The student's latest test; null when there is none or it no longer counts (<see cref="Preflight.Counts"/>).</summary>
    public async Task<PreflightDone?> Of(Guid studentId, CancellationToken ct) =>
        Counting(await Latest("student_id", studentId, ct));

    /// <summary>The same by person, for a tutor or a guardian.</summary>
    public async Task<PreflightDone?> OfPerson(Guid personId, CancellationToken ct) =>
        Counting(await Latest("person_id", personId, ct));

    async Task<PreflightFindings> IPreflightFindings.Of(Guid studentId, CancellationToken ct) =>
        (await Of(studentId, ct))?.Findings() ?? PreflightFindings.None;

    /// <summary>The student's latest test, however old.</summary>
    public Task<Preflight?> LastEverOf(Guid studentId, CancellationToken ct) => Latest("student_id", studentId, ct);

    /// <summary>The person's latest test, however old.</summary>
    public Task<Preflight?> LastEverOfPerson(Guid personId, CancellationToken ct) => Latest("person_id", personId, ct);

    private PreflightDone? Counting(Preflight? latest) =>
        latest is not null && latest.CountsAt(Instant.FromDateTimeOffset(time.GetUtcNow())) ? latest.Done : null;

    private async Task<Preflight?> Latest(string column, Guid id, CancellationToken ct)
    {
        await using var command = store.Source.CreateCommand($"select preflight_id from preflights where {column} = $1");
        command.Parameters.AddWithValue(id);
        if (await command.ExecuteScalarAsync(ct) is not Guid preflight)
            return null;
        await using var session = store.OpenSession();
        return await session.AggregateStreamAsync<Preflight>(preflight, ct);
    }
}

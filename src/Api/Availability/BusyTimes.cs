using Muse.Adapters.Postgres;
using Muse.Domain.Scheduling;
using NodaTime;
using Npgsql;

namespace Muse.Api.Availability;

/// <summary>
/// What people have in their agendas: lessons and unanswered requests. A request whose time for an answer is over holds nothing, whether or
/// not the job has written so; lessons that clash hold their time too.
/// </summary>
public sealed class BusyTimes(NpgsqlDataSource database)
{
    /// <summary>Everything of this person that touches [from, to).</summary>
    public async Task<IReadOnlyList<BusyTime>> Of(Guid personId, Instant from, Instant to, Instant now, CancellationToken ct = default) =>
        (await Of([personId], from, to, now, ct)).GetValueOrDefault(personId) ?? [];

    /// <summary>The same for several people with one question; people with nothing to do are absent.</summary>
    public async Task<IReadOnlyDictionary<Guid, List<BusyTime>>> Of(IReadOnlyCollection<Guid> personIds, Instant from, Instant to, Instant now,
        CancellationToken ct = default)
    {
        var busy = new Dictionary<Guid, List<BusyTime>>();
        await using var command = database.Command("""
            select person, lower(during), upper(during) from agenda
            where person = any($1) and during && $2 and (expires_at is null or expires_at > $3)
            """, personIds.ToArray(), Sql.Range(from, to), now);
        await using var rows = await command.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var person = rows.GetGuid(0);
            if (!busy.TryGetValue(person, out var times))
                busy[person] = times = [];
            times.Add(new(rows.Instant(1), rows.Instant(2)));
        }
        return busy;
    }
}

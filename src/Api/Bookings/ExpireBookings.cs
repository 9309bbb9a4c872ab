using Muse.Adapters.Postgres;
using Muse.Api.Clock;
using Muse.Domain.Bookings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Bookings;

/// <summary>
/// The clock's job: writes that unanswered requests have expired. Nothing waits for it, because slots and the agenda ignore an expired
/// row and confirming one is refused; it makes the end visible.
/// </summary>
public sealed class ExpireBookings(
    EventStore store, NpgsqlDataSource database, People people, TimeProvider time, ILogger<ExpireBookings> log)
    : ClockJob(TimeSpan.FromSeconds(15), time, log)
{
    private const int Most = 200;

    protected override Task Round(CancellationToken ct) => RunOnce(ct);

    /// <summary>Expires what is due now, at most 200 of each at a time; the number written.</summary>
    public async Task<int> RunOnce(CancellationToken ct)
    {
        var now = Now;
        return await Each("series", ExpireSeries, now, ct) + await Each("bookings", Expire, now, ct);
    }

    private async Task<int> Each(string table, Func<Guid, Instant, CancellationToken, Task<bool>> expire, Instant now, CancellationToken ct)
    {
        var due = new List<Guid>();
        await using (var read = database.Command(
            $"select id from {table} where state = 'requested' and expires_at <= $1 order by expires_at limit $2", now, Most))
        {
            await using var rows = await read.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
                due.Add(rows.GetGuid(0));
        }
        var written = 0;
        foreach (var id in due)
        {
            try
            {
                written += await expire(id, now, ct) ? 1 : 0;
            }
            catch (StaleVersion)
            {
                // Somebody changed it in this moment; the next round looks again.
            }
        }
        return written;
    }

    // Its bookings expire by themselves.
    private async Task<bool> ExpireSeries(Guid id, Instant now, CancellationToken ct)
    {
        await using var session = store.OpenSession(Actor.Server("expire_bookings"));
        var stream = await session.FetchForWriting<Series>(id, ct);
        var decision = stream.Aggregate!.Expire(now);
        if (decision.IsRefused || decision.ChangesNothing)
            return false;
        stream.AppendMany(decision.Events);
        await session.SaveChangesAsync(ct);
        return true;
    }

    private async Task<bool> Expire(Guid id, Instant now, CancellationToken ct)
    {
        await using var session = store.OpenSession(Actor.Server("expire_bookings"));
        var stream = await session.FetchForWriting<Booking>(id, ct);
        var decision = stream.Aggregate!.Expire(now);
        if (decision.IsRefused || decision.ChangesNothing)
            return false;
        stream.AppendMany(decision.Events);
        var both = await people.ByRole([stream.Aggregate.TutorId, stream.Aggregate.StudentId], ct);
        Guid[] persons = [.. both.Values.Select(p => p.PersonId)];
        session.Before((connection, token) => Agenda.Free(connection, [id], persons, token));
        await session.SaveChangesAsync(ct);
        return true;
    }
}

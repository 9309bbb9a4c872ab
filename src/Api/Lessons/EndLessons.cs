using Muse.Adapters.Postgres;
using Muse.Api.Clock;
using Muse.Domain.Lessons;
using Npgsql;

namespace Muse.Api.Lessons;

/// <summary>The clock's job: ends lessons whose time is over, at once when the room is empty, else when the room closes.</summary>
public sealed class EndLessons(EventStore store, NpgsqlDataSource database, TimeProvider time, ILogger<EndLessons> log)
    : ClockJob(TimeSpan.FromSeconds(15), time, log)
{
    private const int Most = 200;

    protected override Task Round(CancellationToken ct) => RunOnce(ct);

    /// <summary>The number ended, at most 200 at a time.</summary>
    public async Task<int> RunOnce(CancellationToken ct)
    {
        var now = Now;
        var over = new List<Guid>();
        await using (var read = database.Command(
            "select id from lessons where state in ('scheduled', 'started') and end_at <= $1 order by end_at limit $2", now, Most))
        {
            await using var rows = await read.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
                over.Add(rows.GetGuid(0));
        }
        var ended = 0;
        foreach (var id in over)
        {
            try
            {
                await using var session = store.OpenSession(Actor.Server("end_lessons"));
                var stream = await session.FetchForWriting<Lesson>(id, ct);
                var decision = stream.Aggregate!.End(now);
                if (decision.IsRefused || decision.ChangesNothing)
                    continue;
                stream.AppendMany(decision.Events);
                await session.SaveChangesAsync(ct);
                ended++;
            }
            catch (StaleVersion)
            {
                // Somebody came or went in this moment; the next round looks again.
            }
        }
        return ended;
    }
}

using Muse.Adapters.Postgres;
using Muse.Domain.Lessons;
using NodaTime;
using Npgsql;

namespace Muse.Api.Lessons;

/// <summary>The clock's job: ends lessons whose time is over, at once when the room is empty, else when the room closes.</summary>
public sealed partial class EndLessons(EventStore store, NpgsqlDataSource database, TimeProvider time, ILogger<EndLessons> log)
    : BackgroundService
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(15);
    private const int Most = 200;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var clock = new PeriodicTimer(Every, time);
        while (await clock.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnce(stoppingToken);
            }
            catch (Exception failed) when (failed is not OperationCanceledException)
            {
                LogFailed(log, failed);
            }
        }
    }

    /// <summary>The number ended, at most 200 at a time.</summary>
    public async Task<int> RunOnce(CancellationToken ct)
    {
        var now = Instant.FromDateTimeOffset(time.GetUtcNow());
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

    [LoggerMessage(Level = LogLevel.Error, Message = "Lessons that are over could not be ended, trying again")]
    private static partial void LogFailed(ILogger log, Exception exception);
}

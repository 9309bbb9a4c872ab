using Muse.Adapters.Postgres;
using Muse.Api.Clock;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>
/// The clock's job: a lesson that every provider had failed is tried again when <see cref="NextTry"/> says so, until it has a meeting, is
/// cancelled or is over. When is decided from what is stored, so a restart changes nothing. One for which no provider was allowed is looked at
/// every hour, and when the server starts: somebody may have set one up.
/// </summary>
public sealed partial class TryMeetingsAgain(NpgsqlDataSource database, LookAtMeeting meetings, TimeProvider time, ILogger<TryMeetingsAgain> log)
    : ClockJob(TimeSpan.FromSeconds(30), time, log)
{
    /// <summary>In one round, the soonest lessons first.</summary>
    private const int Most = 200;
    private const int AtOnce = 4;

    /// <summary>Nobody outside is asked unless one is allowed by now.</summary>
    private static readonly Duration BetweenLooks = Duration.FromHours(1);

    private Instant _lookedAt = Instant.MinValue;

    protected override Task Round(CancellationToken ct) => RunOnce(ct);

    /// <summary>The number tried, at most 200 of each kind at a time.</summary>
    public async Task<int> RunOnce(CancellationToken ct)
    {
        var due = await Due(Now, ct);
        if (Now - _lookedAt >= BetweenLooks)
        {
            _lookedAt = Now;
            due.AddRange(await Forbidden(Now, ct));
        }
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (id, token) =>
        {
            try
            {
                await meetings.Look(id, suspicion: null, token);
            }
            catch (Exception failed) when (!token.IsCancellationRequested)
            {
                LogNotTried(log, failed, id);
            }
        });
        return due.Count;
    }

    private async Task<List<Guid>> Due(Instant now, CancellationToken ct)
    {
        await using var read = database.Command("""
            select l.id, m.failures, m.seen_at, l.start_at, l.end_at from meetings m join lessons l on l.id = m.lesson_id
            where m.state = 'failed' and l.state = 'scheduled' and l.end_at > $1
            order by l.start_at
            """, now);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var due = new List<Guid>();
        while (due.Count < Most && await rows.ReadAsync(ct))
        {
            if (NextTry.After(rows.GetInt32(1), rows.Instant(2), rows.Instant(3), rows.Instant(4)) <= now)
                due.Add(rows.GetGuid(0));
        }
        return due;
    }

    private async Task<List<Guid>> Forbidden(Instant now, CancellationToken ct)
    {
        await using var read = database.Command("""
            select l.id from meetings m join lessons l on l.id = m.lesson_id
            where m.state = 'no_provider_allowed' and l.state = 'scheduled' and l.end_at > $1
            order by l.start_at limit $2
            """, now, Most);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var forbidden = new List<Guid>();
        while (await rows.ReadAsync(ct))
            forbidden.Add(rows.GetGuid(0));
        return forbidden;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The meeting of lesson {Lesson} could not be tried again")]
    private static partial void LogNotTried(ILogger log, Exception exception, Guid lesson);
}

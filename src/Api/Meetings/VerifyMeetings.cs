using System.Collections.Concurrent;
using Muse.Adapters.Postgres;
using Muse.Api.Clock;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>
/// The clock's job: a day and a quarter of an hour before a lesson its meeting is looked at, once each. What was arranged, moved or looked at
/// after the mark needs no look, so a restart repeats nothing. One that could not be arranged is <see cref="TryMeetingsAgain"/>'s.
/// </summary>
public sealed partial class VerifyMeetings(
    NpgsqlDataSource database, LookAtMeeting meetings, TimeProvider time, ILogger<VerifyMeetings> log)
    : ClockJob(TimeSpan.FromMinutes(1), time, log)
{
    public static readonly Duration DayBefore = Duration.FromHours(24);

    public static readonly Duration JustBefore = Duration.FromMinutes(15);

    private const int Most = 200;
    private const int AtOnce = 4;

    /// <summary>A lesson whose provider has trouble is not looked at in every round; forgotten with the process.</summary>
    private readonly ConcurrentDictionary<Guid, (Instant NotBefore, Duration Pause)> _troubled = [];

    protected override Task Round(CancellationToken ct) => RunOnce(ct);

    /// <summary>The number looked at, at most 200 at a time.</summary>
    public async Task<int> RunOnce(CancellationToken ct)
    {
        var now = Now;
        var due = (await Due(now, ct)).FindAll(id => !_troubled.TryGetValue(id, out var troubled) || troubled.NotBefore <= now);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (id, token) =>
        {
            try
            {
                await meetings.Look(id, suspicion: null, token);
                _troubled.TryRemove(id, out _);
            }
            catch (Exception failed) when (!token.IsCancellationRequested)
            {
                var pause = Duration.Min(
                    _troubled.TryGetValue(id, out var before) ? before.Pause * 2 : Duration.FromMinutes(1), Duration.FromMinutes(30));
                var notBefore = (failed as ProviderTrouble)?.NotBefore ?? Now;
                _troubled[id] = (Instant.Max(notBefore, Now + pause), pause);
                LogUnseen(log, failed, id);
            }
        });
        foreach (var (id, troubled) in _troubled)
        {
            if (troubled.NotBefore + Duration.FromDays(1) < now)
                _troubled.TryRemove(id, out _);
        }
        return due.Count;
    }

    private async Task<List<Guid>> Due(Instant now, CancellationToken ct)
    {
        // The end bounds the start, and has the index.
        await using var read = database.Command("""
            select l.id from lessons l join meetings m on m.lesson_id = l.id
            where l.state = 'scheduled' and l.end_at > $1 and l.end_at <= $8
              and l.start_at > $1 and l.start_at <= $2
              and m.state = 'ready' and m.provider <> $5
              and m.seen_at < case when l.start_at <= $3 then l.start_at - $6 else l.start_at - $7 end
            order by l.start_at limit $4
            """, now, now + DayBefore, now + JustBefore, Most, ProviderPolicy.BuiltIn, Interval(JustBefore), Interval(DayBefore),
            now + DayBefore + Duration.FromMinutes(PlannedTime.LongestMinutes));
        await using var rows = await read.ExecuteReaderAsync(ct);
        var due = new List<Guid>();
        while (await rows.ReadAsync(ct))
            due.Add(rows.GetGuid(0));
        return due;
    }

    private static NpgsqlParameter Interval(Duration duration) =>
        new NpgsqlParameter<TimeSpan> { TypedValue = duration.ToTimeSpan(), NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Interval };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The meeting of lesson {Lesson} could not be looked at before the lesson")]
    private static partial void LogUnseen(ILogger log, Exception exception, Guid lesson);
}

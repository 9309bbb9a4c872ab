using System.Collections.Concurrent;
using Muse.Adapters.Postgres;
using Muse.Api.Clock;
using Muse.Domain.Lessons;
using Muse.Domain.Meetings;
using NodaTime;
using Npgsql;

namespace Muse.Api.Meetings;

/// <summary>
/// The clock's job for a server that webhooks cannot reach: asks the providers set to <c>polling</c> (<c>Meetings:Zoom:Facts</c> and so on),
/// and Google Meet always, because it tells who came over Pub/Sub only,
/// what happened in the meetings that go on now, and afterwards, ever more seldom, whether a recording is there. The answers go the way of the
/// webhooks, so in the end the events are the same.
/// </summary>
public sealed partial class FollowMeetings(
    NpgsqlDataSource database, EventStore store, MeetingProviders providers, MeetingOrders orders, TakeReports reports,
    IConfiguration configuration, TimeProvider time, ILogger<FollowMeetings> log)
    : ClockJob(TimeSpan.FromSeconds(15), time, log)
{
    private const int Most = 500;
    private const int AtOnce = 4;

    private static readonly Duration Before = Duration.FromMinutes(10);
    private static readonly Duration After = Duration.FromMinutes(30);
    private static readonly Duration WhileItGoesOn = Duration.FromSeconds(45);
    private static readonly Duration FirstGap = Duration.FromMinutes(5);

    /// <summary>A recording that is not there a day after the lesson is not awaited any more.</summary>
    private static readonly Duration Longest = Duration.FromHours(24);

    /// <summary>When each is asked next; after a restart all are asked at once, and what was told before is known.</summary>
    private readonly ConcurrentDictionary<Guid, (Instant Next, Duration Gap)> _asked = [];

    private readonly string[] _polled = [.. Sections.Where(s => IsPolled(configuration, s.Value) || s.Key == ProviderPolicy.GoogleMeet).Select(s => s.Key)];

    private static Dictionary<string, string> Sections => new()
    {
        [ProviderPolicy.Zoom] = "Zoom",
        [ProviderPolicy.GoogleMeet] = "GoogleMeet",
    };

    private sealed record Followed(Guid LessonId, string Provider, MeetingPlace Place, Instant Start, Instant End);

    private readonly SemaphoreSlim _one = new(1, 1);

    protected override Task Round(CancellationToken ct) => RunOnce(ct);

    /// <summary>The number asked about. Rounds run one after the other: what an earlier one heard is written when the next begins.</summary>
    public async Task<int> RunOnce(CancellationToken ct)
    {
        if (_polled.Length == 0)
            return 0;
        await _one.WaitAsync(ct);
        try
        {
            return await AskAll(ct);
        }
        finally
        {
            _one.Release();
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _one.Dispose();
    }

    private async Task<int> AskAll(CancellationToken ct)
    {
        var now = Now;
        var followed = await GoingOn(now, ct);
        var due = followed.FindAll(f => !_asked.TryGetValue(f.LessonId, out var asked) || asked.Next <= now);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (f, token) =>
        {
            // Noted first: a provider in trouble is not asked more often than one that answers.
            Plan(f, now);
            try
            {
                await Ask(f, token);
            }
            catch (Exception failed) when (!token.IsCancellationRequested)
            {
                if (failed is ProviderTrouble { NotBefore: { } notBefore } && _asked.TryGetValue(f.LessonId, out var planned))
                    _asked[f.LessonId] = planned with { Next = Instant.Max(planned.Next, notBefore) };
                LogUnheard(log, failed, f.Provider, f.LessonId);
            }
        });
        var alive = followed.Select(f => f.LessonId).ToHashSet();
        foreach (var id in _asked.Keys.Where(id => !alive.Contains(id)))
            _asked.TryRemove(id, out _);
        return due.Count;
    }

    private async Task Ask(Followed followed, CancellationToken ct)
    {
        if (providers.Find(followed.Provider) is not { } provider)
            return;
        await using var session = store.OpenSession();
        if (await session.AggregateStreamAsync<Lesson>(followed.LessonId, ct) is not { } lesson)
            return;
        var told = await provider.Reports(await orders.Of(lesson, ct), followed.Place, ct);
        await reports.Take(told, ct);
    }

    private void Plan(Followed followed, Instant now)
    {
        if (now < followed.End + After)
        {
            _asked[followed.LessonId] = (now + WhileItGoesOn, FirstGap);
            return;
        }
        var gap = _asked.TryGetValue(followed.LessonId, out var before) ? before.Gap : FirstGap;
        _asked[followed.LessonId] = (now + gap, gap * 2);
    }

    private async Task<List<Followed>> GoingOn(Instant now, CancellationToken ct)
    {
        await using var read = database.Command("""
            select l.id, m.provider, m.reference, m.join_url, l.start_at, l.end_at from lessons l join meetings m on m.lesson_id = l.id
            where l.state <> 'cancelled' and m.state = 'ready' and m.provider = any($1) and l.start_at <= $2 and l.end_at > $3
            order by l.end_at desc limit $4
            """, _polled, now + Before, now - Longest, Most);
        await using var rows = await read.ExecuteReaderAsync(ct);
        var found = new List<Followed>();
        while (await rows.ReadAsync(ct))
            found.Add(new Followed(
                rows.GetGuid(0), rows.GetString(1), new MeetingPlace(rows.GetString(2), rows.GetString(3)), rows.Instant(4), rows.Instant(5)));
        return found;
    }

    private static bool IsPolled(IConfiguration configuration, string section) => configuration[$"Meetings:{section}:Facts"] == "polling";

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Provider} does not say what happened in the meeting of lesson {Lesson}")]
    private static partial void LogUnheard(ILogger log, Exception exception, string provider, Guid lesson);
}

using System.Threading.Channels;
using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.Rooms;

/// <summary>
/// Writes who came and went into the lesson's stream, one after the other and in the order in which it happened. Nobody in a room waits
/// for it: a slow database delays the timeline, not the lesson.
/// </summary>
public sealed partial class Attendance(EventStore store, TimeProvider time, ILogger<Attendance> log) : BackgroundService
{
    public const int MostWaiting = 16_384;
    private const int StaleTries = 20;
    private const int BrokenTries = 8;

    private sealed record Entry(Guid Lesson, Func<Lesson, Decision> Decide);

    // What a full queue refuses is logged; joining is bounded by seats and tickets, so this means the database is gone for long.
    private readonly Channel<Entry> _entries = Channel.CreateBounded<Entry>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    /// <summary>Told after <c>lesson_started</c> is written.</summary>
    public event Action<Guid, Instant>? Started;

    public void Joined(Guid lesson, Guid participant, TicketHolder holder)
    {
        var now = Now;
        Add(new Entry(lesson, l => l.Join(participant, WhoIs(holder), now, holder.GuestLink is { } link ? new LinkGuest(link, holder.PersonId) : null)));
    }

    public void Left(Guid lesson, Guid participant)
    {
        var now = Now;
        Add(new Entry(lesson, l => l.Leave(participant, now)));
    }

    /// <summary>Nobody of an earlier life of this server is in any more: their leaving was never seen.</summary>
    public void Clear(Guid lesson)
    {
        var now = Now;
        Add(new Entry(lesson, l => Decision.Of([.. l.Present.Keys.Order().SelectMany(p => l.Leave(p, now).Events)])));
    }

    /// <summary>Ends the lesson if it is due.</summary>
    public void End(Guid lesson)
    {
        var now = Now;
        Add(new Entry(lesson, l => l.IsDue(now) ? l.End(now) : Decision.Nothing));
    }

    /// <summary>The tutor ended it.</summary>
    public void Finish(Guid lesson, TicketHolder tutor)
    {
        var now = Now;
        Add(new Entry(lesson, l => l.Finish(WhoIs(tutor), now)));
    }

    /// <summary>How the lesson went; told after its end.</summary>
    public void Report(Guid lesson, Instant from, IReadOnlyList<PersonQuality> people)
    {
        var now = Now;
        Add(new Entry(lesson, l => l.ReportQuality(from, people, now)));
    }

    public static Who WhoIs(TicketHolder holder) => holder.Role switch
    {
        RoomRole.Tutor => new(holder.PersonId, Part.Tutor),
        RoomRole.Student => new(holder.PersonId, Part.Student),
        RoomRole.Guest => Who.Guest,
        _ => new(holder.PersonId, Part.Guardian),
    };

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _entries.Writer.TryComplete();
        if (ExecuteTask is { } writing) await Task.WhenAny(writing, Task.Delay(TimeSpan.FromSeconds(5), time, cancellationToken));
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var entry in _entries.Reader.ReadAllAsync(stoppingToken)) await Write(entry, stoppingToken);
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    private void Add(Entry entry)
    {
        if (!_entries.Writer.TryWrite(entry)) LogLost(log, entry.Lesson);
    }

    private async Task Write(Entry entry, CancellationToken ct)
    {
        for (int stale = 0, broken = 0; ;)
        {
            try
            {
                await using var session = store.OpenSession(Actor.Server("room"));
                var stream = await session.FetchForWriting<Lesson>(entry.Lesson, ct);
                if (stream.Aggregate is not { } lesson) return;
                var decision = entry.Decide(lesson);
                if (decision.Refusal is { } refusal)
                {
                    LogRefused(log, entry.Lesson, refusal.Code);
                    return;
                }
                if (decision.ChangesNothing) return;
                stream.AppendMany(decision.Events);
                await session.SaveChangesAsync(ct);
                if (decision.Events.OfType<LessonStarted>().FirstOrDefault() is { } started) Started?.Invoke(entry.Lesson, started.At);
                return;
            }
            catch (StaleVersion) when (++stale < StaleTries)
            {
            }
            catch (Exception failed) when (failed is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                if (++broken >= BrokenTries)
                {
                    LogGivenUp(log, failed, entry.Lesson);
                    return;
                }
                LogAgain(log, failed, entry.Lesson);
                await Task.Delay(TimeSpan.FromMilliseconds(250 << broken), time, ct);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Too much attendance waits to be written; an entry of lesson {Lesson} is lost")]
    private static partial void LogLost(ILogger log, Guid lesson);

    [LoggerMessage(Level = LogLevel.Information, Message = "Lesson {Lesson} does not take the attendance: {Code}")]
    private static partial void LogRefused(ILogger log, Guid lesson, string code);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Attendance of lesson {Lesson} could not be written, trying again")]
    private static partial void LogAgain(ILogger log, Exception exception, Guid lesson);

    [LoggerMessage(Level = LogLevel.Error, Message = "Attendance of lesson {Lesson} is given up")]
    private static partial void LogGivenUp(ILogger log, Exception exception, Guid lesson);
}

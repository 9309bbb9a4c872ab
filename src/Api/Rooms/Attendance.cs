using Muse.Adapters.Postgres;
using Muse.Domain;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.Rooms;

/// <summary>
/// Writes who came and went into the lesson's stream, one after the other and in the order in which it happened. Nobody in a room waits
/// for it: a slow database delays the timeline, not the lesson. Nor does one lesson wait for another: each has a queue of its own
/// (<see cref="AttendanceQueue"/>), and takes its turn with each entry.
/// </summary>
public sealed partial class Attendance(EventStore store, TimeProvider time, ILogger<Attendance> log) : IHostedService, IDisposable
{
    /// <summary>Entries of all lessons. More wait only when the database is gone for long.</summary>
    public const int MostWaiting = 16_384;

    /// <summary>Lessons that are written into at the same time.</summary>
    private const int Writers = 4;
    private const int StaleTries = 20;
    private const int BrokenTries = 8;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, AttendanceQueue> _queues = [];
    private readonly HashSet<Guid> _underWay = [];
    // Hands its turns out in the order in which they were asked for.
    private readonly SemaphoreSlim _turns = new(Writers);
    private readonly TaskCompletionSource _allWritten = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _givenUp = new();
    private bool _stopping;
    private int _waiting;

    /// <summary>Told after <c>lesson_started</c> is written.</summary>
    public event Action<Guid, Instant>? Started;

    public void Joined(Guid lesson, Guid participant, TicketHolder holder)
    {
        var now = Now;
        Add(lesson, queue => queue.Come(participant,
            l => l.Join(participant, WhoIs(holder), now, holder.GuestLink is { } link ? new LinkGuest(link, holder.PersonId) : null)));
    }

    public void Left(Guid lesson, Guid participant)
    {
        var now = Now;
        Add(lesson, queue => queue.Go(participant, l => l.Leave(participant, now)));
    }

    /// <summary>Nobody of an earlier life of this server is in any more: their leaving was never seen.</summary>
    public void Clear(Guid lesson)
    {
        var now = Now;
        Add(lesson, queue => queue.Add(l => Decision.Of([.. l.Present.Keys.Order().SelectMany(p => l.Leave(p, now).Events)])));
    }

    /// <summary>Ends the lesson if it is due.</summary>
    public void End(Guid lesson)
    {
        var now = Now;
        Add(lesson, queue => queue.Add(l => l.IsDue(now) ? l.End(now) : Decision.Nothing));
    }

    /// <summary>The tutor ended it.</summary>
    public void Finish(Guid lesson, TicketHolder tutor)
    {
        var now = Now;
        Add(lesson, queue => queue.Add(l => l.Finish(WhoIs(tutor), now)));
    }

    /// <summary>How the lesson went; told after its end.</summary>
    public void Report(Guid lesson, Instant from, IReadOnlyList<PersonQuality> people)
    {
        var now = Now;
        Add(lesson, queue => queue.Add(l => l.ReportQuality(from, people, now)));
    }

    public static Who WhoIs(TicketHolder holder) => holder.Role switch
    {
        RoomRole.Tutor => new(holder.PersonId, Part.Tutor),
        RoomRole.Student => new(holder.PersonId, Part.Student),
        RoomRole.Guest => Who.Guest,
        _ => new(holder.PersonId, Part.Guardian),
    };

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _stopping = true;
            if (_underWay.Count == 0) _allWritten.TrySetResult();
        }
        await Task.WhenAny(_allWritten.Task, Task.Delay(TimeSpan.FromSeconds(5), time, cancellationToken));
        try
        {
            await _givenUp.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // A host that is disposed before it is stopped, or while it stops: then nobody writes any more.
        }
    }

    public void Dispose()
    {
        _givenUp.Dispose();
        _turns.Dispose();
    }

    private Instant Now => Instant.FromDateTimeOffset(time.GetUtcNow());

    private void Add(Guid lesson, Func<AttendanceQueue, bool> add)
    {
        lock (_gate)
        {
            if (!_queues.TryGetValue(lesson, out var queue)) _queues[lesson] = queue = new AttendanceQueue();
            var before = queue.Count;
            if (_waiting >= MostWaiting || !add(queue)) LogLost(log, lesson);
            _waiting += queue.Count - before;
            if (queue.Count > 0 && _underWay.Add(lesson)) _ = Task.Run(() => WriteAll(lesson, queue), CancellationToken.None);
        }
    }

    /// <summary>Until nothing of this lesson waits any more.</summary>
    private async Task WriteAll(Guid lesson, AttendanceQueue queue)
    {
        try
        {
            while (true)
            {
                Func<Lesson, Decision> decide;
                lock (_gate)
                {
                    if (queue.Count == 0)
                    {
                        if (!queue.HasLost) _queues.Remove(lesson);
                        return;
                    }
                    decide = queue.Peek();
                }
                await Write(lesson, decide, _givenUp.Token);
                lock (_gate)
                {
                    queue.Written();
                    _waiting--;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops and the database does not answer.
        }
        finally
        {
            lock (_gate)
            {
                _underWay.Remove(lesson);
                if (_stopping && _underWay.Count == 0) _allWritten.TrySetResult();
            }
        }
    }

    private async Task Write(Guid lesson, Func<Lesson, Decision> decide, CancellationToken ct)
    {
        for (int stale = 0, broken = 0; ;)
        {
            try
            {
                await _turns.WaitAsync(ct);
                try
                {
                    await Append(lesson, decide, ct);
                }
                finally
                {
                    _turns.Release();
                }
                return;
            }
            catch (StaleVersion) when (++stale < StaleTries)
            {
            }
            catch (Exception failed) when (failed is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                if (++broken >= BrokenTries)
                {
                    LogGivenUp(log, failed, lesson);
                    return;
                }
                LogAgain(log, failed, lesson);
                await Task.Delay(TimeSpan.FromMilliseconds(250 << broken), time, ct);
            }
        }
    }

    private async Task Append(Guid id, Func<Lesson, Decision> decide, CancellationToken ct)
    {
        await using var session = store.OpenSession(Actor.Server("room"));
        var stream = await session.FetchForWriting<Lesson>(id, ct);
        if (stream.Aggregate is not { } lesson) return;
        var decision = decide(lesson);
        if (decision.Refusal is { } refusal)
        {
            LogRefused(log, id, refusal.Code);
            return;
        }
        if (decision.ChangesNothing) return;
        stream.AppendMany(decision.Events);
        await session.SaveChangesAsync(ct);
        if (decision.Events.OfType<LessonStarted>().FirstOrDefault() is { } started) Started?.Invoke(id, started.At);
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

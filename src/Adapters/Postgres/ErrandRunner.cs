using Microsoft.Extensions.Logging;
using NodaTime;

namespace Muse.Adapters.Postgres;

/// <summary>Takes due errands and runs them, several at once, each outside any transaction.</summary>
public sealed partial class ErrandRunner
{
    /// <summary>Errands of this process under way at once.</summary>
    public const int AtOnce = 8;

    /// <summary>Between two looks while there is something going on.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two looks when nothing goes on and nothing is due: what this process commits wakes it, another process' commits do not.</summary>
    private static readonly TimeSpan IdlePoll = TimeSpan.FromSeconds(1);

    /// <summary>One may be due and yet not to be had: another process is just taking it.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(100);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(2);

    private readonly EventStore _store;
    private readonly ErrandQueue _queue;
    private readonly ILogger<ErrandRunner> _log;
    private readonly Dictionary<string, IErrandHandler> _handlers = new(StringComparer.Ordinal);

    public ErrandRunner(EventStore store, ErrandQueue queue, IEnumerable<IErrandHandler> handlers, ILogger<ErrandRunner> log)
    {
        (_store, _queue, _log) = (store, queue, log);
        foreach (var handler in handlers)
        {
            if (!_handlers.TryAdd(handler.Kind, handler)) throw new InvalidOperationException($"Two handlers run errands of kind '{handler.Kind}'.");
        }
    }

    /// <summary>Until cancelled; then waits for what is under way to be given back.</summary>
    public async Task Run(CancellationToken ct)
    {
        var kinds = _handlers.Keys.ToArray();
        var underWay = new List<Task>();
        var isQuiet = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var committed = _store.Committed.Next;
                underWay.RemoveAll(task => task.IsCompleted);
                var room = AtOnce - underWay.Count;
                // Taking is not cut short: it could be committed already, and then nobody would know what to give back before the lease ends.
                var taken = room == 0 || kinds.Length == 0 ? [] : await _queue.Take(kinds, room, CancellationToken.None);
                foreach (var errand in taken) underWay.Add(RunOne(errand, ct));
                if (taken.Count == room && room > 0) continue;
                if (underWay.Count == AtOnce)
                {
                    await Task.WhenAny(underWay);
                    continue;
                }
                // Asked only after a quiet while: a busy log wakes this loop with each commit.
                var pause = isQuiet && taken.Count == 0 && underWay.Count == 0 ? await UntilNext(kinds) : Poll;
                await Task.WhenAny([committed, Task.Delay(pause, ct), .. underWay]);
                isQuiet = !committed.IsCompleted;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e) when (e is Npgsql.NpgsqlException or TimeoutException)
            {
                LogTrouble(_log, e);
                await Task.Delay(AfterTrouble, _store.Time, ct).ContinueWith(_ => { }, TaskScheduler.Default);
            }
        }
        await Task.WhenAll(underWay);
    }

    private async Task<TimeSpan> UntilNext(string[] kinds)
    {
        var next = await _queue.UntilNext(kinds, IdlePoll, CancellationToken.None);
        return next < Breath ? Breath : next;
    }

    /// <summary>Runs what is due now, one after the other, and returns how many; for tests and for a server without a worker.</summary>
    public async Task<int> RunDue(CancellationToken ct = default)
    {
        var count = 0;
        while (await _queue.Take([.. _handlers.Keys], 1, ct) is [var errand])
        {
            await RunOne(errand, ct);
            count++;
        }
        return count;
    }

    /// <summary>2 s, 8 s, 32 s … at most an hour, each ±50 %, so that what failed together does not come back together.</summary>
    public static Duration Pause(int attempt, double random) =>
        Duration.FromSeconds(Math.Min(3_600, 0.5 * Math.Pow(4, Math.Min(attempt, 10))) * (0.5 + random));

    private async Task RunOne(Errand errand, CancellationToken ct)
    {
        var handler = _handlers[errand.Kind];
        try
        {
            ct.ThrowIfCancellationRequested();
            // More attempts than allowed without a settled one: it kills the process that runs it.
            if (errand.Attempt > handler.Attempts) throw new ErrandIsHopeless("Its last attempt ended without an answer.");
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
            patience.CancelAfter(Patience);
            await handler.Run(errand, patience.Token);
            await _queue.Done(errand, CancellationToken.None);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await Quietly(() => _queue.Released(errand, CancellationToken.None), errand);
        }
        catch (Exception e)
        {
            await Quietly(() => Failed(errand, handler, e), errand);
        }
    }

    private async Task Failed(Errand errand, IErrandHandler handler, Exception e)
    {
        var error = $"{e.GetType().Name}: {e.Message}";
        if (e is not ErrandIsHopeless && errand.Attempt < handler.Attempts)
        {
            LogFailed(_log, errand.Kind, errand.Id, errand.Attempt, error);
            var pause = e is ErrandLater later ? later.Pause : Pause(errand.Attempt, Random.Shared.NextDouble());
            await _queue.Failed(errand, error, pause, CancellationToken.None);
            return;
        }
        LogDead(_log, errand.Kind, errand.Id, errand.Attempt, error);
        // First the event of the business: were the row dead before it and the process killed between, nobody would be told.
        try
        {
            await handler.GiveUp(errand, error, CancellationToken.None);
        }
        catch (Exception second)
        {
            error += $" | then, giving up: {second.GetType().Name}: {second.Message}";
        }
        await _queue.Dead(errand, error, CancellationToken.None);
    }

    // The lease runs out and it is taken again; the worker must not end for it.
    private async Task Quietly(Func<Task> settle, Errand errand)
    {
        try
        {
            await settle();
        }
        catch (Exception e)
        {
            LogUnsettled(_log, e, errand.Kind, errand.Id);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Errand {Kind} {Id} failed at attempt {Attempt}: {Error}")]
    private static partial void LogFailed(ILogger log, string kind, Guid id, int attempt, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Errand {Kind} {Id} is dead after attempt {Attempt}: {Error}")]
    private static partial void LogDead(ILogger log, string kind, Guid id, int attempt, string error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Errand {Kind} {Id} could not be settled; it will be taken again when its lease ends")]
    private static partial void LogUnsettled(ILogger log, Exception e, string kind, Guid id);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Errands cannot be taken now")]
    private static partial void LogTrouble(ILogger log, Exception e);
}

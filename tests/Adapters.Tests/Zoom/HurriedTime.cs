using System.Collections.Concurrent;

namespace Muse.Adapters.Tests.Zoom;

/// <summary>
/// A clock on which short waits (up to five seconds) are over at once and are written down, and longer ones, such as time-outs, end when the test
/// moves the clock past them.
/// </summary>
public sealed class HurriedTime(DateTimeOffset start) : TimeProvider
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly List<Waiting> _waiting = [];
    private DateTimeOffset _now = start;

    /// <summary>The short waits, in the order in which they were asked for.</summary>
    public ConcurrentQueue<TimeSpan> Waits { get; } = new();

    /// <summary>Told of each short wait, before it ends.</summary>
    public Action<TimeSpan>? Waited { get; set; }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) return _now;
    }

    public void Advance(TimeSpan by)
    {
        List<Waiting> due;
        lock (_gate)
        {
            _now += by;
            due = [.. _waiting.Where(w => w.Due <= _now)];
            _waiting.RemoveAll(due.Contains);
        }
        foreach (var waiting in due) waiting.Callback(waiting.State);
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan) return new Waiting(this, DateTimeOffset.MaxValue, callback, state);
        if (dueTime <= Short)
        {
            Waits.Enqueue(dueTime);
            lock (_gate) _now += dueTime;
            Waited?.Invoke(dueTime);
            ThreadPool.QueueUserWorkItem(_ => callback(state));
            return new Waiting(this, DateTimeOffset.MinValue, callback, state);
        }
        lock (_gate)
        {
            var waiting = new Waiting(this, _now + dueTime, callback, state);
            _waiting.Add(waiting);
            return waiting;
        }
    }

    private sealed class Waiting(HurriedTime time, DateTimeOffset due, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due => due;

        public TimerCallback Callback => callback;

        public object? State => state;

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            lock (time._gate) time._waiting.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

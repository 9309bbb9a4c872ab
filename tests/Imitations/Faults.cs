namespace Muse.Imitations;

/// <summary>The faults that wait for requests to meet. Thread-safe.</summary>
public sealed class Faults
{
    private readonly Lock _gate = new();
    private readonly List<Waiting> _waiting = [];

    /// <summary>How many requests met a fault.</summary>
    public int Met { get; private set; }

    /// <summary>How many more would meet one: planned, and not asked for yet.</summary>
    public int Left
    {
        get
        {
            lock (_gate) return _waiting.Sum(w => w.Times);
        }
    }

    /// <summary>The next <paramref name="times"/> requests that fit meet the fault.</summary>
    /// <param name="method">Null for any.</param>
    /// <param name="path">What the path contains; empty for any.</param>
    public void Next(Fault fault, string? method = null, string path = "", int times = 1)
    {
        lock (_gate) _waiting.Add(new Waiting(fault, method, path, times));
    }

    /// <summary>Each kind that waits, and for how many requests.</summary>
    public IReadOnlyList<(Fault Fault, int Times)> On
    {
        get
        {
            lock (_gate) return [.. _waiting.GroupBy(w => w.Fault).Select(kind => (kind.Key, kind.Sum(w => w.Times)))];
        }
    }

    /// <summary>No request meets this fault any more.</summary>
    public void TakeOff(Fault fault)
    {
        lock (_gate) _waiting.RemoveAll(w => w.Fault == fault);
    }

    public void Clear()
    {
        lock (_gate) _waiting.Clear();
    }

    internal Fault? Take(HttpRequest request)
    {
        lock (_gate)
        {
            var found = _waiting.FindIndex(w => (w.Method is null || w.Method == request.Method)
                && request.Path.Value!.Contains(w.Path, StringComparison.Ordinal));
            if (found < 0) return null;
            var waiting = _waiting[found];
            if (waiting.Times > 1) _waiting[found] = waiting with { Times = waiting.Times - 1 };
            else _waiting.RemoveAt(found);
            Met++;
            return waiting.Fault;
        }
    }

    private sealed record Waiting(Fault Fault, string? Method, string Path, int Times);
}

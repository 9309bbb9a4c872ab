using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rooms.Forwarding;

/// <summary>The last runs of a subscription: which packet stands behind an index that was sent. Bounded: what lies before the oldest run
/// is forgotten. A subscription that never switches nor drops has one run, whatever its length.</summary>
/// <param name="capacity">Runs; a power of two.</param>
internal sealed class SentLog(int capacity)
{
    private readonly Run[] _runs = new Run[capacity];
    private long _count;

    public bool IsEmpty => _count == 0;

    public ref readonly Run Current => ref _runs[(int)((_count - 1) & (capacity - 1))];

    /// <inheritdoc cref="Subscription.Prefetch"/>
    public void Prefetch() => CacheLines.Prefetch(in Current);

    public void Begin(in Run run)
    {
        // A run under whose numbers nothing can have been sent makes room for the next.
        if (_count > 0 && Current.FirstOut == run.FirstOut)
            _count--;
        _runs[(int)(_count++ & (capacity - 1))] = run;
    }

    /// <summary>The run that an index of the subscription belongs to.</summary>
    public bool TryFind(long outIndex, out Run run)
    {
        for (var i = _count - 1; i >= 0 && i >= _count - capacity; i--)
        {
            run = _runs[(int)(i & (capacity - 1))];
            if (outIndex >= run.FirstOut)
                return true;
        }

        run = default;
        return false;
    }

    /// <summary>The run that has kept a place for a packet that comes late: only since the last change of encoding.</summary>
    public bool TryPlace(Encoding encoding, long inIndex, out Run run)
    {
        var end = long.MaxValue;
        for (var i = _count - 1; i >= 0 && i >= _count - capacity; i--)
        {
            run = _runs[(int)(i & (capacity - 1))];
            if (run.Encoding != encoding)
                break;
            if (inIndex >= run.FirstIn)
                return run.OutOf(inIndex) < end;
            end = run.FirstOut;
        }

        run = default;
        return false;
    }
}

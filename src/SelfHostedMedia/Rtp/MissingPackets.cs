namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The holes in what a publisher sent, and when to ask for them again. Bounded: a hole too large to mend is left to a key
/// frame.</summary>
internal sealed class MissingPackets
{
    public const int Capacity = 128;
    private const int MaxAttempts = 8;
    private const long RetryMilliseconds = 60;

    private readonly long[] _indices = new long[Capacity];
    private readonly long[] _askedAt = new long[Capacity];
    private readonly int[] _attempts = new int[Capacity];
    private int _count;

    public int Count => _count;

    /// <summary>A packet arrived.</summary>
    /// <param name="newest">The newest index before it; −1 for the first.</param>
    /// <returns>False when the hole before it is too large to ask for.</returns>
    public bool Arrived(long index, long newest)
    {
        if (newest < 0)
            return true;
        if (index <= newest)
        {
            Remove(index);
            return true;
        }

        if (index - newest - 1 > Capacity - _count)
        {
            _count = 0;
            return false;
        }

        for (var missing = newest + 1; missing < index; missing++)
        {
            _indices[_count] = missing;
            _askedAt[_count] = long.MinValue / 2;
            _attempts[_count] = 0;
            _count++;
        }

        return true;
    }

    /// <summary>Those to ask for now, oldest first. What was asked for eight times in vain is given up.</summary>
    public int TakeDue(Span<ushort> due, long now)
    {
        var taken = 0;
        var kept = 0;
        for (var i = 0; i < _count; i++)
        {
            if (now - _askedAt[i] >= RetryMilliseconds && taken < due.Length)
            {
                if (_attempts[i] == MaxAttempts)
                    continue;
                _attempts[i]++;
                _askedAt[i] = now;
                due[taken++] = (ushort)_indices[i];
            }

            (_indices[kept], _askedAt[kept], _attempts[kept]) = (_indices[i], _askedAt[i], _attempts[i]);
            kept++;
        }

        _count = kept;
        return taken;
    }

    private void Remove(long index)
    {
        var at = Array.IndexOf(_indices, index, 0, _count);
        if (at < 0)
            return;
        _count--;
        Array.Copy(_indices, at + 1, _indices, at, _count - at);
        Array.Copy(_askedAt, at + 1, _askedAt, at, _count - at);
        Array.Copy(_attempts, at + 1, _attempts, at, _count - at);
    }
}

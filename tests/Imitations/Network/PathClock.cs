namespace Muse.Imitations.Network;

/// <summary>Decides of each datagram of one direction when it arrives, and whether: pure, with a seed of its own. Not thread-safe.</summary>
/// <remarks>The order holds even when the delay shrinks while running, but for what <see cref="PathConditions.Reorder"/> holds back.</remarks>
public sealed class PathClock(int seed)
{
    private const int HeaderBytes = 28;

    private readonly Random _random = new(seed);
    private double _free;
    private double _last;
    private bool _inBurst;

    /// <summary>May change between two datagrams.</summary>
    public PathConditions Conditions { get; set; } = PathConditions.Perfect;

    /// <summary>When a datagram of so many bytes, given now, arrives.</summary>
    /// <param name="now">Milliseconds; never falls.</param>
    /// <param name="due">Its arrivals, in milliseconds of the same clock; room for two.</param>
    /// <returns>How often it arrives: 0, 1 or 2.</returns>
    public int Take(int bytes, double now, Span<double> due)
    {
        var conditions = Conditions;
        if (conditions.IsDown || IsLost(conditions))
            return 0;
        var leaves = now;
        if (conditions.BitsPerSecond > 0)
        {
            leaves = Math.Max(now, _free);
            if (leaves - now > conditions.QueueMilliseconds)
                return 0;
            leaves += (bytes + HeaderBytes) * 8 * 1_000 / conditions.BitsPerSecond;
            _free = leaves;
        }

        var arrives = leaves + conditions.DelayMilliseconds;
        if (conditions.JitterMilliseconds > 0)
            arrives += _random.NextDouble() * conditions.JitterMilliseconds;
        if (conditions.Reorder > 0 && _random.NextDouble() < conditions.Reorder)
            due[0] = arrives + conditions.ReorderMilliseconds;
        else
            due[0] = _last = Math.Max(arrives, _last);
        if (conditions.Duplicate <= 0 || _random.NextDouble() >= conditions.Duplicate)
            return 1;
        due[1] = due[0];
        return 2;
    }

    /// <summary>Gilbert's model: two states, in one of which everything is lost; left after <see cref="PathConditions.BurstLength"/>
    /// datagrams on the average, and entered so often that the share of losses is <see cref="PathConditions.Loss"/>.</summary>
    private bool IsLost(PathConditions conditions)
    {
        if (conditions.Loss <= 0)
            return _inBurst = false;
        if (conditions.Loss >= 1)
            return true;
        if (conditions.BurstLength <= 1)
            return _random.NextDouble() < conditions.Loss;
        var leave = 1 / conditions.BurstLength;
        var enter = conditions.Loss * leave / (1 - conditions.Loss);
        _inBurst = _inBurst ? _random.NextDouble() >= leave : _random.NextDouble() < enter;
        return _inBurst;
    }
}

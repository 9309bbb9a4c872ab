namespace Muse.SelfHostedMedia.Rooms.Timing;

/// <summary>So many messages a second, and so many at once after silence.</summary>
internal sealed class MessageBudget(int perSecond, int atOnce)
{
    private const long Second = 1_000;

    /// <summary>In thousandths of a message.</summary>
    private long _left = atOnce * Second;
    private long _at;

    /// <param name="now">ms, not falling.</param>
    public bool TrySpend(long now)
    {
        _left = Math.Min(atOnce * Second, _left + ((now - _at) * perSecond));
        _at = now;
        if (_left < Second)
            return false;
        _left -= Second;
        return true;
    }
}

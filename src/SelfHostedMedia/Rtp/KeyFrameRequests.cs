namespace Muse.SelfHostedMedia.Rtp;

/// <summary>When to ask a publisher for a key frame. Asked by as many subscribers as may be, it sends at most one request each
/// 500 ms; while a key frame is awaited it repeats each 200 ms, because the request or the frame may be lost.</summary>
internal sealed class KeyFrameRequests
{
    private const long MinimumGap = 500;
    private const long RepeatAfter = 200;

    private bool _wanted;
    private bool _awaited;
    private long _firstAskedAt = long.MinValue / 2;
    private long _askedAt = long.MinValue / 2;

    /// <summary>Somebody needs a key frame.</summary>
    public void Want() => _wanted = true;

    /// <summary>A key frame begins.</summary>
    public void Arrived()
    {
        _awaited = false;
        _wanted = false;
    }

    /// <returns>True when a request shall be sent now.</returns>
    public bool IsDue(long now)
    {
        var due = _awaited ? now - _askedAt >= RepeatAfter : _wanted && now - _firstAskedAt >= MinimumGap;
        if (!due)
            return false;
        if (!_awaited)
            _firstAskedAt = now;
        _awaited = true;
        _askedAt = now;
        return true;
    }
}

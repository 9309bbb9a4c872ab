namespace Muse.SelfHostedMedia.Rtp;

/// <summary>Whether another key frame fits into its share of the bits of a window that ends now. The first key frame of a window is always allowed:
/// a picture that hardly changes (a page of music on a shared screen) sends next to nothing else, and whoever joins must see it
/// within ten seconds all the same. Before a track has been there for a whole window, its rate so far is taken to go on.</summary>
/// <param name="window">ms, a multiple of 20.</param>
internal sealed class KeyFrameBudget(long window)
{
    private const int Slices = 20;
    private const long LeastObserved = 1_000;
    private const long Moment = 300;

    private readonly long _sliceMilliseconds = window / Slices;
    private readonly long[] _all = new long[Slices];
    private readonly long[] _keyFrames = new long[Slices];
    private long _slice = long.MinValue;
    private long _begunAt = long.MinValue;
    private long _total;
    private long _keyFrameTotal;
    private long _keyFrameAt = long.MinValue / 2;
    private long _current;
    private long _last;

    /// <summary>There was no key frame in the window.</summary>
    public bool IsUnspent(long now)
    {
        Advance(now);
        return _keyFrameTotal == 0;
    }

    public void Count(int bytes, bool ofKeyFrame, long now)
    {
        Advance(now);
        var slot = (int)(_slice % Slices);
        _all[slot] += bytes;
        _total += bytes;
        if (!ofKeyFrame)
            return;
        _keyFrames[slot] += bytes;
        _keyFrameTotal += bytes;
        // The layers' key frames that one request brings come within a moment, and are paid for together.
        if (now - _keyFrameAt > Moment)
            (_last, _current) = (_current, 0);
        _keyFrameAt = now;
        _current += bytes;
    }

    /// <param name="share">One part of so many.</param>
    public bool Allows(int share, long now)
    {
        Advance(now);
        var observed = Math.Clamp(now - _begunAt, LeastObserved, window);
        var expected = _total * window / observed;
        var next = Math.Max(_last, _current);
        return _keyFrameTotal == 0 || (_keyFrameTotal + next) * share <= expected + next;
    }

    private void Advance(long now)
    {
        var slice = Math.Max(0, now) / _sliceMilliseconds;
        if (_slice == long.MinValue)
            (_slice, _begunAt) = (slice, now);
        for (var gone = Math.Min(slice - _slice, Slices); gone > 0; gone--)
        {
            var slot = (int)((slice - gone + 1) % Slices);
            _total -= _all[slot];
            _keyFrameTotal -= _keyFrames[slot];
            (_all[slot], _keyFrames[slot]) = (0, 0);
        }

        _slice = Math.Max(_slice, slice);
    }
}

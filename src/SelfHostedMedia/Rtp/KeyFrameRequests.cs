namespace Muse.SelfHostedMedia.Rtp;

/// <summary>When to ask a track's sender for a key frame. One for all its layers: a request for one gives a key frame of each. Asked by as many
/// subscribers as may be, it is one new request each 500 ms at most; while somebody waits it is repeated each 100 ms, because the
/// request or the frame may be lost; and key frames may make up a tenth of the bits at most: of ten seconds for who comes in; one whose
/// picture stands still may draw on a whole minute, because it would stand for most of ten seconds.</summary>
internal sealed class KeyFrameRequests
{
    private const long MinimumGap = 500;
    private const long RepeatAfter = 100;

    /// <summary>A sender that does not answer (its camera is off) is asked more and more seldom, up to this.</summary>
    private const long SlowestRepeat = 1_000;
    private const int QuickRepeats = 10;

    /// <summary>Parts of the bits that key frames may take of ten seconds, and of a minute: there less, because the one key frame that each ten
    /// seconds may have comes on top.</summary>
    private const int OfTenSeconds = 10;
    private const int OfMinute = 14;

    private readonly KeyFrameBudget _tenSeconds = new(10_000);
    private readonly KeyFrameBudget _minute = new(60_000);
    private bool _wanted;
    private bool _isStanding;
    private bool _awaited;
    private int _repeats;
    private long _firstAskedAt = long.MinValue / 2;
    private long _askedAt = long.MinValue / 2;

    /// <summary>Somebody waits for a key frame that has been asked for, or would be if the budget allowed it.</summary>
    public bool IsWanted => _wanted || _awaited;

    /// <summary>Wishes that had to wait for the budget.</summary>
    public long Deferred { get; private set; }

    /// <summary>Somebody needs a key frame.</summary>
    /// <param name="isStanding">A picture that was there stands still.</param>
    public void Want(bool isStanding = false)
    {
        _wanted = true;
        _isStanding |= isStanding;
    }

    /// <summary>Counts a packet of any layer.</summary>
    /// <param name="bytes">Of its payload.</param>
    /// <param name="ofKeyFrame">It belongs to a key frame, first packet or not.</param>
    public void Count(int bytes, bool ofKeyFrame, long now)
    {
        _tenSeconds.Count(bytes, ofKeyFrame, now);
        _minute.Count(bytes, ofKeyFrame, now);
    }

    /// <summary>A key frame begins.</summary>
    public void Arrived()
    {
        _awaited = false;
        _wanted = false;
        _isStanding = false;
        _repeats = 0;
    }

    /// <returns>True when a request shall be sent now.</returns>
    public bool IsDue(long now)
    {
        if (_awaited)
        {
            if (now - _askedAt < (_repeats < QuickRepeats ? RepeatAfter : SlowestRepeat))
                return false;
            _repeats++;
            _askedAt = now;
            return true;
        }

        if (!_wanted || now - _firstAskedAt < MinimumGap)
            return false;
        if (!IsAllowed(now))
        {
            Deferred++;
            return false;
        }

        _firstAskedAt = now;
        _askedAt = now;
        _awaited = true;
        _repeats = 0;
        return true;
    }

    private bool IsAllowed(long now) => _tenSeconds.IsUnspent(now)
        || (_minute.Allows(OfMinute, now) && (_isStanding || _tenSeconds.Allows(OfTenSeconds, now)));
}

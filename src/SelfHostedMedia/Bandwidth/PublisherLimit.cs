namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>The most that a publisher of a single encoding shall send of it: what the weakest of its viewers can take. A lone viewer is
/// followed exactly. Where there are others, the weak one first goes without some of the pictures (temporal layers), so that the others
/// lose less. Filled anew at each report; nobody watching limits nothing, and one that recovers lifts it at once.</summary>
internal struct PublisherLimit
{
    /// <summary>The share of the bits of the pictures up to the middle temporal layer of three (libvpx's own division is 40, 20, 40 %).</summary>
    public const double MiddleTemporalShare = 0.65;

    /// <summary>That of the lowest one alone.</summary>
    public const double LowestTemporalShare = 0.45;

    private const long Least = 100_000;

    private long _least;
    private int _viewers;
    private bool _canThin;
    private bool _areSilent;

    /// <param name="allowance">bit/s that the viewer's line leaves for this track.</param>
    /// <param name="canThin">The stream has temporal layers to leave out.</param>
    /// <param name="isSilent">Nothing comes back from it: it may be gone, and counts only where nobody else is there.</param>
    public void Add(long allowance, bool canThin, bool isSilent = false)
    {
        if (_viewers > 0 && isSilent && !_areSilent)
            return;
        if (_areSilent && !isSilent)
            _viewers = 0;
        _areSilent = isSilent;
        _least = _viewers == 0 ? allowance : Math.Min(_least, allowance);
        _canThin = canThin;
        _viewers++;
    }

    /// <param name="maximum">bit/s of the room's profile.</param>
    public readonly long Bitrate(long maximum)
    {
        if (_viewers == 0)
            return maximum;
        var bitrate = _viewers > 1 && _canThin ? (long)(_least / MiddleTemporalShare) : _least;
        return Math.Clamp(bitrate, Least, Math.Max(Least, maximum));
    }
}

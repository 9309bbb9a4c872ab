namespace Muse.SelfHostedMedia.Rooms;

/// <summary>A peer that had a rhythm and fell silent may have lost the path in use while another of its proved ones still works (a phone that
/// leaves the house's network). Until it is heard again, or for two seconds, it is sent everything over all of them.</summary>
internal sealed class SilentPaths
{
    /// <summary>Paths that get a copy at most: a stranger's gain is nothing, since all are proved, but a line must not drown.</summary>
    public const int MaxPaths = 3;

    /// <summary>Milliseconds without an authentic packet after which the search begins; more for a peer that is seldom heard.</summary>
    public const long MinSilence = 300;

    public const long MaxSearch = 2_000;

    private long _heardAt = -1;
    private double _rhythm;

    public bool IsSearching { get; private set; }

    public void Heard(long now)
    {
        if (_heardAt >= 0 && !IsSearching)
            _rhythm += ((now - _heardAt) - _rhythm) / 16;
        _heardAt = now;
        IsSearching = false;
    }

    /// <summary>At its connection's turn of the <see cref="Rota"/>.</summary>
    public void Tick(long now, int paths)
    {
        if (_heardAt < 0 || paths < 2)
        {
            IsSearching = false;
            return;
        }

        var silence = now - _heardAt;
        var begins = Math.Max(MinSilence, (long)(4 * _rhythm));
        IsSearching = silence > begins && silence < begins + MaxSearch;
    }
}

using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Ice;

/// <summary>The ways to one peer that a check has proved, at most eight. Media is taken from all of them, because it arrives before a pair is
/// nominated; it is sent to the one that was nominated last or from which the newest authentic packet came, because a browser nominates
/// its new path only at its next check, seconds later.</summary>
internal sealed class IcePaths
{
    public const int Capacity = 8;

    private readonly NetworkAddress[] _remotes = new NetworkAddress[Capacity];
    private readonly NetworkAddress[] _locals = new NetworkAddress[Capacity];
    private readonly long[] _heardAt = new long[Capacity];
    private int _selected = -1;

    public int Count { get; private set; }

    public bool HasPath => _selected >= 0;

    public NetworkAddress Remote => _remotes[_selected];

    public NetworkAddress Local => _locals[_selected];

    public NetworkAddress this[int i] => _remotes[i];

    /// <summary>An authentic check came over this path.</summary>
    /// <param name="evicted">The path that was forgotten for it, if any: the one unheard for longest, never the selected.</param>
    /// <returns>True when the path is new.</returns>
    public bool Validate(in NetworkAddress remote, in NetworkAddress local, bool nominated, long now, out NetworkAddress evicted)
    {
        evicted = default;
        var i = IndexOf(remote);
        var isNew = i < 0;
        if (isNew)
        {
            i = Count < Capacity ? Count++ : Evict(out evicted);
            _remotes[i] = remote;
        }

        _locals[i] = local;
        _heardAt[i] = now;
        if (nominated || _selected < 0)
            _selected = i;
        return isNew;
    }

    /// <summary>The newest authentic packet came over this path.</summary>
    public void Follow(in NetworkAddress remote, long now)
    {
        if (_selected >= 0 && _remotes[_selected].Equals(remote))
        {
            _heardAt[_selected] = now;
            return;
        }

        var i = IndexOf(remote);
        if (i < 0)
            return;
        _heardAt[i] = now;
        _selected = i;
    }

    private int IndexOf(in NetworkAddress remote)
    {
        for (var i = 0; i < Count; i++)
        {
            if (_remotes[i].Equals(remote))
                return i;
        }

        return -1;
    }

    private int Evict(out NetworkAddress evicted)
    {
        var oldest = -1;
        for (var i = 0; i < Count; i++)
        {
            if (i != _selected && (oldest < 0 || _heardAt[i] < _heardAt[oldest]))
                oldest = i;
        }

        evicted = _remotes[oldest];
        return oldest;
    }
}

using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Ice;

/// <summary>The ways to one peer that a check has proved, at most eight, and at most one that only an authentic packet speaks for
/// (<see cref="Latch"/>). Media is taken from all of them, because it arrives before a pair is nominated; it is sent to the one that was
/// nominated last or from which the newest authentic packet came, because a browser nominates its new path only at its next check, seconds
/// later.</summary>
internal sealed class IcePaths
{
    public const int Capacity = 8;

    /// <summary>How long a latched address may wait for its check, in milliseconds: a browser checks a path in use each 2.5 s.</summary>
    public const long ProofWithin = 8_000;

    private readonly NetworkAddress[] _remotes = new NetworkAddress[Capacity];
    private readonly NetworkAddress[] _locals = new NetworkAddress[Capacity];
    private readonly long[] _heardAt = new long[Capacity];
    private int _selected = -1;
    private int _latched = -1;
    private long _latchedAt;

    public int Count { get; private set; }

    public bool HasPath => _selected >= 0;

    public NetworkAddress Remote => _remotes[_selected];

    public NetworkAddress Local => _locals[_selected];

    /// <summary>Fetches what sending reads into the processor's cache.</summary>
    public void Prefetch()
    {
        if (_selected < 0)
            return;
        CacheLines.Prefetch(in _remotes[_selected]);
        CacheLines.Prefetch(in _locals[_selected]);
    }

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
        if (_latched == i)
            _latched = -1;
        if (nominated || _selected < 0)
            _selected = i;
        return isNew;
    }

    /// <summary>A packet that only the peer can have made came from an address that no check has proved yet: its NAT gave it another one.
    /// It is used at once, and forgotten by <see cref="TryForgetUnproved"/> unless a check follows.</summary>
    /// <param name="evicted">As in <see cref="Validate"/>; a former latched address goes first.</param>
    public void Latch(in NetworkAddress remote, in NetworkAddress local, long now, out NetworkAddress evicted)
    {
        evicted = default;
        var i = _latched;
        if (i >= 0)
            evicted = _remotes[i];
        else
            i = Count < Capacity ? Count++ : Evict(out evicted);
        _remotes[i] = remote;
        _locals[i] = local;
        _heardAt[i] = _latchedAt = now;
        _latched = _selected = i;
    }

    /// <summary>Forgets the latched address when its check has not come in time.</summary>
    public bool TryForgetUnproved(long now, out NetworkAddress forgotten)
    {
        forgotten = default;
        if (_latched < 0 || now - _latchedAt < ProofWithin)
            return false;
        forgotten = _remotes[_latched];
        Forget(forgotten);
        return true;
    }

    /// <summary>The path is gone (its TCP connection has ended): the one heard most lately takes its place.</summary>
    public void Forget(in NetworkAddress remote)
    {
        var i = IndexOf(remote);
        if (i < 0)
            return;
        var last = --Count;
        (_remotes[i], _locals[i], _heardAt[i]) = (_remotes[last], _locals[last], _heardAt[last]);
        _latched = _latched == i ? -1 : _latched == last ? i : _latched;
        if (_selected == i)
            _selected = Newest();
        else if (_selected == last)
            _selected = i;
    }

    public NetworkAddress LocalOf(int i) => _locals[i];

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

    private int Newest()
    {
        var newest = -1;
        for (var i = 0; i < Count; i++)
        {
            if (newest < 0 || _heardAt[i] > _heardAt[newest])
                newest = i;
        }

        return newest;
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

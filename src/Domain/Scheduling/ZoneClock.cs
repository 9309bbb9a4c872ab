using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>
/// One zone read in whole seconds, remembering the zone interval of the last question: neighbouring questions nearly always fall into the same
/// one, which makes them an addition. Not for several threads.
/// </summary>
internal struct ZoneClock(DateTimeZone zone)
{
    // Shorter intervals than this (there are a few in history) are looked up every time.
    private const long Shortest = 4 * 86_400;

    private long _from = long.MaxValue, _to = long.MinValue;
    private long _localFrom = long.MaxValue, _localTo = long.MinValue;
    private int _offset;

    public readonly DateTimeZone Zone => zone;

    /// <summary>The lenient instant (Unix seconds) of a local time given in seconds since 1970-01-01T00:00 on that clock.</summary>
    public long Resolve(long localSeconds)
    {
        if (localSeconds >= _localFrom && localSeconds < _localTo)
            return localSeconds - _offset;
        var local = new LocalDateTime(1970, 1, 1, 0, 0).PlusSeconds(localSeconds);
        var instant = LocalTimes.ResolveLenient(zone, local).Instant.ToUnixTimeSeconds();
        OffsetAt(instant);
        Bound();
        return instant;
    }

    // The local times that are read with this interval's offset. At its end that includes those skipped or repeated by the change: both rules
    // take the offset before it. At its start they belong to the interval before.
    private void Bound()
    {
        (_localFrom, _localTo) = (long.MaxValue, long.MinValue);
        if (_to - _from < Shortest)
            return;
        var before = zone.GetUtcOffset(Instant.FromUnixTimeSeconds(Math.Max(_from - 1, Instant.MinValue.ToUnixTimeSeconds()))).Seconds;
        var after = zone.GetUtcOffset(Instant.FromUnixTimeSeconds(Math.Min(_to, Instant.MaxValue.ToUnixTimeSeconds()))).Seconds;
        _localFrom = _from + Math.Max(_offset, before);
        _localTo = _to + Math.Max(_offset, after);
    }

    /// <summary>Seconds ahead of UTC at an instant in Unix seconds.</summary>
    public int OffsetAt(long instant)
    {
        if (instant >= _from && instant < _to)
            return _offset;
        var interval = zone.GetZoneInterval(Instant.FromUnixTimeSeconds(instant));
        _from = interval.HasStart ? interval.Start.ToUnixTimeSeconds() : long.MinValue / 4;
        _to = interval.HasEnd ? interval.End.ToUnixTimeSeconds() : long.MaxValue / 4;
        _offset = interval.WallOffset.Seconds;
        return _offset;
    }
}

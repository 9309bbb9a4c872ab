using NodaTime;

namespace Muse.Domain.Scheduling;

/// <summary>
/// One zone read in whole seconds, remembering the zone interval of the last question: neighbouring questions nearly always fall into the same
/// one, which makes them an addition. Not for several threads.
/// </summary>
internal struct ZoneClock(DateTimeZone zone)
{
    // Around a change, local times may be skipped or repeated; the longest gap is 24 h (Apia 2011, Kwajalein 1993), so two days are safe.
    private const long Margin = 2 * 86_400;

    private long _from = long.MaxValue, _to = long.MinValue;
    private int _offset;

    public readonly DateTimeZone Zone => zone;

    /// <summary>The lenient instant (Unix seconds) of a local time given in seconds since 1970-01-01T00:00 on that clock.</summary>
    public long Resolve(long localSeconds)
    {
        var guess = localSeconds - _offset;
        if (_from < _to && guess - Margin >= _from && guess + Margin < _to)
            return guess;
        var local = new LocalDateTime(1970, 1, 1, 0, 0).PlusSeconds(localSeconds);
        var instant = LocalTimes.ResolveLenient(zone, local).Instant.ToUnixTimeSeconds();
        OffsetAt(instant);
        return instant;
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

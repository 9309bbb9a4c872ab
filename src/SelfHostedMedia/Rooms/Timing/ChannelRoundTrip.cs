namespace Muse.SelfHostedMedia.Rooms.Timing;

/// <summary>How long the way to a person and back takes, by our pings over the channel. Of the last few the shortest counts: what is above it
/// was waiting, here or there, and not distance.</summary>
internal sealed class ChannelRoundTrip
{
    private const int Kept = 8;

    /// <summary>µs. A channel that is silent for so long says nothing any more.</summary>
    private const long Fresh = 10_000_000;
    private const long Longest = 10_000_000;

    private readonly long[] _samples = new long[Kept];
    private int _count;
    private long _heardAt;

    /// <param name="pingedAt">Our clock, µs, as the pong repeats it.</param>
    /// <param name="held">How long the peer says it had the ping, µs.</param>
    /// <returns>False for what cannot be: a ping from the future or long ago, or one held for longer than it was away.</returns>
    public bool Heard(long pingedAt, long held, long now)
    {
        var away = now - pingedAt;
        if (away is < 0 or > Longest || held < 0 || held > away)
            return false;
        _samples[_count++ % Kept] = away - held;
        _heardAt = now;
        return true;
    }

    /// <summary>µs; −1 while unknown.</summary>
    public long Microseconds(long now)
    {
        if (_count == 0 || now - _heardAt > Fresh)
            return -1;
        var shortest = long.MaxValue;
        foreach (var sample in _samples.AsSpan(0, Math.Min(_count, Kept)))
            shortest = Math.Min(shortest, sample);
        return shortest;
    }
}

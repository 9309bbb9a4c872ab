namespace Muse.SelfHostedMedia.Rtp;

/// <summary>How fast something flows: bytes of the last second, in eight parts.</summary>
internal sealed class ByteRate
{
    private const int Parts = 8;
    private const int PartMilliseconds = 125;

    private readonly int[] _bytes = new int[Parts];
    private long _part;

    /// <param name="now">Milliseconds; never falls.</param>
    public void Count(int bytes, long now)
    {
        MoveTo(now / PartMilliseconds);
        _bytes[_part % Parts] += bytes;
    }

    /// <summary>bit/s over the last second, the part under way included.</summary>
    public long BitsPerSecond(long now)
    {
        MoveTo(now / PartMilliseconds);
        var sum = 0L;
        foreach (var bytes in _bytes)
            sum += bytes;
        return sum * 8;
    }

    private void MoveTo(long part)
    {
        if (part <= _part)
            return;
        if (part - _part >= Parts)
            Array.Clear(_bytes);
        else
            for (var skipped = _part + 1; skipped <= part; skipped++)
                _bytes[skipped % Parts] = 0;
        _part = part;
    }
}

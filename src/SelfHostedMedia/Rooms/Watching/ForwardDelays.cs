namespace Muse.SelfHostedMedia.Rooms.Watching;

/// <summary>How long packets stay in the server: a histogram of fixed buckets, written by the media thread once per forwarded burst. Reading it
/// from elsewhere tears nothing that matters: each number is whole, and the newest bursts may be missing from some of them.</summary>
public sealed class ForwardDelays
{
    private static readonly long[] Bounds =
    [
        50, 100, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 20_000, 50_000, 100_000,
    ];

    private readonly long[] _counts = new long[Bounds.Length + 1];
    private readonly long[] _sums = new long[Bounds.Length + 1];

    /// <summary>Upper ends of the buckets, µs, each belonging to its bucket; the last bucket has none.</summary>
    public static ReadOnlySpan<long> UpperMicroseconds => Bounds;

    /// <param name="nanoseconds">From the kernel's stamp on the burst's first packet until the kernel had taken the last one going out.</param>
    internal void Count(long nanoseconds)
    {
        var bucket = 0;
        while (bucket < Bounds.Length && nanoseconds > Bounds[bucket] * 1_000)
            bucket++;
        _counts[bucket]++;
        _sums[bucket] += Math.Max(0, nanoseconds);
    }

    /// <summary>What was counted so far.</summary>
    public DelayCounts Read()
    {
        var (counts, sums) = (new long[_counts.Length], new long[_sums.Length]);
        for (var i = 0; i < counts.Length; i++)
            (counts[i], sums[i]) = (Volatile.Read(ref _counts[i]), Volatile.Read(ref _sums[i]));
        return new(counts, sums);
    }
}

/// <summary>Delays by bucket.</summary>
/// <param name="Counts">Bursts per bucket of <see cref="ForwardDelays.UpperMicroseconds"/>, and one more for what took longer.</param>
/// <param name="Nanoseconds">Their sum, per bucket.</param>
public sealed record DelayCounts(IReadOnlyList<long> Counts, IReadOnlyList<long> Nanoseconds)
{
    public long Count => Counts.Sum();

    /// <summary>What was counted since an earlier reading.</summary>
    public DelayCounts Since(DelayCounts? earlier) => earlier is null
        ? this
        : new([.. Counts.Zip(earlier.Counts, (now, then) => now - then)], [.. Nanoseconds.Zip(earlier.Nanoseconds, (now, then) => now - then)]);

    /// <summary>The upper end of the bucket in which the share is reached, ms; null when nothing was counted. What is in the last bucket counts
    /// as its mean.</summary>
    /// <param name="share">0…1, as 0.5 for the median.</param>
    public double? Quantile(double share)
    {
        var left = (long)Math.Ceiling(Count * share);
        if (left == 0)
            return null;
        for (var i = 0; i < Counts.Count; i++)
        {
            left -= Counts[i];
            if (left > 0)
                continue;
            return i < ForwardDelays.UpperMicroseconds.Length
                ? ForwardDelays.UpperMicroseconds[i] / 1_000.0
                : Nanoseconds[i] / 1_000_000.0 / Counts[i];
        }

        return null;
    }
}

namespace Muse.SelfHostedMedia.Bandwidth;

/// <summary>What really arrived, by the receiver's clock, in bit/s over the last half second.</summary>
internal sealed class AcknowledgedRate
{
    private const long BucketMicroseconds = 50_000;
    private const int Buckets = 10;

    private readonly long[] _bytes = new long[Buckets];
    private long _bucket = -1;
    private long _firstBucket;

    /// <summary>−1 until a quarter of a second is known.</summary>
    public long BitsPerSecond { get; private set; } = -1;

    /// <param name="arrivedAt">Microseconds; late ones count where they belong while that is remembered.</param>
    public void Add(long arrivedAt, int bytes)
    {
        var bucket = arrivedAt / BucketMicroseconds;
        if (_bucket < 0 || bucket - _bucket > 200)
        {
            _bytes.AsSpan().Clear();
            _bucket = _firstBucket = bucket;
        }

        for (; _bucket < bucket; _bucket++)
            _bytes[(int)((_bucket + 1) % Buckets)] = 0;
        if (_bucket - bucket < Buckets)
            _bytes[(int)(bucket % Buckets)] += bytes;
    }

    /// <summary>Call after each message's packets.</summary>
    public void Update()
    {
        // The newest bucket is still filling and is left out.
        var buckets = (int)Math.Min(_bucket - _firstBucket, Buckets - 1);
        if (buckets < 5)
            return;
        var sum = 0L;
        for (var i = 1; i <= buckets; i++)
            sum += _bytes[(int)((_bucket - i) % Buckets)];
        BitsPerSecond = sum * 8_000_000 / (buckets * BucketMicroseconds);
    }
}

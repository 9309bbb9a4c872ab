namespace Muse.SelfHostedMedia.Rtp;

/// <summary>How long to go on asking for what is missing.</summary>
/// <param name="Attempts">Requests for one packet.</param>
/// <param name="Age">ms after which nobody waits for it any more.</param>
internal readonly record struct RepairPatience(int Attempts, long Age)
{
    /// <summary>A picture stands still until its hole is filled: worth many attempts, after which a key frame is cheaper.</summary>
    public static RepairPatience Video { get; } = new(10, 1_500);

    /// <summary>Sound goes on over a hole; later than a jitter buffer holds back it is of no use.</summary>
    public static RepairPatience Audio { get; } = new(3, 240);
}

/// <summary>The holes in what a publisher sent, and when to ask for them again: at once, or after as long as its network is seen to put packets
/// out of order; again when an answer could have come, by the round trip that answers have taken. Bounded: a hole too large to mend
/// is left to a key frame.</summary>
internal sealed class MissingPackets(RepairPatience patience)
{
    public const int Capacity = 128;
    private const long LongestTolerance = 30;
    private const long ToleranceHolds = 5_000;
    private const int UnknownRoundTrip = 60;
    private const int LongestRoundTrip = 500;

    private readonly Hole[] _holes = new Hole[Capacity];
    private int _count;
    private long _tolerance;
    private long _reorderedAt = long.MinValue / 2;

    public MissingPackets()
        : this(RepairPatience.Video)
    {
    }

    public int Count => _count;

    /// <summary>How long an answer to a request takes, ms; −1 until the first answer.</summary>
    public int RoundTrip { get; private set; } = -1;

    /// <summary>Packets that came after they had been asked for.</summary>
    public long Mended { get; private set; }

    /// <summary>Packets that were given up.</summary>
    public long GivenUp { get; private set; }

    /// <summary>How long a hole waits before it is asked for, ms: packets out of order fill holes by themselves.</summary>
    public long Tolerance(long now) => now - _reorderedAt > ToleranceHolds ? 0 : _tolerance;

    /// <summary>A packet arrived.</summary>
    /// <param name="newest">The newest index before it; −1 for the first.</param>
    /// <param name="now">ms</param>
    /// <returns>False when the hole before it is too large to ask for.</returns>
    public bool Arrived(long index, long newest, long now)
    {
        if (newest < 0)
            return true;
        if (index <= newest)
        {
            Fill(index, now);
            return true;
        }

        if (index - newest - 1 > Capacity - _count)
        {
            GivenUp += _count + index - newest - 1;
            _count = 0;
            return false;
        }

        for (var missing = newest + 1; missing < index; missing++)
            _holes[_count++] = new() { Index = missing, NoticedAt = now };
        return true;
    }

    /// <summary>It has come another way (from redundancy): no more asking, and nothing learned.</summary>
    public void Forget(long index) => RemoveAt(Find(index));

    /// <summary>Those to ask for now, oldest first.</summary>
    /// <param name="gaveUp">True when one was given up in this call.</param>
    public int TakeDue(Span<ushort> due, long now, out bool gaveUp)
    {
        gaveUp = false;
        var taken = 0;
        var kept = 0;
        var tolerance = Tolerance(now);
        var repeat = RoundTrip < 0 ? UnknownRoundTrip : Math.Min(LongestRoundTrip, RoundTrip + (RoundTrip / 4) + 10);
        for (var i = 0; i < _count; i++)
        {
            ref var hole = ref _holes[i];
            if (now - hole.NoticedAt > patience.Age || (hole.Attempts == patience.Attempts && now - hole.AskedAt >= repeat))
            {
                GivenUp++;
                gaveUp = true;
                continue;
            }

            var isDue = hole.Attempts == 0 ? now - hole.NoticedAt >= tolerance : now - hole.AskedAt >= repeat;
            if (isDue && hole.Attempts < patience.Attempts && taken < due.Length)
            {
                if (hole.Attempts++ == 0)
                    hole.FirstAskedAt = now;
                hole.AskedAt = now;
                due[taken++] = (ushort)hole.Index;
            }

            _holes[kept++] = hole;
        }

        _count = kept;
        return taken;
    }

    private void Fill(long index, long now)
    {
        var at = Find(index);
        if (at < 0)
            return;
        ref var hole = ref _holes[at];
        if (hole.Attempts == 0)
        {
            // Nobody asked: it was late by itself.
            _tolerance = Math.Min(LongestTolerance, Math.Max(Tolerance(now), now - hole.NoticedAt + 5));
            _reorderedAt = now;
        }
        else
        {
            Mended++;
            Learn(hole, now);
        }

        RemoveAt(at);
    }

    /// <summary>Which of several requests was answered cannot be told (Karn's rule): then only a first, coarse value is taken.</summary>
    private void Learn(in Hole hole, long now)
    {
        var sample = (int)Math.Clamp(now - hole.FirstAskedAt, 0, LongestRoundTrip);
        if (RoundTrip < 0)
            RoundTrip = sample;
        else if (hole.Attempts == 1)
            RoundTrip += (sample - RoundTrip) / 4;
    }

    private int Find(long index)
    {
        for (var i = 0; i < _count; i++)
        {
            if (_holes[i].Index == index)
                return i;
        }

        return -1;
    }

    private void RemoveAt(int at)
    {
        if (at < 0)
            return;
        _count--;
        Array.Copy(_holes, at + 1, _holes, at, _count - at);
    }

    private struct Hole
    {
        public long Index;
        public long NoticedAt;
        public long FirstAskedAt;
        public long AskedAt;
        public int Attempts;
    }
}

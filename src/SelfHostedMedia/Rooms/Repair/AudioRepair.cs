namespace Muse.SelfHostedMedia.Rooms.Repair;

/// <summary>How a sound is protected on its way to one subscriber.</summary>
/// <param name="Distances">Bit n−1 is set when each packet carries the n-th before it again; 0 sends plain Opus.</param>
/// <param name="AnswersNacks">Packets it asks for are sent again.</param>
internal readonly record struct AudioProtection(byte Distances, bool AnswersNacks)
{
    public static AudioProtection None { get; } = new(0, AnswersNacks: true);
}

/// <summary>Chooses the protection by what is lost, by how losses cluster, and by how long the way is. Sending again waits for a round trip and
/// makes the other side's jitter buffer grow, which is bad for playing together: right on a short way. Redundancy costs its bytes
/// always and a few packets of delay only when needed: right on a long one.
/// <list type="table">
/// <listheader><term>loss</term><description>RTT under 60 ms · longer, losses alone · longer or not, losses in runs</description></listheader>
/// <item><term>under 1 %</term><description>again · plain · plain</description></item>
/// <item><term>1–8 %</term><description>again · n−1 · n−2, n−4</description></item>
/// <item><term>8–15 %</term><description>n−1, n−2 and again · the same · n−2, n−4 and again</description></item>
/// <item><term>over 15 %</term><description>n−1, n−2, n−3 and again · the same · n−1, n−2, n−4 and again</description></item>
/// </list>
/// It protects more at once and less only after ten seconds that needed less. Measured: <c>docs/media.md</c>, section on sound.</summary>
internal sealed class AudioRepair
{
    private const double Some = 0.01;
    private const double Much = 0.08;
    private const double VeryMuch = 0.15;

    /// <summary>Losses in runs of at least this many on average are bursts; losses of 20 % that strike alone have runs of 1.25.</summary>
    private const double Burst = 1.8;

    /// <summary>ms; a browser's jitter buffer holds 60–100.</summary>
    private const int ShortWay = 60;
    private const long Caution = 10_000;

    private int _level;
    private bool _inBursts;
    private long _neededAt;
    private long _burstAt = long.MinValue / 2;

    public AudioProtection Current { get; private set; } = AudioProtection.None;

    /// <summary>Times the protection changed.</summary>
    public int Changes { get; private set; }

    /// <param name="loss">0…1.</param>
    /// <param name="meanRun">Packets, at least 1.</param>
    /// <param name="roundTrip">ms; negative while unknown, which is taken for a long way.</param>
    /// <param name="now">ms</param>
    public void Observe(double loss, double meanRun, int roundTrip, long now)
    {
        var needed = loss >= VeryMuch ? 3 : loss >= Much ? 2 : loss >= Some ? 1 : 0;
        if (needed >= _level)
            _neededAt = now;
        else if (now - _neededAt >= Caution)
            (_level, _neededAt) = (_level - 1, now);
        _level = Math.Max(_level, needed);

        if (needed > 0 && meanRun >= Burst)
            _burstAt = now;
        _inBursts = now - _burstAt < Caution;

        // Before the way's length is known nothing is lost by sending again.
        var chosen = Choose(_level, _inBursts, roundTrip is >= 0 and < ShortWay, isLongWay: roundTrip >= ShortWay);
        if (chosen == Current)
            return;
        Current = chosen;
        Changes++;
    }

    private static AudioProtection Choose(int level, bool inBursts, bool isShortWay, bool isLongWay) => level switch
    {
        0 => new(0, AnswersNacks: !isLongWay),
        1 when isShortWay && !inBursts => new(0, AnswersNacks: true),
        1 => new(inBursts ? Distance(2, 4) : Distance(1), isShortWay),
        2 => new(inBursts ? Distance(2, 4) : Distance(1, 2), AnswersNacks: true),
        _ => new(inBursts ? Distance(1, 2, 4) : Distance(1, 2, 3), AnswersNacks: true),
    };

    private static byte Distance(params ReadOnlySpan<int> distances)
    {
        var mask = 0;
        foreach (var distance in distances)
            mask |= 1 << (distance - 1);
        return (byte)mask;
    }
}

using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms.Repair;

/// <summary>How much of a sound is lost on its way to one subscriber, and in how long runs. Learned from whatever tells first: the packets that it
/// asks for again, transport feedback, and the fraction lost of its receiver reports. A packet counts once, however often it is
/// reported.</summary>
internal sealed class LossWatch
{
    private const int Seconds = 5;
    private const int FewestPackets = 25;
    private const long ReportHolds = 12_000;

    private readonly IndexWindow _lost = new();
    private readonly int[] _sentIn = new int[Seconds];
    private readonly int[] _lostIn = new int[Seconds];
    private readonly int[] _runsIn = new int[Seconds];
    private int _second;
    private double _reported;
    private long _reportedAt = long.MinValue / 2;

    public void Sent(int packets) => _sentIn[_second] += packets;

    /// <summary>The subscriber lacks this packet.</summary>
    /// <param name="index">As sent to it.</param>
    public void Lost(long index)
    {
        if (index < 0 || _lost.IsSeen(index))
            return;
        var continues = index > 0 && _lost.Newest >= index - 1 && _lost.Newest - index < IndexWindow.Size - 1 && _lost.IsSeen(index - 1);
        _lost.Mark(index);
        _lostIn[_second]++;
        if (!continues)
            _runsIn[_second]++;
    }

    /// <param name="fraction">Of the last reporting interval, in 1/256 (RFC 3550 §6.4.1).</param>
    public void Reported(byte fraction, long now)
    {
        var loss = fraction / 256.0;
        _reported = now - _reportedAt > ReportHolds ? loss : Math.Max(loss, (_reported + loss) / 2);
        _reportedAt = now;
    }

    /// <summary>Once a second: the oldest second is forgotten.</summary>
    public void Second()
    {
        _second = (_second + 1) % Seconds;
        (_sentIn[_second], _lostIn[_second], _runsIn[_second]) = (0, 0, 0);
    }

    /// <summary>0…1, the larger of what was seen and what was reported.</summary>
    public double Loss(long now)
    {
        var sent = Sum(_sentIn);
        var seen = sent < FewestPackets ? 0 : Math.Min(1, (double)Sum(_lostIn) / sent);
        return now - _reportedAt > ReportHolds ? seen : Math.Max(seen, _reported);
    }

    /// <summary>Packets lost in one go, on average; 1 when each is lost alone or none is seen.</summary>
    public double MeanRun()
    {
        var runs = Sum(_runsIn);
        return runs == 0 ? 1 : (double)Sum(_lostIn) / runs;
    }

    private static int Sum(int[] seconds)
    {
        var sum = 0;
        foreach (var second in seconds)
            sum += second;
        return sum;
    }
}

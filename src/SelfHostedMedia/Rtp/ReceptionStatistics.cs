namespace Muse.SelfHostedMedia.Rtp;

/// <summary>What a receiver knows about one source (RFC 3550 appendix A.3 and A.8).</summary>
internal sealed class ReceptionStatistics(int clockRate)
{
    private long _firstIndex = -1;
    private long _highestIndex = -1;
    private long _received;
    private long _expectedBefore;
    private long _receivedBefore;
    private double _jitter;
    private long _transitBefore;
    private SenderReport _lastReport;
    private long _lastReportAt = -1;

    public long Received => _received;

    public int Lost => _firstIndex < 0 ? 0 : (int)(_highestIndex - _firstIndex + 1 - _received);

    public double JitterMilliseconds => _jitter * 1_000 / clockRate;

    /// <param name="now">Milliseconds.</param>
    public void Count(long index, uint timestamp, long now)
    {
        if (_firstIndex < 0 || index < _firstIndex)
            _firstIndex = index;
        var transit = (now * clockRate / 1_000) - timestamp;
        if (_received > 0)
        {
            var difference = Math.Abs((long)(int)(transit - _transitBefore));
            _jitter += (difference - _jitter) / 16;
        }

        _transitBefore = transit;
        _received++;
        _highestIndex = Math.Max(_highestIndex, index);
    }

    public void Heard(in SenderReport report, long now) => (_lastReport, _lastReportAt) = (report, now);

    /// <summary>Makes the next report; the fraction lost is that since the last call.</summary>
    public ReceptionReport Report(uint ssrc, long now)
    {
        var expected = _highestIndex - _firstIndex + 1;
        var expectedNow = expected - _expectedBefore;
        var lostNow = expectedNow - (_received - _receivedBefore);
        (_expectedBefore, _receivedBefore) = (expected, _received);
        var fraction = expectedNow <= 0 || lostNow <= 0 ? 0 : Math.Min(255, lostNow * 256 / expectedNow);
        return new(
            ssrc,
            (byte)fraction,
            Lost,
            (uint)_highestIndex,
            (uint)_jitter,
            _lastReportAt < 0 ? 0 : _lastReport.MiddleOfNtp,
            _lastReportAt < 0 ? 0 : (uint)((now - _lastReportAt) * 65_536 / 1_000));
    }
}

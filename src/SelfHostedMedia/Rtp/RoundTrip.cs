namespace Muse.SelfHostedMedia.Rtp;

/// <summary>How long the way to a subscriber and back takes, by the sender reports it repeats (RFC 3550 §6.4.1: LSR and DLSR). The reports are
/// the publisher's own, passed on: when each was sent from here is kept, so no clock but ours is used.</summary>
internal sealed class RoundTrip
{
    private const int Kept = 64;
    private const int Longest = 10_000;

    private readonly uint[] _reports = new uint[Kept];
    private readonly long[] _sentAt = new long[Kept];
    private int _next;

    /// <summary>Smoothed, ms; −1 while unknown.</summary>
    public int Milliseconds { get; private set; } = -1;

    /// <summary>The shortest seen, ms: the length of the way without queues; −1 while unknown.</summary>
    public int Shortest { get; private set; } = -1;

    /// <param name="middleOfNtp"><see cref="SenderReport.MiddleOfNtp"/> of the report.</param>
    public void Sent(uint middleOfNtp, long now)
    {
        (_reports[_next], _sentAt[_next]) = (middleOfNtp, now);
        _next = (_next + 1) % Kept;
    }

    public void Heard(in ReceptionReport report, long now)
    {
        if (report.LastReport == 0)
            return;
        for (var i = 0; i < Kept; i++)
        {
            if (_reports[i] != report.LastReport || _sentAt[i] == 0)
                continue;
            var held = (long)report.DelaySinceLastReport * 1_000 / 65_536;
            var sample = now - _sentAt[i] - held;
            // A peer that claims to have held it for longer than it was away tells nonsense (or rounds by a millisecond).
            if (sample < -2 || sample > Longest)
                return;
            sample = Math.Max(0, sample);
            Milliseconds = Milliseconds < 0 ? (int)sample : Milliseconds + (((int)sample - Milliseconds) / 4);
            Shortest = Shortest < 0 ? (int)sample : Math.Min(Shortest, (int)sample);
            return;
        }
    }
}

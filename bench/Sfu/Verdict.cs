namespace Muse.Bench.Sfu;

/// <summary>What a row says of its marks. What could not be seen is not met.</summary>
/// <param name="Missed">Marks that were seen to be missed.</param>
/// <param name="NotMeasured">Marks of which this run says nothing.</param>
internal sealed record Verdict(IReadOnlyList<string> Missed, IReadOnlyList<string> NotMeasured)
{
    /// <summary>One picture of the tool's thirty a second.</summary>
    private const double Frame = 1_000.0 / 30;

    /// <param name="seen">Null when the tool could not run.</param>
    /// <param name="peer">Janus in the same row; null when it did not run.</param>
    public static Verdict Of(Work work, Measured? seen, Measured? peer)
    {
        if (seen is null)
            return new([], ["all: the tool could not run"]);
        if (!seen.IsQuiet)
            return new([], [$"all: {seen.Others:0.00} cores were others'"]);
        var (missed, notMeasured) = (new List<string>(), new List<string>());
        if (!seen.IsWhole)
            missed.Add("something was lost, bad, or not connected");
        AtMost("µs a packet", seen.Microseconds, work.Microseconds);
        AtMost("ms of delay (p50)", seen.DelayP50, work.DelayP50);
        AtMost("ms of delay (p99)", seen.DelayP99, work.DelayP99);
        AtMost("ms to the keys (p50)", seen.SetUpP50, work.SetUpP50);
        AtMost("ms to the keys (p99)", seen.SetUpP99, work.SetUpP99);
        if (work.PictureWithinFrame)
            AtMost("ms from the keys to the first packet (p50)", seen.FirstPacket - seen.SetUpP50, Frame);
        if (work.TimesJanus > 0 && peer is not { IsQuiet: true })
            notMeasured.Add(peer is null ? "Janus did not run" : $"Janus was measured while {peer.Others:0.00} cores were others'");
        else if (work.TimesJanus > 0 && peer!.Microseconds / seen.Microseconds < work.TimesJanus)
            missed.Add($"{peer.Microseconds / seen.Microseconds:0.0} × Janus, wanted {work.TimesJanus:0.0}");
        return new(missed, notMeasured);

        void AtMost(string what, double value, double most)
        {
            if (most > 0 && value > most)
                missed.Add($"{value:0.00} {what}, at most {most:0.0}");
        }
    }
}

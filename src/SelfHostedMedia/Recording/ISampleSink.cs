namespace Muse.SelfHostedMedia.Recording;

/// <summary>A whole picture, or one packet of sound.</summary>
/// <param name="Time">On the encoding's RTP clock, extended to 64 bit; always later than that of the sample before.</param>
/// <param name="Duration">In units of that clock; 0 for pictures, which last until the next one.</param>
/// <param name="IsKey">A decoder can start here. Sound always.</param>
/// <param name="Arrival">When its last packet was taken up, in milliseconds of the media thread.</param>
internal readonly record struct Sample(long Time, int Duration, bool IsKey, long Arrival);

internal enum LossCause
{
    /// <summary>The encoding was joined before its first key frame.</summary>
    Beginning,

    /// <summary>Packets never came.</summary>
    Packets,

    /// <summary>A payload is not what its specification says, or beyond the limits.</summary>
    Malformed,

    /// <summary>The sender's clock jumped, or another SSRC went on.</summary>
    Clock,
}

/// <summary>A stretch of time of which there are no samples though there should be.</summary>
/// <param name="Time">On the encoding's extended RTP clock.</param>
/// <param name="Duration">In units of that clock: up to the next sample.</param>
/// <param name="Samples">Of which at least one packet came and that were dropped.</param>
/// <param name="Packets">That never came.</param>
/// <param name="Cause">The first, when there are several.</param>
internal readonly record struct LostTime(long Time, long Duration, int Samples, long Packets, LossCause Cause);

/// <summary>Takes what a depacketizer makes, in the order of time. Called on the thread that pushes packets.</summary>
internal interface ISampleSink
{
    /// <summary>From here on the clock is another one: what was known of how it goes with wall time holds no longer.</summary>
    /// <param name="time">Of the first packet of the new stretch, extended.</param>
    /// <param name="arrival">ms of the media thread.</param>
    void Stretch(long time, long arrival);

    /// <summary>Comes before the sample that ends it.</summary>
    void Lost(in LostTime lost);

    /// <param name="bytes">Valid during the call.</param>
    void Sample(in Sample sample, ReadOnlySpan<byte> bytes);
}

using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Recording;

/// <summary>Opus (RFC 7587): one packet is one sample, which says itself how long it sounds. Where the sender was silent on purpose (DTX) the next
/// packet is later, and nothing is lost.</summary>
internal sealed class OpusDepacketizer(ISampleSink sink) : Depacketizer(Rate, sink)
{
    public const int Rate = 48_000;

    /// <summary>RFC 6716 §3.2.5: 120 ms.</summary>
    public const int Longest = 5_760;

    private int _duration = 960;

    protected override long Nominal => _duration;

    protected override void Take(in HeldPacket packet, ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return;
        var isInLine = Follow(packet, out var time);
        var duration = OpusPacket.Duration(payload);
        if (!isInLine || duration is <= 0 or > Longest)
        {
            Malformed++;
            Miss(time, 1, LossCause.Malformed);
            return;
        }

        _duration = duration;
        Give(new(time, duration, true, packet.Arrival), payload, time + duration);
    }

    protected override void Hole()
    {
    }

    protected override void Break()
    {
    }
}

using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Rooms.Repair;

/// <summary>One sound on its way to one subscriber: what is lost of it, what protects it, and with what each packet was sent.</summary>
/// <param name="redundancyPayloadType">0 when the subscriber did not offer RED: then it is plain, and sent again when asked for.</param>
internal sealed class SoundProtection(byte redundancyPayloadType)
{
    private readonly AudioRepair _repair = new();
    private readonly SentRedundancy _sent = new();
    private long _unprotected = -1;
    private int _sentSince;

    public byte RedundancyPayloadType => redundancyPayloadType;

    public LossWatch Losses { get; } = new();

    public AudioProtection Current => _repair.Current;

    /// <summary>With which older packets this one goes out: chosen when it is first sent, the same ever after.</summary>
    /// <param name="outIndex">As sent to the subscriber.</param>
    /// <param name="chosen">As <see cref="RedundantPacket.Choose"/>; 0 is plain Opus.</param>
    /// <returns>False when it was sent before and cannot be sent again with the very same bytes: then it must not be sent.</returns>
    public bool TryProtect(PacketCache cache, in CachedPacket packet, long outIndex, bool isAgain, out byte chosen)
    {
        if (isAgain)
            return _sent.TryFind(outIndex, out chosen) && RedundantPacket.IsWhole(cache, packet.Index, chosen);
        chosen = redundancyPayloadType == 0 ? (byte)0 : RedundantPacket.Choose(cache, packet, _repair.Current.Distances);
        _sent.Keep(outIndex, chosen);
        _sentSince++;
        if (chosen == 0 && _repair.Current.Distances != 0)
            _unprotected = outIndex;
        return true;
    }

    /// <summary>Whether a packet that the subscriber lacks is sent again. What could not carry redundancy, because it would have been too
    /// long or because the subscriber takes none, has nothing else.</summary>
    public bool Lacks(long outIndex)
    {
        Losses.Lost(outIndex);
        return _repair.Current.AnswersNacks || _unprotected >= outIndex;
    }

    /// <inheritdoc cref="Subscription.Prefetch"/>
    public void Prefetch()
    {
        CacheLines.PrefetchObject(_repair, 1);
        _sent.Prefetch();
    }

    /// <summary>At the subscriber's turn.</summary>
    public void Tick()
    {
        Losses.Sent(_sentSince);
        _sentSince = 0;
    }

    /// <summary>Once a second.</summary>
    /// <param name="roundTrip">ms; negative while unknown.</param>
    public void Second(int roundTrip, long now)
    {
        _repair.Observe(Losses.Loss(now), Losses.MeanRun(), roundTrip, now);
        Losses.Second();
    }
}

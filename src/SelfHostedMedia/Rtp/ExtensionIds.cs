namespace Muse.SelfHostedMedia.Rtp;

/// <summary>Under which numbers one m-line carries the header extensions; 0 where it does not. Every browser numbers them anew (audio level is
/// 1 for Chromium, something else for Firefox), so a packet's extensions are read by the publisher's numbers and written by each
/// subscriber's.</summary>
internal readonly record struct ExtensionIds(byte Mid, byte AudioLevel, byte AbsoluteSendTime, byte TransportSequence = 0)
{
    public byte StreamId { get; init; }

    public byte RepairedStreamId { get; init; }

    public byte DependencyDescriptor { get; init; }

    /// <summary>Those that are there.</summary>
    public IEnumerable<byte> All =>
        new[] { Mid, AudioLevel, AbsoluteSendTime, TransportSequence, StreamId, RepairedStreamId, DependencyDescriptor }.Where(id => id != 0);

    /// <summary>What of a publisher's packets is written on for a subscriber: the audio level alone. Send times and m-line names belong to
    /// one transport; all else is stripped.</summary>
    public byte ForwardedAudioLevel(ExtensionIds subscriber) => AudioLevel == 0 ? (byte)0 : subscriber.AudioLevel;
}

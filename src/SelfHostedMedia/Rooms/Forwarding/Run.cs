using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Rooms.Forwarding;

/// <summary>A stretch of what a subscriber got: consecutive packets of one encoding under consecutive numbers of the subscription, all
/// rewritten by one recipe. What goes out under an index is a function of the run and the cached packet alone, and a run that has been
/// used never changes: so a packet sent again has the very same bytes (one SSRC and index never protect two contents).</summary>
/// <param name="FirstIn">The publisher's index of its first packet.</param>
/// <param name="FirstOut">The subscription's index of its first packet.</param>
/// <param name="TimestampOffset">Added to the publisher's timestamps, modulo 2³².</param>
/// <param name="Pictures">Added to what VP8 numbers its pictures by.</param>
/// <param name="Layers">What of a scalable stream goes through. A packet above it that came late, when its place was given already, goes out
/// as padding.</param>
internal readonly record struct Run(
    Encoding Encoding, long FirstIn, long FirstOut, uint TimestampOffset, PictureOffset Pictures, LayerLimit Layers)
{
    public long OutOf(long index) => index - FirstIn + FirstOut;

    public long InOf(long index) => index - FirstOut + FirstIn;

    /// <summary>The packet's place is filled, without its content.</summary>
    public bool IsFiller(in CachedPacket packet) => packet.IsPadding || Layers.Excludes(packet);

    /// <summary>Ends the picture: what ends the highest layer that goes through does so too. Without it a decoder waits for ever.</summary>
    public bool Marker(in CachedPacket packet) => packet.Marker || (packet.EndsLayerFrame && packet.Spatial == Layers.Spatial);
}

/// <summary>The highest layers of a scalable stream that go through.</summary>
internal readonly record struct LayerLimit(byte Spatial, byte Temporal)
{
    public static LayerLimit None { get; } = new(byte.MaxValue, byte.MaxValue);

    public bool Excludes(in CachedPacket packet) => packet.Spatial > Spatial || packet.Temporal > Temporal;
}

/// <summary>What is added to VP8's numbers (RFC 7741 §4.2), each modulo the width it has in the packet.</summary>
internal readonly record struct PictureOffset(ushort PictureId, byte BaseLayerIndex, byte KeyIndex)
{
    public bool IsNone => PictureId == 0 && BaseLayerIndex == 0 && KeyIndex == 0;
}

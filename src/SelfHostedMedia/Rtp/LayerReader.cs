namespace Muse.SelfHostedMedia.Rtp;

/// <summary>Notes in a cached packet to which layers it belongs and what its picture is numbered by: from the dependency descriptor where
/// there is one, else from the payload. One per encoding, since a structure holds from key frame to key frame.</summary>
internal sealed class LayerReader(VideoCodec codec)
{
    private readonly DependencyStructure _structure = new();
    private readonly DependencyStructure _scratch = new();

    /// <summary>Spatial layers of the stream as far as seen; at least 1.</summary>
    public int SpatialLayers { get; private set; } = 1;

    /// <summary>Temporal layers of the stream as far as seen; at least 1.</summary>
    public int TemporalLayers { get; private set; } = 1;

    /// <summary>Lines of the largest picture the dependency descriptor tells of; 0 while it tells nothing.</summary>
    public int Height => _structure.SpatialLayers == 0 ? 0 : _structure.Heights[_structure.SpatialLayers - 1];

    /// <param name="payload">Without padding; may be empty.</param>
    /// <param name="descriptor">The dependency descriptor; empty when the packet has none.</param>
    public void Read(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> descriptor, ref CachedPacket packet)
    {
        packet.Spatial = packet.Temporal = packet.SwitchUpTo = packet.BaseLayerIndex = packet.KeyIndex = 0;
        packet.IsLayerSync = packet.EndsLayerFrame = packet.HasPictureId = false;
        packet.PictureId = 0;
        if (codec == VideoCodec.Vp8)
            ReadVp8(payload, ref packet);
        else if (!descriptor.IsEmpty && DependencyDescriptor.TryParse(descriptor, _structure, _scratch, out var dependency))
            Read(dependency, ref packet);
        else if (codec == VideoCodec.Vp9)
            ReadVp9(payload, ref packet);
        SpatialLayers = Math.Max(SpatialLayers, packet.Spatial + 1);
        TemporalLayers = Math.Max(TemporalLayers, packet.Temporal + 1);
    }

    private static void Read(in DependencyDescriptor dependency, ref CachedPacket packet)
    {
        packet.Spatial = dependency.Spatial;
        packet.Temporal = dependency.Temporal;
        packet.SwitchUpTo = dependency.SwitchUpTo;
        packet.EndsLayerFrame = dependency.EndsFrame;
    }

    private static void ReadVp8(ReadOnlySpan<byte> payload, ref CachedPacket packet)
    {
        if (!Vp8Descriptor.TryParse(payload, out var vp8))
            return;
        packet.Temporal = vp8.Temporal;
        packet.IsLayerSync = vp8.IsLayerSync;
        packet.HasPictureId = vp8.PictureIdAt != 0;
        packet.PictureId = vp8.PictureId;
        packet.BaseLayerIndex = vp8.BaseLayerIndex;
        packet.KeyIndex = vp8.KeyIndex;
    }

    private static void ReadVp9(ReadOnlySpan<byte> payload, ref CachedPacket packet)
    {
        if (!Vp9Descriptor.TryParse(payload, out var vp9))
            return;
        packet.Spatial = vp9.Spatial;
        packet.Temporal = vp9.Temporal;
        packet.SwitchUpTo = vp9.IsSwitchingUpPoint ? byte.MaxValue : (byte)0;
        packet.EndsLayerFrame = vp9.EndsLayerFrame;
    }
}

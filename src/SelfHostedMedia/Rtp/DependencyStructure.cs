namespace Muse.SelfHostedMedia.Rtp;

/// <summary>What the last key frame's dependency descriptor told of the layers (AV1 RTP specification, appendix A.8.3): to which layer each
/// template belongs, and where one may switch up. Kept per encoding, filled in place.</summary>
internal sealed class DependencyStructure
{
    public const int MaxTemplates = 64;
    public const int MaxTargets = 32;

    private readonly byte[] _spatial = new byte[MaxTemplates];
    private readonly byte[] _temporal = new byte[MaxTemplates];
    private readonly byte[] _switchUpTo = new byte[MaxTemplates];
    private readonly byte[] _targetTemporal = new byte[MaxTargets];
    private readonly ushort[] _heights = new ushort[4];

    /// <summary>0 until a structure has come.</summary>
    public int Templates { get; set; }

    public int Targets { get; set; }

    public int IdOffset { get; set; }

    public int SpatialLayers { get; set; }

    /// <summary>Lines of each spatial layer; 0 while not told.</summary>
    public Span<ushort> Heights => _heights;

    public Span<byte> Spatial => _spatial;

    public Span<byte> Temporal => _temporal;

    /// <summary>Per template the highest temporal layer whose decode target it is a switching point of.</summary>
    public Span<byte> SwitchUpTo => _switchUpTo;

    public Span<byte> TargetTemporal => _targetTemporal;

    /// <returns>The template's place, or −1 when the structure has no such one.</returns>
    public int Find(int templateId)
    {
        var place = (templateId - IdOffset + 64) % 64;
        return place < Templates ? place : -1;
    }

    public void CopyFrom(DependencyStructure other)
    {
        other._spatial.CopyTo(_spatial, 0);
        other._temporal.CopyTo(_temporal, 0);
        other._switchUpTo.CopyTo(_switchUpTo, 0);
        other._targetTemporal.CopyTo(_targetTemporal, 0);
        other._heights.CopyTo(_heights, 0);
        (Templates, Targets, IdOffset, SpatialLayers) = (other.Templates, other.Targets, other.IdOffset, other.SpatialLayers);
    }
}

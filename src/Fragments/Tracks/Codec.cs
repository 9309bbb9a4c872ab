namespace Muse.Fragments.Tracks;

/// <summary>What is recorded without transcoding. VP8 has no agreed place in CMAF that browsers play.</summary>
public enum Codec
{
    /// <summary>ITU-T H.264, stored as in ISO/IEC 14496-15 §5 with the parameter sets in band.</summary>
    H264,

    /// <summary>VP9, stored as in "VP Codec ISO Media File Format Binding" 1.0.</summary>
    Vp9,

    /// <summary>AV1, stored as in "AV1 Codec ISO Media File Format Binding" 1.2.</summary>
    Av1,

    /// <summary>Opus, stored as in "Encapsulation of Opus in ISO Base Media File Format" 0.8.1.</summary>
    Opus,

    /// <summary>AAC-LC, stored as in ISO/IEC 14496-14: never recorded, made for players that take no Opus.</summary>
    Aac,
}

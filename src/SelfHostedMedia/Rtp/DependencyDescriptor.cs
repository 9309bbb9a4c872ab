namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The dependency descriptor (AV1 RTP specification, appendix A.8): which layer a packet belongs to, for any codec.</summary>
internal readonly struct DependencyDescriptor
{
    private const int MandatoryLength = 3;
    private const uint Switch = 2;

    public bool BeginsFrame { get; private init; }

    /// <summary>Last packet of the frame of one spatial layer.</summary>
    public bool EndsFrame { get; private init; }

    public ushort FrameNumber { get; private init; }

    public byte Spatial { get; private init; }

    public byte Temporal { get; private init; }

    /// <summary>From here on this temporal layer, and those below, can be decoded; 0: the packet is no such place.</summary>
    public byte SwitchUpTo { get; private init; }

    /// <summary>It brought a new structure: a key frame.</summary>
    public bool HasStructure { get; private init; }

    /// <param name="element">The header extension's value.</param>
    /// <param name="structure">That of the last key frame; replaced when a whole new one is in the packet.</param>
    /// <param name="scratch">Overwritten.</param>
    /// <returns>False when it is malformed, or its structure is not known.</returns>
    public static bool TryParse(
        ReadOnlySpan<byte> element, DependencyStructure structure, DependencyStructure scratch, out DependencyDescriptor descriptor)
    {
        descriptor = default;
        if (element.Length < MandatoryLength)
            return false;
        var bits = new BitReader(element);
        var (begins, ends) = (bits.Flag(), bits.Flag());
        var template = (int)bits.Bits(6);
        var number = (ushort)bits.Bits(16);
        var hasStructure = false;
        var hasActive = false;
        var customIndications = false;
        if (element.Length > MandatoryLength)
        {
            hasStructure = bits.Flag();
            hasActive = bits.Flag();
            customIndications = bits.Flag();
            bits.Bits(2);
            if (hasStructure)
            {
                if (!TryReadStructure(ref bits, scratch))
                    return false;
                structure.CopyFrom(scratch);
            }

            if (hasActive)
                bits.Bits(structure.Targets);
        }

        var place = structure.Find(template);
        if (place < 0)
            return false;
        var switchUpTo = structure.SwitchUpTo[place];
        if (customIndications)
        {
            switchUpTo = 0;
            for (var target = 0; target < structure.Targets; target++)
            {
                if (bits.Bits(2) == Switch)
                    switchUpTo = Math.Max(switchUpTo, structure.TargetTemporal[target]);
            }
        }

        if (bits.IsOverrun)
            return false;
        descriptor = new()
        {
            BeginsFrame = begins,
            EndsFrame = ends,
            FrameNumber = number,
            Spatial = structure.Spatial[place],
            Temporal = structure.Temporal[place],
            SwitchUpTo = switchUpTo,
            HasStructure = hasStructure,
        };
        return true;
    }

    private static bool TryReadStructure(ref BitReader bits, DependencyStructure structure)
    {
        structure.IdOffset = (int)bits.Bits(6);
        structure.Targets = (int)bits.Bits(5) + 1;
        if (!TryReadLayers(ref bits, structure))
            return false;
        Span<byte> indications = stackalloc byte[DependencyStructure.MaxTemplates * DependencyStructure.MaxTargets];
        for (var template = 0; template < structure.Templates; template++)
        {
            for (var target = 0; target < structure.Targets; target++)
                indications[(template * structure.Targets) + target] = (byte)bits.Bits(2);
        }

        for (var template = 0; template < structure.Templates; template++)
        {
            while (bits.Flag() && !bits.IsOverrun)
                bits.Bits(4);
        }

        var chains = bits.NonSymmetric((uint)structure.Targets + 1);
        if (chains > 0)
        {
            for (var target = 0; target < structure.Targets; target++)
                bits.NonSymmetric(chains);
            for (var i = 0; i < structure.Templates * chains && !bits.IsOverrun; i++)
                bits.Bits(4);
        }

        structure.Heights.Clear();
        if (bits.Flag())
        {
            for (var spatial = 0; spatial < structure.SpatialLayers; spatial++)
            {
                bits.Bits(16);
                structure.Heights[spatial] = (ushort)(bits.Bits(16) + 1);
            }
        }

        Derive(structure, indications);
        return !bits.IsOverrun;
    }

    /// <summary>The templates are in the order of their layers: each says how the next one's differs.</summary>
    private static bool TryReadLayers(ref BitReader bits, DependencyStructure structure)
    {
        byte spatial = 0, temporal = 0;
        for (structure.Templates = 0; structure.Templates < DependencyStructure.MaxTemplates;)
        {
            structure.Spatial[structure.Templates] = spatial;
            structure.Temporal[structure.Templates] = temporal;
            structure.Templates++;
            structure.SpatialLayers = spatial + 1;
            switch (bits.Bits(2))
            {
                case 1:
                    temporal++;
                    break;
                case 2:
                    spatial++;
                    temporal = 0;
                    break;
                case 3:
                    return true;
            }

            if (spatial > 3 || temporal > 7 || bits.IsOverrun)
                return false;
        }

        return false;
    }

    /// <summary>A decode target is the highest layer among the templates that are present in it (A.8.3.6).</summary>
    private static void Derive(DependencyStructure structure, ReadOnlySpan<byte> indications)
    {
        for (var target = 0; target < structure.Targets; target++)
        {
            structure.TargetTemporal[target] = 0;
            for (var template = 0; template < structure.Templates; template++)
            {
                if (indications[(template * structure.Targets) + target] != 0)
                    structure.TargetTemporal[target] = Math.Max(structure.TargetTemporal[target], structure.Temporal[template]);
            }
        }

        for (var template = 0; template < structure.Templates; template++)
        {
            structure.SwitchUpTo[template] = 0;
            for (var target = 0; target < structure.Targets; target++)
            {
                if (indications[(template * structure.Targets) + target] == Switch)
                    structure.SwitchUpTo[template] = Math.Max(structure.SwitchUpTo[template], structure.TargetTemporal[target]);
            }
        }
    }
}

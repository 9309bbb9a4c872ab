namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The VP9 payload descriptor (RFC 9628 §4.2), as far as layers go.</summary>
internal readonly struct Vp9Descriptor
{
    public bool IsInterPredicted { get; private init; }

    /// <summary>B.</summary>
    public bool BeginsLayerFrame { get; private init; }

    /// <summary>E.</summary>
    public bool EndsLayerFrame { get; private init; }

    public byte Temporal { get; private init; }

    public byte Spatial { get; private init; }

    /// <summary>U: pictures of higher temporal layers after this one do not depend on any before it.</summary>
    public bool IsSwitchingUpPoint { get; private init; }

    public static bool TryParse(ReadOnlySpan<byte> payload, out Vp9Descriptor descriptor)
    {
        descriptor = default;
        if (payload.Length < 2)
            return false;
        var fields = payload[0];
        var at = 1;
        if ((fields & 0x80) != 0)
            at += (payload[at] & 0x80) != 0 ? 2 : 1;
        var layers = (fields & 0x20) != 0;
        if (at + (layers ? 1 : 0) >= payload.Length)
            return false;
        descriptor = new()
        {
            IsInterPredicted = (fields & 0x40) != 0,
            BeginsLayerFrame = (fields & 0x08) != 0,
            EndsLayerFrame = (fields & 0x04) != 0,
            Temporal = layers ? (byte)(payload[at] >> 5) : (byte)0,
            IsSwitchingUpPoint = layers && (payload[at] & 0x10) != 0,
            Spatial = layers ? (byte)((payload[at] >> 1) & 0x07) : (byte)0,
        };
        return true;
    }

    /// <summary>Where the frame's bytes begin: behind picture number, layers, references and scalability structure.</summary>
    /// <returns>0 when the descriptor is cut off.</returns>
    public static int LengthOf(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            return 0;
        var fields = payload[0];
        var isFlexible = (fields & 0x10) != 0;
        var at = 1;
        if ((fields & 0x80) != 0)
            at += at < payload.Length && (payload[at] & 0x80) != 0 ? 2 : 1;
        if ((fields & 0x20) != 0)
            at += isFlexible ? 1 : 2;
        // P_DIFF: at most three, N says that another follows.
        for (var more = isFlexible && (fields & 0x40) != 0 ? 3 : 0; more > 0 && at < payload.Length; at++)
            more = (payload[at] & 1) != 0 ? more - 1 : 0;
        if ((fields & 0x02) != 0)
        {
            if (at >= payload.Length)
                return 0;
            var structure = payload[at++];
            at += (structure & 0x10) != 0 ? ((structure >> 5) + 1) * 4 : 0;
            if ((structure & 0x08) != 0)
            {
                if (at >= payload.Length)
                    return 0;
                for (var pictures = (int)payload[at++]; pictures > 0; pictures--)
                {
                    if (at >= payload.Length)
                        return 0;
                    at += 1 + ((payload[at] >> 2) & 3);
                }
            }
        }

        return at <= payload.Length ? at : 0;
    }
}

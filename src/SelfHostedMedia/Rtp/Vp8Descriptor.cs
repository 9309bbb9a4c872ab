using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The VP8 payload descriptor (RFC 7741 §4.2): what a picture is numbered by, and its temporal layer.</summary>
internal readonly struct Vp8Descriptor
{
    public int Length { get; private init; }

    /// <summary>0: there is none.</summary>
    public int PictureIdAt { get; private init; }

    public bool HasLongPictureId { get; private init; }

    /// <summary>15 bits, or 7 when it is not long.</summary>
    public ushort PictureId { get; private init; }

    /// <summary>0: there is none.</summary>
    public int BaseLayerIndexAt { get; private init; }

    /// <summary>TL0PICIDX, 8 bits.</summary>
    public byte BaseLayerIndex { get; private init; }

    /// <summary>Of the byte that holds temporal layer, sync bit and key index; 0: there is none.</summary>
    public int LayerAt { get; private init; }

    public bool HasTemporal { get; private init; }

    public byte Temporal { get; private init; }

    /// <summary>Y: the picture depends on the base layer alone.</summary>
    public bool IsLayerSync { get; private init; }

    public bool HasKeyIndex { get; private init; }

    /// <summary>KEYIDX, 5 bits.</summary>
    public byte KeyIndex { get; private init; }

    public static bool TryParse(ReadOnlySpan<byte> payload, out Vp8Descriptor descriptor)
    {
        descriptor = default;
        if (payload.IsEmpty)
            return false;
        if ((payload[0] & 0x80) == 0)
        {
            descriptor = new() { Length = 1 };
            return payload.Length > 1;
        }

        if (payload.Length < 2)
            return false;
        var fields = payload[1];
        var at = 2;
        var (pictureAt, isLong, picture) = (0, false, (ushort)0);
        if ((fields & 0x80) != 0)
        {
            if (at + 2 > payload.Length)
                return false;
            pictureAt = at;
            isLong = (payload[at] & 0x80) != 0;
            picture = isLong ? (ushort)(BinaryPrimitives.ReadUInt16BigEndian(payload[at..]) & 0x7FFF) : payload[at];
            at += isLong ? 2 : 1;
        }

        var baseAt = 0;
        if ((fields & 0x40) != 0)
            baseAt = at++;
        var layerAt = 0;
        if ((fields & 0x30) != 0)
            layerAt = at++;
        if (at >= payload.Length)
            return false;
        descriptor = new()
        {
            Length = at,
            PictureIdAt = pictureAt,
            HasLongPictureId = isLong,
            PictureId = picture,
            BaseLayerIndexAt = baseAt,
            BaseLayerIndex = baseAt == 0 ? (byte)0 : payload[baseAt],
            LayerAt = layerAt,
            HasTemporal = (fields & 0x20) != 0,
            Temporal = (fields & 0x20) == 0 ? (byte)0 : (byte)(payload[layerAt] >> 6),
            IsLayerSync = (fields & 0x20) != 0 && (payload[layerAt] & 0x20) != 0,
            HasKeyIndex = (fields & 0x10) != 0,
            KeyIndex = (fields & 0x10) == 0 ? (byte)0 : (byte)(payload[layerAt] & 0x1F),
        };
        return true;
    }

    /// <summary>Renumbers a payload in place, each number modulo the width it has there.</summary>
    public static void Renumber(Span<byte> payload, ushort pictureId, byte baseLayerIndex, byte keyIndex)
    {
        if (!TryParse(payload, out var descriptor))
            return;
        if (descriptor.PictureIdAt != 0)
        {
            if (descriptor.HasLongPictureId)
                BinaryPrimitives.WriteUInt16BigEndian(
                    payload[descriptor.PictureIdAt..], (ushort)(0x8000 | ((descriptor.PictureId + pictureId) & 0x7FFF)));
            else
                payload[descriptor.PictureIdAt] = (byte)((descriptor.PictureId + pictureId) & 0x7F);
        }

        if (descriptor.BaseLayerIndexAt != 0)
            payload[descriptor.BaseLayerIndexAt] += baseLayerIndex;
        if (descriptor.HasKeyIndex)
            payload[descriptor.LayerAt] = (byte)((payload[descriptor.LayerAt] & 0xE0) | ((descriptor.KeyIndex + keyIndex) & 0x1F));
    }
}

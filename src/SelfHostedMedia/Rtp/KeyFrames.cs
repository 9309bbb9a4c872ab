using Muse.Fragments.Tracks;

namespace Muse.SelfHostedMedia.Rtp;

internal enum VideoCodec
{
    None,
    Vp8,
    H264,
    Vp9,
    Av1,
}

/// <summary>Whether a payload begins a picture from which a decoder can start.</summary>
internal static class KeyFrames
{
    public static bool Begins(VideoCodec codec, ReadOnlySpan<byte> payload) => payload.Length > 0 && codec switch
    {
        VideoCodec.Vp8 => BeginsVp8(payload),
        VideoCodec.H264 => BeginsH264(payload),
        // RFC 9628 §4.2: P (inter-picture predicted) clear, B (start of a layer frame) set.
        // Of a scalable stream the lowest spatial layer begins it.
        VideoCodec.Vp9 => (payload[0] & 0x48) == 0x08 && (!Vp9Descriptor.TryParse(payload, out var vp9) || vp9.Spatial == 0),
        // AV1 RTP specification §4.4: N, the first packet of a coded video sequence.
        VideoCodec.Av1 => (payload[0] & 0x08) != 0,
        _ => false,
    };

    /// <summary>The lines of the picture that a payload begins, where that is simply told; else 0.</summary>
    public static int Height(VideoCodec codec, ReadOnlySpan<byte> payload) => codec switch
    {
        // RFC 6386 §9.1: three bytes of tag, three of start code, width and height of 14 bits each.
        VideoCodec.Vp8 when Vp8Descriptor.TryParse(payload, out var vp8) && payload.Length >= vp8.Length + 10
            => (payload[vp8.Length + 8] | (payload[vp8.Length + 9] << 8)) & 0x3FFF,
        VideoCodec.H264 when HasParameterSet(payload) => H264ParameterSet.TryRead(ParameterSet(payload), out var set) ? set.Height : 0,
        _ => 0,
    };

    /// <summary>RFC 6184 §5.2: an H.264 sequence parameter set, alone or first of an aggregate.</summary>
    public static bool HasParameterSet(ReadOnlySpan<byte> payload) =>
        payload.Length > 3 && ((payload[0] & 0x1F) == 7 || ((payload[0] & 0x1F) == 24 && (payload[3] & 0x1F) is 7 or 9));

    /// <summary>RFC 7741 §4.2, §4.3: first packet of partition 0, whose first byte's lowest bit is 0 in a key frame.</summary>
    private static bool BeginsVp8(ReadOnlySpan<byte> payload)
    {
        if ((payload[0] & 0x17) != 0x10)
            return false;
        var at = 1;
        if ((payload[0] & 0x80) != 0)
        {
            if (payload.Length < 2)
                return false;
            var fields = payload[1];
            at = 2;
            if ((fields & 0x80) != 0)
            {
                if (at >= payload.Length)
                    return false;
                at += (payload[at] & 0x80) != 0 ? 2 : 1;
            }

            if ((fields & 0x40) != 0)
                at++;
            if ((fields & 0x30) != 0)
                at++;
        }

        return at < payload.Length && (payload[at] & 1) == 0;
    }

    /// <summary>The parameter set that a payload is, or, aggregated, holds; empty when there is none.</summary>
    private static ReadOnlySpan<byte> ParameterSet(ReadOnlySpan<byte> payload)
    {
        if ((payload[0] & 0x1F) != 24)
            return payload;
        for (var at = 1; at + 3 <= payload.Length;)
        {
            var size = (payload[at] << 8) | payload[at + 1];
            if ((payload[at + 2] & 0x1F) == 7)
                return payload.Slice(at + 2, Math.Min(size, payload.Length - at - 2));
            at += 2 + size;
        }

        return [];
    }

    /// <summary>RFC 6184 §5.2: a sequence parameter set (7) or an IDR slice (5), alone, aggregated (STAP-A, 24) or fragmented (FU-A,
    /// 28).</summary>
    private static bool BeginsH264(ReadOnlySpan<byte> payload)
    {
        const int Idr = 5, ParameterSet = 7, Aggregate = 24, Fragment = 28;
        switch (payload[0] & 0x1F)
        {
            case Idr or ParameterSet:
                return true;
            case Fragment:
                return payload.Length > 1 && (payload[1] & 0x80) != 0 && (payload[1] & 0x1F) is (Idr or ParameterSet);
            case Aggregate:
                for (var at = 1; at + 3 <= payload.Length;)
                {
                    var size = (payload[at] << 8) | payload[at + 1];
                    if ((payload[at + 2] & 0x1F) is (Idr or ParameterSet))
                        return true;
                    at += 2 + size;
                }

                return false;
            default:
                return false;
        }
    }
}

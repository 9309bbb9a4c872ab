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
        VideoCodec.Vp9 => (payload[0] & 0x48) == 0x08,
        // AV1 RTP specification §4.4: N, the first packet of a coded video sequence.
        VideoCodec.Av1 => (payload[0] & 0x08) != 0,
        _ => false,
    };

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

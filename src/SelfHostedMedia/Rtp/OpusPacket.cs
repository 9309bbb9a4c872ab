namespace Muse.SelfHostedMedia.Rtp;

/// <summary>What an Opus packet's first byte tells (RFC 6716 §3.1).</summary>
internal static class OpusPacket
{
    private const int SamplesPerMillisecond = 48;

    /// <summary>How long the packet sounds, in units of the 48 kHz RTP clock (RFC 7587 §4.1); 0 when that cannot be told.</summary>
    public static int Duration(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
            return 0;
        var configuration = packet[0] >> 3;
        var frame = configuration switch
        {
            < 12 => (configuration & 3) switch { 0 => 10, 1 => 20, 2 => 40, _ => 60 } * SamplesPerMillisecond,
            < 16 => ((configuration & 1) == 0 ? 10 : 20) * SamplesPerMillisecond,
            // CELT: 2.5, 5, 10, 20 ms.
            _ => 120 << (configuration & 3),
        };
        var frames = (packet[0] & 3) switch
        {
            0 => 1,
            1 or 2 => 2,
            _ => packet.Length > 1 ? packet[1] & 0x3F : 0,
        };
        return frame * frames;
    }
}

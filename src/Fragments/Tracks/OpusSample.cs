namespace Muse.Fragments.Tracks;

/// <summary>An Opus packet (RFC 6716 §3) is a sample as it is.</summary>
public static class OpusSample
{
    /// <summary>48 kHz ticks of a frame by the configuration in the five high bits of the first byte (RFC 6716 §3.1, table 2).</summary>
    private static readonly int[] s_frame =
    [
        480, 960, 1_920, 2_880, 480, 960, 1_920, 2_880, 480, 960, 1_920, 2_880, 480, 960, 480, 960,
        120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960, 120, 240, 480, 960,
    ];

    /// <summary>120 ms (RFC 6716 §3.2.5, R5).</summary>
    private const int LongestPacket = 5_760;

    /// <returns>Ticks of 1/48,000 s; 0 when it is no Opus packet.</returns>
    public static int Duration(ReadOnlySpan<byte> packet)
    {
        if (packet.IsEmpty)
            return 0;
        var frames = (packet[0] & 3) switch { 0 => 1, 1 or 2 => 2, _ => packet.Length > 1 ? packet[1] & 0x3F : 0 };
        var duration = frames * s_frame[packet[0] >> 3];
        return duration <= LongestPacket ? duration : 0;
    }

    /// <summary>dOps ("Encapsulation of Opus in ISO Base Media File Format" §4.3.2): version 0, two channels, no pre-skip, 48 kHz, no gain, family 0.
    /// The 312 samples of look-ahead (RFC 6716 §4.3.7; measured as 6.5 ms) are the clock mapping's: without an edit list players differ in
    /// what they do about a pre-skip.</summary>
    internal static TrackFormat Format() =>
        new(Codec.Opus, 0, 0, 2, "opus", [0, 2, 0, 0, 0, 0, 0xBB, 0x80, 0, 0, 0]);
}

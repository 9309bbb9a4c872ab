namespace Muse.SelfHostedMedia.Rtp;

/// <summary>The audio level element (RFC 6464 §3): voice flag and −dBov, 0 (loudest) … 127 (silence).</summary>
internal readonly record struct AudioLevel(byte Octet)
{
    public bool HasVoice => (Octet & 0x80) != 0;

    public int MinusDecibels => Octet & 0x7F;

    public static bool TryRead(ReadOnlySpan<byte> packet, in RtpHeader header, byte id, out AudioLevel level)
    {
        level = default;
        if (!HeaderExtensions.TryFind(packet, header, id, out var value))
            return false;
        level = new(value.IsEmpty ? (byte)127 : value[0]);
        return true;
    }
}

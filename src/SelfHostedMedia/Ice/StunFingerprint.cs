namespace Muse.SelfHostedMedia.Ice;

/// <summary>FINGERPRINT: CRC-32 (ISO 3309) of the message before it, XOR 0x5354554E (RFC 8489 §14.7).</summary>
internal static class StunFingerprint
{
    private static readonly uint[] Table = MakeTable();

    public static uint Of(ReadOnlySpan<byte> message)
    {
        var crc = 0xFFFF_FFFFu;
        foreach (var octet in message)
            crc = Table[(byte)(crc ^ octet)] ^ (crc >> 8);
        return ~crc ^ 0x5354_554E;
    }

    private static uint[] MakeTable()
    {
        var table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB8_8320 : value >> 1;
            table[i] = value;
        }

        return table;
    }
}

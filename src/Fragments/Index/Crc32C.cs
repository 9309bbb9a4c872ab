using System.Buffers.Binary;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Muse.Fragments.Index;

/// <summary>CRC-32C, Castagnoli (RFC 3720 §12.1, B.4): the one that processors have an instruction for.</summary>
public static class Crc32C
{
    private const uint Polynomial = 0x82F63B78;
    private static readonly uint[] s_table = Table();

    public static uint Of(ReadOnlySpan<byte> bytes) => Continue(0, bytes);

    /// <param name="crc">Of everything before; 0 for nothing.</param>
    public static uint Continue(uint crc, ReadOnlySpan<byte> bytes) => ~(
        Sse42.X64.IsSupported ? X64(~crc, bytes)
        : Crc32.Arm64.IsSupported ? Arm64(~crc, bytes)
        : Portable(~crc, bytes));

    internal static uint Portable(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (var each in bytes)
            crc = s_table[(byte)(crc ^ each)] ^ (crc >> 8);
        return crc;
    }

    private static uint X64(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = (uint)Sse42.X64.Crc32(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var each in bytes)
            crc = Sse42.Crc32(crc, each);
        return crc;
    }

    private static uint Arm64(uint crc, ReadOnlySpan<byte> bytes)
    {
        for (; bytes.Length >= 8; bytes = bytes[8..])
            crc = Crc32.Arm64.ComputeCrc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (var each in bytes)
            crc = Crc32.ComputeCrc32C(crc, each);
        return crc;
    }

    private static uint[] Table()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            table[i] = i;
            for (var bit = 0; bit < 8; bit++)
                table[i] = (table[i] & 1) != 0 ? (table[i] >> 1) ^ Polynomial : table[i] >> 1;
        }

        return table;
    }
}

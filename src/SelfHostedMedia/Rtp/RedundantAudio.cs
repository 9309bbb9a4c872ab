using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>One block of a payload with redundancy.</summary>
/// <param name="TimestampOffset">How much older than the packet's timestamp, in timestamp units; 0 for the primary.</param>
/// <param name="At">Where its bytes begin in the payload.</param>
internal readonly record struct AudioBlock(byte PayloadType, int TimestampOffset, int At, int Length);

/// <summary>RED, "redundant audio data" (RFC 2198): a packet that carries older ones again. Block headers, oldest first, of four bytes each;
/// then one byte for the primary block; then the blocks in the same order.</summary>
internal static class RedundantAudio
{
    /// <summary>Blocks that are looked at, the primary included; a payload of more is refused.</summary>
    public const int MaxBlocks = 8;

    /// <summary>Ten bits of length (RFC 2198 §3).</summary>
    public const int MaxBlockLength = 1_023;

    /// <summary>Fourteen bits of timestamp offset: 341 ms at 48 kHz.</summary>
    public const int MaxTimestampOffset = 0x3FFF;
    public const int BlockHeader = 4;
    public const int PrimaryHeader = 1;

    /// <summary>Takes a payload apart.</summary>
    /// <param name="blocks">Room for <see cref="MaxBlocks"/>; oldest first, the primary last.</param>
    /// <returns>How many blocks there are; 0 when the payload is malformed or has too many of them.</returns>
    public static int Read(ReadOnlySpan<byte> payload, Span<AudioBlock> blocks)
    {
        var count = 0;
        var at = 0;
        var redundant = 0;
        while (true)
        {
            if (at >= payload.Length || count == blocks.Length)
                return 0;
            var isLast = (payload[at] & 0x80) == 0;
            var payloadType = (byte)(payload[at] & 0x7F);
            if (isLast)
            {
                at += PrimaryHeader;
                var length = payload.Length - at - redundant;
                if (length < 0)
                    return 0;
                blocks[count++] = new(payloadType, 0, 0, length);
                break;
            }

            if (at + BlockHeader > payload.Length)
                return 0;
            var word = BinaryPrimitives.ReadUInt32BigEndian(payload[at..]);
            var blockLength = (int)(word & MaxBlockLength);
            blocks[count++] = new(payloadType, (int)((word >> 10) & MaxTimestampOffset), 0, blockLength);
            redundant += blockLength;
            at += BlockHeader;
        }

        for (var i = 0; i < count; i++)
        {
            blocks[i] = blocks[i] with { At = at };
            at += blocks[i].Length;
        }

        return count;
    }

    /// <summary>Writes the header of a redundant block.</summary>
    public static void WriteBlockHeader(Span<byte> target, byte payloadType, int timestampOffset, int length) =>
        BinaryPrimitives.WriteUInt32BigEndian(
            target, 0x8000_0000 | ((uint)payloadType << 24) | ((uint)timestampOffset << 10) | (uint)length);
}

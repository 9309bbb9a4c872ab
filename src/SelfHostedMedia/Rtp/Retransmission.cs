using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Rtp;

/// <summary>RTX (RFC 4588 §4): a lost packet sent again as one of another SSRC, payload type and sequence, its payload behind the original
/// sequence number (OSN). Timestamp and marker are those of the original.</summary>
internal static class Retransmission
{
    public const int OriginalSequenceLength = 2;

    /// <summary>Reads the payload of an RTX packet after its padding has been removed.</summary>
    /// <returns>False for a probe: padding alone, or a repair of nothing. It belongs to its SSRC's sequence and is otherwise
    /// ignored.</returns>
    public static bool TryUnwrap(ReadOnlySpan<byte> payload, out ushort originalSequence, out ReadOnlySpan<byte> original)
    {
        originalSequence = 0;
        original = default;
        if (payload.Length <= OriginalSequenceLength)
            return false;
        originalSequence = BinaryPrimitives.ReadUInt16BigEndian(payload);
        original = payload[OriginalSequenceLength..];
        return true;
    }

    /// <summary>Writes OSN and payload.</summary>
    /// <returns>The length.</returns>
    public static int Wrap(Span<byte> target, ushort originalSequence, ReadOnlySpan<byte> original)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target, originalSequence);
        original.CopyTo(target[OriginalSequenceLength..]);
        return OriginalSequenceLength + original.Length;
    }
}

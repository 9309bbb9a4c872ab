using System.Buffers.Binary;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Ice;

/// <summary>The success answer to a connectivity check (RFC 8445 §7.3.1.2): XOR-MAPPED-ADDRESS, MESSAGE-INTEGRITY, FINGERPRINT. Only ever
/// written for an authentic request and no longer than a browser's, so it amplifies nothing.</summary>
internal static class StunResponse
{
    public const int MaxLength = 20 + 24 + 24 + 8;

    /// <returns>The length of the written message.</returns>
    public static int Write(Span<byte> target, ReadOnlySpan<byte> transactionId, in NetworkAddress mapped, ReadOnlySpan<byte> password)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target, StunMessage.BindingSuccess);
        BinaryPrimitives.WriteUInt32BigEndian(target[4..], StunMessage.MagicCookie);
        transactionId.CopyTo(target[8..]);
        var at = StunMessage.HeaderLength;
        at += WriteXorMappedAddress(target[at..], mapped, transactionId);

        BinaryPrimitives.WriteUInt16BigEndian(target[at..], StunMessage.MessageIntegrity);
        BinaryPrimitives.WriteUInt16BigEndian(target[(at + 2)..], 20);
        StunMessage.Sign(target[..at], password, target.Slice(at + 4, 20));
        at += 24;

        // The length field that FINGERPRINT covers counts FINGERPRINT too (RFC 8489 §14.7).
        BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)(at + 8 - StunMessage.HeaderLength));
        var fingerprint = StunFingerprint.Of(target[..at]);
        BinaryPrimitives.WriteUInt16BigEndian(target[at..], StunMessage.Fingerprint);
        BinaryPrimitives.WriteUInt16BigEndian(target[(at + 2)..], 4);
        BinaryPrimitives.WriteUInt32BigEndian(target[(at + 4)..], fingerprint);
        return at + 8;
    }

    private static int WriteXorMappedAddress(Span<byte> target, in NetworkAddress mapped, ReadOnlySpan<byte> transactionId)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target, StunMessage.XorMappedAddress);
        target[4] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(target[6..], (ushort)(mapped.Port ^ (StunMessage.MagicCookie >> 16)));
        if (mapped.IsIPv4)
        {
            BinaryPrimitives.WriteUInt16BigEndian(target[2..], 8);
            target[5] = 1;
            BinaryPrimitives.WriteUInt32BigEndian(target[8..], mapped.IPv4 ^ StunMessage.MagicCookie);
            return 12;
        }

        BinaryPrimitives.WriteUInt16BigEndian(target[2..], 20);
        target[5] = 2;
        var maskHigh = ((ulong)StunMessage.MagicCookie << 32) | BinaryPrimitives.ReadUInt32BigEndian(transactionId);
        BinaryPrimitives.WriteUInt64BigEndian(target[8..], mapped.High ^ maskHigh);
        BinaryPrimitives.WriteUInt64BigEndian(target[16..], mapped.Low ^ BinaryPrimitives.ReadUInt64BigEndian(transactionId[4..]));
        return 24;
    }
}

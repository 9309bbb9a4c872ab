using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Muse.SelfHostedMedia.Ice;

/// <summary>A STUN message read in place (RFC 8489 §5). Only what ICE connectivity checks carry is understood.</summary>
internal readonly ref struct StunMessage
{
    public const int HeaderLength = 20;
    public const uint MagicCookie = 0x2112_A442;
    public const ushort BindingRequest = 0x0001;
    public const ushort BindingSuccess = 0x0101;
    public const ushort BindingIndication = 0x0011;

    public const ushort Username = 0x0006;
    public const ushort MessageIntegrity = 0x0008;
    public const ushort XorMappedAddress = 0x0020;
    public const ushort UseCandidateAttribute = 0x0025;
    public const ushort Fingerprint = 0x8028;

    /// <summary>A browser's check takes some 100 bytes, and the longest user name that is allowed 513 (RFC 8489 §14.3).</summary>
    public const int MaxLength = 600;

    private const int MaxAttributes = 32;
    private const int IntegrityLength = 20;

    private readonly ReadOnlySpan<byte> _message;
    private readonly int _integrityAt;
    private readonly int _fingerprintAt;

    private StunMessage(ReadOnlySpan<byte> message, ReadOnlySpan<byte> user, int integrityAt, int fingerprintAt, bool useCandidate)
    {
        _message = message;
        (_integrityAt, _fingerprintAt) = (integrityAt, fingerprintAt);
        User = user;
        UseCandidate = useCandidate;
    }

    public ushort Type => BinaryPrimitives.ReadUInt16BigEndian(_message);

    public ReadOnlySpan<byte> TransactionId => _message.Slice(8, 12);

    /// <summary>USERNAME as sent; empty when absent. In a check to us: our user fragment, a colon, the peer's.</summary>
    public ReadOnlySpan<byte> User { get; }

    public bool HasIntegrity => _integrityAt > 0;

    /// <summary>The controlling side nominates this pair (RFC 8445 §7.3.1.5).</summary>
    public bool UseCandidate { get; }

    /// <summary>Checks length, cookie and attribute bounds, which costs the same whatever a stranger sends; what must be computed over the
    /// whole message is <see cref="IsAuthentic"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out StunMessage message)
    {
        message = default;
        if (datagram.Length is < HeaderLength or > MaxLength
            || (datagram[0] & 0xC0) != 0
            || BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) != MagicCookie)
            return false;
        var length = BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]);
        if ((length & 3) != 0 || HeaderLength + length != datagram.Length)
            return false;

        ReadOnlySpan<byte> user = default;
        var (integrityAt, fingerprintAt) = (0, 0);
        var useCandidate = false;
        var at = HeaderLength;
        for (var count = 0; at < datagram.Length; count++)
        {
            if (count == MaxAttributes || at + 4 > datagram.Length)
                return false;
            var type = BinaryPrimitives.ReadUInt16BigEndian(datagram[at..]);
            int size = BinaryPrimitives.ReadUInt16BigEndian(datagram[(at + 2)..]);
            if (at + 4 + size > datagram.Length)
                return false;
            var value = datagram.Slice(at + 4, size);
            switch (type)
            {
                // What follows MESSAGE-INTEGRITY is not covered by it and is ignored, FINGERPRINT excepted (RFC 8489 §14.5).
                case Username when integrityAt == 0:
                    user = value;
                    break;
                case UseCandidateAttribute when integrityAt == 0:
                    useCandidate = true;
                    break;
                case MessageIntegrity when integrityAt == 0:
                    if (size != IntegrityLength)
                        return false;
                    integrityAt = at;
                    break;
                case Fingerprint:
                    if (size != 4 || at + 8 != datagram.Length)
                        return false;
                    fingerprintAt = at;
                    break;
            }

            at += 4 + ((size + 3) & ~3);
        }

        if (at != datagram.Length)
            return false;
        message = new(datagram, user, integrityAt, fingerprintAt, useCandidate);
        return true;
    }

    /// <summary>HMAC-SHA1 over the message up to MESSAGE-INTEGRITY, its length field counting up to that attribute's end (RFC 8489
    /// §14.5), and FINGERPRINT where there is one. Only for who is known by <see cref="User"/>: strangers would have it computed for
    /// nothing.</summary>
    public bool IsAuthentic(ReadOnlySpan<byte> password)
    {
        if (_integrityAt == 0)
            return false;
        Span<byte> expected = stackalloc byte[IntegrityLength];
        Sign(_message[.._integrityAt], password, expected);
        return CryptographicOperations.FixedTimeEquals(expected, _message.Slice(_integrityAt + 4, IntegrityLength))
            && (_fingerprintAt == 0
                || BinaryPrimitives.ReadUInt32BigEndian(_message[(_fingerprintAt + 4)..]) == StunFingerprint.Of(_message[.._fingerprintAt]));
    }

    /// <param name="covered">Header and attributes before MESSAGE-INTEGRITY, at most <see cref="MaxLength"/> bytes.</param>
    internal static void Sign(ReadOnlySpan<byte> covered, ReadOnlySpan<byte> password, Span<byte> signature)
    {
        Span<byte> copy = stackalloc byte[covered.Length];
        covered.CopyTo(copy);
        BinaryPrimitives.WriteUInt16BigEndian(copy[2..], (ushort)(covered.Length - HeaderLength + 4 + IntegrityLength));
        HMACSHA1.HashData(password, copy, signature);
    }
}

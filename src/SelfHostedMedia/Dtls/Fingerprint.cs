using System.Security.Cryptography;

namespace Muse.SelfHostedMedia.Dtls;

/// <summary>SHA-256 of a certificate, as in <c>a=fingerprint:sha-256 AB:CD:…</c> (RFC 8122 §5).</summary>
internal sealed class Fingerprint
{
    private const int Length = 32;

    private readonly byte[] _hash;

    private Fingerprint(byte[] hash) => _hash = hash;

    public static Fingerprint Of(ReadOnlySpan<byte> certificate) => new(SHA256.HashData(certificate));

    /// <param name="text">32 pairs of hexadecimal digits with colons between.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Fingerprint? fingerprint)
    {
        fingerprint = null;
        if (text.Length != (Length * 3) - 1)
            return false;
        var hash = new byte[Length];
        for (var i = 0; i < Length; i++)
        {
            if (i > 0 && text[(i * 3) - 1] != ':')
                return false;
            var high = FromHex(text[i * 3]);
            var low = FromHex(text[(i * 3) + 1]);
            if (high < 0 || low < 0)
                return false;
            hash[i] = (byte)((high << 4) | low);
        }

        fingerprint = new(hash);
        return true;
    }

    public bool Matches(ReadOnlySpan<byte> certificate) => CryptographicOperations.FixedTimeEquals(_hash, SHA256.HashData(certificate));

    public bool Equals(Fingerprint other) => _hash.AsSpan().SequenceEqual(other._hash);

    public override string ToString() => string.Join(':', _hash.Select(octet => octet.ToString("X2", null)));

    private static int FromHex(char digit) => digit switch
    {
        >= '0' and <= '9' => digit - '0',
        >= 'A' and <= 'F' => digit - 'A' + 10,
        >= 'a' and <= 'f' => digit - 'a' + 10,
        _ => -1,
    };
}

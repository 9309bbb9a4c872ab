using System.Security.Cryptography;

namespace Muse.SelfHostedMedia.Srtp;

/// <summary>The session keys of one direction, derived from a master key and salt with AES-CM (RFC 3711 §4.3.3; RFC 7714 §11 for
/// GCM, whose 12-byte salt is filled up to 14 with zeros). The key derivation rate is 0.</summary>
internal sealed class SrtpKeys
{
    public const int KeyLength = 16;
    private const int DerivationSalt = 14;

    public SrtpKeys(SrtpProfile profile, ReadOnlySpan<byte> masterKey, ReadOnlySpan<byte> masterSalt)
    {
        Span<byte> salt = stackalloc byte[DerivationSalt];
        salt.Clear();
        masterSalt[..SaltLength(profile)].CopyTo(salt);
        using var aes = Aes.Create();
        aes.SetKey(masterKey[..KeyLength]);
        RtpKey = Derive(aes, salt, 0, KeyLength);
        RtpAuthentication = Derive(aes, salt, 1, 20);
        RtpSalt = Derive(aes, salt, 2, SaltLength(profile));
        RtcpKey = Derive(aes, salt, 3, KeyLength);
        RtcpAuthentication = Derive(aes, salt, 4, 20);
        RtcpSalt = Derive(aes, salt, 5, SaltLength(profile));
    }

    public byte[] RtpKey { get; }

    public byte[] RtpAuthentication { get; }

    public byte[] RtpSalt { get; }

    public byte[] RtcpKey { get; }

    public byte[] RtcpAuthentication { get; }

    public byte[] RtcpSalt { get; }

    public static int SaltLength(SrtpProfile profile) => profile == SrtpProfile.AeadAes128Gcm ? 12 : 14;

    /// <summary>Bytes that DTLS exports for a profile: two keys and two salts.</summary>
    public static int ExportLength(SrtpProfile profile) => 2 * (KeyLength + SaltLength(profile));

    /// <summary>Splits what DTLS exported (RFC 5764 §4.2).</summary>
    public static (SrtpKeys Client, SrtpKeys Server) FromExport(SrtpProfile profile, ReadOnlySpan<byte> exported)
    {
        var salts = exported[(2 * KeyLength)..];
        return (new(profile, exported, salts), new(profile, exported[KeyLength..], salts[SaltLength(profile)..]));
    }

    private static byte[] Derive(Aes aes, ReadOnlySpan<byte> salt, byte label, int length)
    {
        Span<byte> blocks = stackalloc byte[32];
        blocks.Clear();
        salt.CopyTo(blocks);
        salt.CopyTo(blocks[16..]);
        blocks[7] ^= label;
        blocks[16 + 7] ^= label;
        blocks[31] = 1;
        var stream = aes.EncryptEcb(blocks, PaddingMode.None);
        return stream[..length];
    }
}

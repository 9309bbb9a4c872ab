using System.Security.Cryptography;
using System.Text;

namespace Muse.Adapters.Jitsi;

/// <summary>Signs tokens: a secret shared with prosody, or a private key whose public half the server finds by its id.</summary>
public sealed class JitsiKey
{
    /// <summary>RFC 7518, section 3.2: a key as long as the hash, or longer.</summary>
    private const int LeastSecretBytes = 32;

    private readonly byte[]? _secret;
    private readonly RSA? _rsa;

    private JitsiKey(byte[]? secret, RSA? rsa, string? id) => (_secret, _rsa, Id) = (secret, rsa, id);

    public string Algorithm => _rsa is null ? "HS256" : "RS256";

    /// <summary>Header <c>kid</c>; null with a shared secret.</summary>
    public string? Id { get; }

    /// <summary>Null when the secret is too short or too long (4096 bytes).</summary>
    public static JitsiKey? Hs256(string secret) =>
        Encoding.UTF8.GetBytes(secret) is { Length: >= LeastSecretBytes and <= 4096 } bytes ? new JitsiKey(bytes, null, null) : null;

    public static JitsiKey Rs256(RSA key, string id) => new(null, key, id);

    public byte[] Sign(ReadOnlySpan<byte> data) =>
        _rsa is null ? HMACSHA256.HashData(_secret!, data) : _rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}

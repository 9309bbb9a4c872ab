using System.Buffers.Binary;

namespace Muse.SelfHostedMedia.Srtp;

/// <summary>AES-128 counter mode as SRTP uses it (RFC 3711 §4.1.1), by OpenSSL with one kept context.</summary>
internal sealed unsafe class EvpAesCtr : IDisposable
{
    private readonly byte[] _salt;
    private nint _context;

    public EvpAesCtr(ReadOnlySpan<byte> key, byte[] salt)
    {
        _salt = salt;
        _context = Evp.EVP_CIPHER_CTX_new();
        fixed (byte* bytes = key)
        {
            if (Evp.EVP_CipherInit_ex(_context, Evp.EVP_aes_128_ctr(), 0, bytes, null, 1) != 1)
                throw new InvalidOperationException("OpenSSL has no AES-128-CTR.");
        }
    }

    /// <summary>Encrypts or decrypts, which are the same. IV = salt·2¹⁶ ⊕ SSRC·2⁶⁴ ⊕ index·2¹⁶.</summary>
    public void Transform(uint ssrc, ulong index, ReadOnlySpan<byte> input, Span<byte> output)
    {
        if (input.IsEmpty)
            return;
        if (output.Length < input.Length)
            throw new ArgumentException("Shorter than the input.", nameof(output));
        var iv = stackalloc byte[16];
        var block = new Span<byte>(iv, 16);
        block[14] = 0;
        block[15] = 0;
        _salt.AsSpan(0, 14).CopyTo(block);
        var word = block[4..];
        BinaryPrimitives.WriteUInt32BigEndian(word, BinaryPrimitives.ReadUInt32BigEndian(word) ^ ssrc);
        word = block[6..];
        BinaryPrimitives.WriteUInt64BigEndian(word, BinaryPrimitives.ReadUInt64BigEndian(word) ^ index);
        int written;
        fixed (byte* source = input)
        fixed (byte* target = output)
        {
            Evp.SetIv(_context, 0, 0, null, iv, 1);
            Evp.EVP_CipherUpdate(_context, target, &written, source, input.Length);
        }
    }

    public void Dispose()
    {
        if (_context != 0)
            Evp.EVP_CIPHER_CTX_free(_context);
        _context = 0;
    }
}

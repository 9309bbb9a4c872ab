using System.Runtime.CompilerServices;

namespace Muse.SelfHostedMedia.Srtp;

/// <summary>AES-128-GCM by OpenSSL with one kept context: the fallback for processors without AES-NI. OpenSSL decrypts before it
/// knows whether the tag is right, and so aside.</summary>
internal sealed unsafe class EvpAesGcm : AesGcm128
{
    private const int Tag = 16;
    private const int MaxDatagram = 2_048;

    private nint _context;

    public EvpAesGcm(ReadOnlySpan<byte> key)
    {
        _context = Evp.EVP_CIPHER_CTX_new();
        fixed (byte* bytes = key)
        {
            if (Evp.EVP_CipherInit_ex(_context, Evp.EVP_aes_128_gcm(), 0, bytes, null, 1) != 1)
                throw new InvalidOperationException("OpenSSL has no AES-128-GCM.");
        }
    }

    /// <summary>OpenSSL keeps it where it likes.</summary>
    public override void Prefetch()
    {
    }

    public override void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> sealedText)
    {
        if (sealedText.Length < plain.Length + Tag)
            throw new ArgumentException("No room for the tag.", nameof(sealedText));
        int written;
        fixed (byte* iv = nonce)
        fixed (byte* header = associated)
        fixed (byte* source = plain)
        fixed (byte* target = sealedText)
        {
            Evp.SetIv(_context, 0, 0, null, iv, 1);
            Evp.EVP_CipherUpdate(_context, null, &written, header, associated.Length);
            if (plain.Length > 0)
                Evp.EVP_CipherUpdate(_context, target, &written, source, plain.Length);
            if (Evp.EVP_CipherFinal_ex(_context, target + plain.Length, &written) != 1
                || Evp.EVP_CIPHER_CTX_ctrl(_context, Evp.GetTag, Tag, target + plain.Length) != 1)
                throw new InvalidOperationException("OpenSSL did not seal.");
        }
    }

    [SkipLocalsInit]
    public override bool Open(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> sealedText, Span<byte> plain)
    {
        var length = sealedText.Length - Tag;
        if (length < 0 || plain.Length < length)
            return false;
        var opened = length <= MaxDatagram ? stackalloc byte[MaxDatagram] : new byte[length];
        int written;
        var tag = stackalloc byte[Tag];
        sealedText[length..].CopyTo(new Span<byte>(tag, Tag));
        fixed (byte* iv = nonce)
        fixed (byte* header = associated)
        fixed (byte* source = sealedText)
        fixed (byte* target = opened)
        {
            Evp.SetIv(_context, 0, 0, null, iv, 0);
            Evp.EVP_CipherUpdate(_context, null, &written, header, associated.Length);
            if (length > 0)
                Evp.EVP_CipherUpdate(_context, target, &written, source, length);
            Evp.EVP_CIPHER_CTX_ctrl(_context, Evp.SetTag, Tag, tag);
            byte none;
            if (Evp.EVP_CipherFinal_ex(_context, &none, &written) != 1)
                return false;
            opened[..length].CopyTo(plain);
            return true;
        }
    }

    public override void Dispose()
    {
        if (_context != 0)
            Evp.EVP_CIPHER_CTX_free(_context);
        _context = 0;
    }
}

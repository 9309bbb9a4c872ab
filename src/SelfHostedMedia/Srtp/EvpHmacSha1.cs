namespace Muse.SelfHostedMedia.Srtp;

/// <summary>HMAC-SHA1 (RFC 2104) with the two key pads digested once and copied per packet: that saves two of four compressions.</summary>
internal sealed unsafe class EvpHmacSha1 : IDisposable
{
    public const int Length = 20;
    private const int BlockLength = 64;

    private nint _inner;
    private nint _outer;
    private nint _work;

    public EvpHmacSha1(ReadOnlySpan<byte> key)
    {
        _inner = Begin(key, 0x36);
        _outer = Begin(key, 0x5C);
        _work = Evp.EVP_MD_CTX_new();
    }

    /// <param name="more">Follows <paramref name="data"/> in the digest: the rollover counter, which is not in the packet.</param>
    public void Compute(ReadOnlySpan<byte> data, ReadOnlySpan<byte> more, Span<byte> mac)
    {
        if (mac.Length < Length)
            throw new ArgumentException("20 bytes are needed.", nameof(mac));
        uint length;
        var digest = stackalloc byte[Length];
        fixed (byte* first = data)
        fixed (byte* second = more)
        fixed (byte* target = mac)
        {
            Evp.EVP_MD_CTX_copy_ex(_work, _inner);
            Evp.EVP_DigestUpdate(_work, first, (nuint)data.Length);
            if (more.Length > 0)
                Evp.EVP_DigestUpdate(_work, second, (nuint)more.Length);
            Evp.EVP_DigestFinal_ex(_work, digest, &length);
            Evp.EVP_MD_CTX_copy_ex(_work, _outer);
            Evp.EVP_DigestUpdate(_work, digest, Length);
            Evp.EVP_DigestFinal_ex(_work, target, &length);
        }
    }

    public void Dispose()
    {
        foreach (var context in new[] { _inner, _outer, _work })
        {
            if (context != 0)
                Evp.EVP_MD_CTX_free(context);
        }

        (_inner, _outer, _work) = (0, 0, 0);
    }

    private static nint Begin(ReadOnlySpan<byte> key, byte pad)
    {
        var block = stackalloc byte[BlockLength];
        for (var i = 0; i < BlockLength; i++)
            block[i] = (byte)((i < key.Length ? key[i] : 0) ^ pad);
        var context = Evp.EVP_MD_CTX_new();
        if (Evp.EVP_DigestInit_ex(context, Evp.EVP_sha1(), 0) != 1)
            throw new InvalidOperationException("OpenSSL has no SHA-1.");
        Evp.EVP_DigestUpdate(context, block, BlockLength);
        return context;
    }
}

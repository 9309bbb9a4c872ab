using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Srtp;

/// <summary>OpenSSL's ciphers and digests. Each call takes less than a microsecond and calls nothing back, so the GC transition is left
/// out: that halves the cost on small packets.</summary>
internal static unsafe partial class Evp
{
    public const int GetTag = 0x10;
    public const int SetTag = 0x11;

    private const string Crypto = "libcrypto.so.3";

    [LibraryImport(Crypto)]
    public static partial nint EVP_aes_128_gcm();

    [LibraryImport(Crypto)]
    public static partial nint EVP_aes_128_ctr();

    [LibraryImport(Crypto)]
    public static partial nint EVP_sha1();

    [LibraryImport(Crypto)]
    public static partial nint EVP_CIPHER_CTX_new();

    [LibraryImport(Crypto)]
    public static partial void EVP_CIPHER_CTX_free(nint context);

    [LibraryImport(Crypto)]
    public static partial int EVP_CipherInit_ex(nint context, nint cipher, nint engine, byte* key, byte* iv, int encrypt);

    [LibraryImport(Crypto, EntryPoint = "EVP_CipherInit_ex")]
    [SuppressGCTransition]
    public static partial int SetIv(nint context, nint cipher, nint engine, byte* key, byte* iv, int encrypt);

    [LibraryImport(Crypto)]
    [SuppressGCTransition]
    public static partial int EVP_CipherUpdate(nint context, byte* target, int* written, byte* source, int length);

    [LibraryImport(Crypto)]
    [SuppressGCTransition]
    public static partial int EVP_CipherFinal_ex(nint context, byte* target, int* written);

    [LibraryImport(Crypto)]
    [SuppressGCTransition]
    public static partial int EVP_CIPHER_CTX_ctrl(nint context, int command, int number, void* pointer);

    [LibraryImport(Crypto)]
    public static partial nint EVP_MD_CTX_new();

    [LibraryImport(Crypto)]
    public static partial void EVP_MD_CTX_free(nint context);

    [LibraryImport(Crypto)]
    public static partial int EVP_DigestInit_ex(nint context, nint digest, nint engine);

    [LibraryImport(Crypto)]
    [SuppressGCTransition]
    public static partial int EVP_MD_CTX_copy_ex(nint target, nint source);

    [LibraryImport(Crypto)]
    [SuppressGCTransition]
    public static partial int EVP_DigestUpdate(nint context, void* data, nuint length);

    [LibraryImport(Crypto)]
    [SuppressGCTransition]
    public static partial int EVP_DigestFinal_ex(nint context, byte* digest, uint* length);
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Muse.SelfHostedMedia.Dtls;

/// <summary>What all handshakes share: our certificate, DTLS 1.2, the SRTP profiles in our order of preference.</summary>
internal sealed unsafe class DtlsContext : IDisposable
{
    private const string Ciphers =
        "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305";

    public DtlsContext(DtlsCertificate certificate, IReadOnlyList<SrtpProfile> profiles, bool asClient = false)
    {
        IsClient = asClient;
        Handle = OpenSsl.SSL_CTX_new(asClient ? OpenSsl.DTLS_client_method() : OpenSsl.DTLS_server_method());
        if (Handle == 0)
            throw new InvalidOperationException("OpenSSL made no DTLS context.");
        try
        {
            Check(OpenSsl.SSL_CTX_ctrl(Handle, OpenSsl.ControlMinProtocol, OpenSsl.Dtls12, 0) == 1);
            Check(OpenSsl.SSL_CTX_ctrl(Handle, OpenSsl.ControlMaxProtocol, OpenSsl.Dtls12, 0) == 1);
            OpenSsl.SSL_CTX_ctrl(Handle, OpenSsl.ControlSessionCacheMode, 0, 0);
            OpenSsl.SSL_CTX_set_options(
                Handle, OpenSsl.NoQueryMtu | OpenSsl.NoTicket | OpenSsl.NoRenegotiation | OpenSsl.CipherServerPreference);
            Check(OpenSsl.SSL_CTX_set_cipher_list(Handle, Ciphers) == 1);
            Check(OpenSsl.SSL_CTX_set_tlsext_use_srtp(Handle, string.Join(':', profiles.Select(Name))) == 0);
            OpenSsl.SSL_CTX_set_verify(Handle, OpenSsl.VerifyPeerOrFail, &AcceptAnyCertificate);
            Use(certificate);
        }
        catch
        {
            OpenSsl.SSL_CTX_free(Handle);
            throw;
        }
    }

    public nint Handle { get; private set; }

    public bool IsClient { get; }

    public void Dispose()
    {
        OpenSsl.SSL_CTX_free(Handle);
        Handle = 0;
    }

    private static string Name(SrtpProfile profile) => profile switch
    {
        SrtpProfile.AeadAes128Gcm => "SRTP_AEAD_AES_128_GCM",
        SrtpProfile.Aes128CmSha1 => "SRTP_AES128_CM_SHA1_80",
        _ => throw new ArgumentOutOfRangeException(nameof(profile), profile, null),
    };

    private void Use(DtlsCertificate certificate)
    {
        fixed (byte* certificateDer = certificate.Certificate)
        fixed (byte* keyDer = certificate.PrivateKey)
        {
            var at = certificateDer;
            var x509 = OpenSsl.d2i_X509(null, &at, certificate.Certificate.Length);
            at = keyDer;
            var key = OpenSsl.d2i_AutoPrivateKey(null, &at, certificate.PrivateKey.Length);
            Check(x509 != 0 && key != 0);
            Check(OpenSsl.SSL_CTX_use_certificate(Handle, x509) == 1);
            Check(OpenSsl.SSL_CTX_use_PrivateKey(Handle, key) == 1);
            OpenSsl.X509_free(x509);
            OpenSsl.EVP_PKEY_free(key);
        }
    }

    private static void Check(bool succeeded, [CallerArgumentExpression(nameof(succeeded))] string? what = null)
    {
        if (!succeeded)
            throw new InvalidOperationException($"OpenSSL refused: {what}");
    }

    /// <summary>Certificates are self-signed: trust comes from the fingerprint, compared in <see cref="DtlsSession"/> before any key is
    /// used (RFC 5763 §5).</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AcceptAnyCertificate(int preverified, nint store) => 1;
}

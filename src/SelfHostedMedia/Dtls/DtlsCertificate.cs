using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Muse.SelfHostedMedia.Dtls;

/// <summary>A self-signed P-256 certificate made at the start. Its only meaning is its fingerprint, which travels in the answer's SDP.</summary>
internal sealed class DtlsCertificate
{
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(365);

    private DtlsCertificate(byte[] certificate, byte[] privateKey) =>
        (Certificate, PrivateKey, Fingerprint) = (certificate, privateKey, Dtls.Fingerprint.Of(certificate));

    /// <summary>X.509, DER.</summary>
    public byte[] Certificate { get; }

    /// <summary>SEC 1 ECPrivateKey, DER. Secret.</summary>
    public byte[] PrivateKey { get; }

    public Fingerprint Fingerprint { get; }

    public static DtlsCertificate Create(TimeProvider time)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Muse", key, HashAlgorithmName.SHA256);
        var now = time.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now - Margin, now + Lifetime);
        return new(certificate.RawData, key.ExportECPrivateKey());
    }
}

using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Options;

namespace Muse.Api.Operations;

/// <summary>
/// The certificate for HTTPS on the machine's own network: the one that <c>MUSE_TLS_CERT</c> and <c>MUSE_TLS_KEY</c> name (PEM), or one
/// signed by an authority that is made at the first need and kept in the data folder.
/// </summary>
public sealed class LanCertificate
{
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1"); // RFC 5280 section 4.2.1.12

    // Apple refuses server certificates that are valid for longer, also under an authority that was installed by hand (HT103769).
    private static readonly TimeSpan ServerIsValid = TimeSpan.FromDays(397);
    private static readonly TimeSpan AuthorityIsValid = TimeSpan.FromDays(3650);

    private LanCertificate(X509Certificate2 server, X509Certificate2Collection chain, string? authorityPem) =>
        (Server, Chain, AuthorityPem) = (server, chain, authorityPem);

    public X509Certificate2 Server { get; }

    public X509Certificate2Collection Chain { get; }

    /// <summary>What another device has to install; null when the certificate came from the configuration.</summary>
    public string? AuthorityPem { get; }

    public bool MadeHere => AuthorityPem is not null;

    /// <summary>The host names of the certificate.</summary>
    public IReadOnlyList<string> Names =>
        [.. Server.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(e => e.EnumerateDnsNames())];

    /// <summary>SHA-256 of the authority's certificate, to compare with what the other device shows.</summary>
    public string? Fingerprint => AuthorityPem is null
        ? null
        : X509Certificate2.CreateFromPem(AuthorityPem).GetCertHashString(HashAlgorithmName.SHA256);

    /// <exception cref="OptionsValidationException">The configured certificate cannot be read.</exception>
    public static LanCertificate From(IConfiguration configuration, DataFolder data, TimeProvider time, IReadOnlyList<IPAddress> addresses)
    {
        if (configuration["MUSE_TLS_CERT"] is not { Length: > 0 } file)
            return MakeHere(data, time, addresses);
        try
        {
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(file);
            return new LanCertificate(X509Certificate2.CreateFromPemFile(file, configuration["MUSE_TLS_KEY"]), chain, null);
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new OptionsValidationException(
                "MUSE_TLS_CERT", typeof(LanCertificate), [$"MUSE_TLS_CERT or MUSE_TLS_KEY cannot be read: {unreadable.Message}"]);
        }
    }

    private static LanCertificate MakeHere(DataFolder data, TimeProvider time, IReadOnlyList<IPAddress> addresses)
    {
        var now = time.GetUtcNow();
        using var authority = ReadOrMakeAuthority(data, now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Muse on this network", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        foreach (var name in MachineNames())
            names.AddDnsName(name);
        foreach (var address in addresses.Append(IPAddress.Loopback))
            names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([ServerAuthentication], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, true, false));
        var until = now + ServerIsValid < authority.NotAfter ? now + ServerIsValid : authority.NotAfter;
        using var bare = request.Create(authority, now.AddHours(-1), until, RandomNumberGenerator.GetBytes(16));
        using var signed = bare.CopyWithPrivateKey(key);
        var publicAuthority = authority.ExportCertificatePem();
        return new LanCertificate(
            // TLS on Linux wants the key in the certificate's own store.
            X509CertificateLoader.LoadPkcs12(signed.Export(X509ContentType.Pkcs12), null),
            [X509Certificate2.CreateFromPem(publicAuthority)], publicAuthority);
    }

    private static X509Certificate2 ReadOrMakeAuthority(DataFolder data, DateTimeOffset now)
    {
        var pem = Encoding.ASCII.GetString(data.ReadOrCreate("keys/network-authority.pem", () =>
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN=Muse at {Environment.MachineName}", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, true, 0, true));
            request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
            request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
            request.CertificateExtensions.Add(OnlyForThisNetwork());
            using var made = request.CreateSelfSigned(now.AddHours(-1), now + AuthorityIsValid);
            return Encoding.ASCII.GetBytes($"{made.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        }));
        return X509Certificate2.CreateFromPem(pem, pem);
    }

    /// <summary>
    /// Name constraints (RFC 5280 section 4.2.1.10): whoever steals the authority's key can still not speak for a bank on a tablet that
    /// trusts it: only for bare addresses, .local, .lan, .home.arpa and this machine's name.
    /// </summary>
    private static X509Extension OnlyForThisNetwork()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
        {
            foreach (var name in MachineNames().Concat(["localhost", "local", "lan", "home.arpa"]).Distinct())
                using (writer.PushSequence())
                    writer.WriteCharacterString(UniversalTagNumber.IA5String, name, new Asn1Tag(TagClass.ContextSpecific, 2));
        }

        return new X509Extension("2.5.29.30", writer.Encode(), critical: true);
    }

    private static IEnumerable<string> MachineNames()
    {
        var name = Environment.MachineName.ToLowerInvariant();
        return Uri.CheckHostName(name) == UriHostNameType.Dns ? name.Contains('.', StringComparison.Ordinal) ? [name] : [name, $"{name}.local"] : [];
    }
}

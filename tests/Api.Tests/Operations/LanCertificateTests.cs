using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Muse.Api.Operations;

namespace Muse.Api.Tests.Operations;

public sealed class LanCertificateTests : IDisposable
{
    private static readonly IPAddress Address = IPAddress.Parse("192.168.7.20");

    private readonly string _folder = Path.Combine(Path.GetTempPath(), $"muse-test-{Guid.NewGuid():n}");

    [Fact]
    public void A_device_that_trusts_the_authority_trusts_the_machine_under_its_addresses()
    {
        var made = Make();
        Assert.True(made.MadeHere);
        Assert.True(Trusts(made.AuthorityPem!, made.Server));
        Assert.True(made.Server.MatchesHostname("localhost"));
        Assert.True(made.Server.MatchesHostname(Address.ToString()));
        Assert.False(made.Server.MatchesHostname("192.168.7.21"));
    }

    [Fact]
    public void The_authority_survives_a_restart_and_a_changed_address()
    {
        var first = Make();
        var second = LanCertificate.From(Settings(), new DataFolder(_folder), TimeProvider.System, [IPAddress.Parse("10.1.2.3")]);
        Assert.Equal(first.Fingerprint, second.Fingerprint);
        Assert.True(Trusts(first.AuthorityPem!, second.Server));
        Assert.True(second.Server.MatchesHostname("10.1.2.3"));
    }

    [Fact]
    public void Apples_rules_for_server_certificates_hold()
    {
        var server = Make().Server;
        Assert.True(server.NotAfter - server.NotBefore < TimeSpan.FromDays(398));
        var uses = Assert.Single(server.Extensions.OfType<X509EnhancedKeyUsageExtension>());
        Assert.Equal("1.3.6.1.5.5.7.3.1", Assert.Single(uses.EnhancedKeyUsages.Cast<Oid>()).Value);
        Assert.True(server.HasPrivateKey);
    }

    [Fact]
    public void A_stolen_authority_cannot_speak_for_a_public_name()
    {
        var made = Make();
        var pem = File.ReadAllText(Path.Combine(_folder, "keys", "network-authority.pem"));
        using var authority = X509Certificate2.CreateFromPem(pem, pem);
        Assert.True(Trusts(made.AuthorityPem!, Sign(authority, "piano.local")));
        Assert.False(Trusts(made.AuthorityPem!, Sign(authority, "bank.example")));
    }

    [Fact]
    public void A_configured_certificate_is_used_and_an_unreadable_one_named()
    {
        Directory.CreateDirectory(_folder);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var own = new CertificateRequest("CN=lessons.example", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        var (certificate, secret) = (Path.Combine(_folder, "c.pem"), Path.Combine(_folder, "k.pem"));
        File.WriteAllText(certificate, own.ExportCertificatePem());
        File.WriteAllText(secret, key.ExportPkcs8PrivateKeyPem());
        var used = LanCertificate.From(Settings(certificate, secret), new DataFolder(_folder), TimeProvider.System, [Address]);
        Assert.False(used.MadeHere);
        Assert.Equal(own.Thumbprint, used.Server.Thumbprint);
        Assert.Contains("MUSE_TLS_CERT", Assert.Throws<OptionsValidationException>(() =>
            LanCertificate.From(Settings(certificate, certificate), new DataFolder(_folder), TimeProvider.System, [Address])).Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
    }

    private LanCertificate Make() => LanCertificate.From(Settings(), new DataFolder(_folder), TimeProvider.System, [Address]);

    private static IConfiguration Settings(string? certificate = null, string? key = null) => new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?> { ["MUSE_TLS_CERT"] = certificate, ["MUSE_TLS_KEY"] = key }).Build();

    private static X509Certificate2 Sign(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        return request.Create(authority, now.AddMinutes(-30), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
    }

    private static bool Trusts(string authorityPem, X509Certificate2 server)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(X509Certificate2.CreateFromPem(authorityPem));
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return chain.Build(server);
    }
}

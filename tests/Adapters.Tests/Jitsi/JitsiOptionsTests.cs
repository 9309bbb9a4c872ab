using Microsoft.Extensions.Options;
using Muse.Adapters.Jitsi;

namespace Muse.Adapters.Tests.Jitsi;

public sealed class JitsiOptionsTests : IDisposable
{
    private readonly string _key = Path.GetTempFileName();

    public JitsiOptionsTests() => File.WriteAllText(_key, GivenJitsi.Key.ExportPkcs8PrivateKeyPem());

    public void Dispose() => File.Delete(_key);

    [Fact]
    public void Without_settings_there_is_no_server() => Assert.Null(new JitsiOptions().Server());

    [Fact]
    public void A_domain_an_app_and_its_secret_are_a_server_of_ones_own()
    {
        var server = new JitsiOptions { Domain = "meet.example.org", AppId = "muse", Secret = GivenJitsi.Secret }.Server()!;

        Assert.Equal("https://meet.example.org/room", server.AddressOf("room"));
        Assert.Equal(("muse", "jitsi", "meet.example.org", "HS256"), (server.Issuer, server.Audience, server.Subject, server.Key.Algorithm));
    }

    [Fact]
    public void An_app_of_JaaS_needs_its_key_and_nothing_else()
    {
        var server = new JitsiOptions { AppId = "vpaas-magic-cookie-1", PrivateKeyFile = _key, KeyId = "4f4910" }.Server()!;

        Assert.Equal("https://8x8.vc/vpaas-magic-cookie-1/room", server.AddressOf("room"));
        Assert.Equal(("chat", "jitsi", "vpaas-magic-cookie-1"), (server.Issuer, server.Audience, server.Subject));
        Assert.Equal(("RS256", "vpaas-magic-cookie-1/4f4910"), (server.Key.Algorithm, server.Key.Id));
    }

    [Fact]
    public void What_is_missing_or_cannot_be_stops_the_start_with_one_line_that_names_it_and_no_secret()
    {
        var weak = Path.GetTempFileName();
        using (var rsa = System.Security.Cryptography.RSA.Create(1024)) File.WriteAllText(weak, rsa.ExportPkcs8PrivateKeyPem());
        foreach (var (options, named) in new (JitsiOptions, string)[]
        {
            (new() { Domain = "meet.example.org" }, "AppId"),
            (new() { AppId = "muse", Secret = GivenJitsi.Secret }, "Domain"),
            (new() { Domain = "meet.example.org", AppId = "muse" }, "Secret"),
            (new() { Domain = "meet.example.org", AppId = "muse", Secret = "short" }, "32 bytes"),
            (new() { Domain = "meet.example.org/rooms", AppId = "muse", Secret = GivenJitsi.Secret }, "without a path"),
            (new() { BaseUrl = "http://meet.example.org", AppId = "muse", Secret = GivenJitsi.Secret }, "https"),
            (new() { AppId = "vpaas-magic-cookie-1", Secret = GivenJitsi.Secret }, "PrivateKeyFile"),
            (new() { AppId = "vpaas-magic-cookie-1", PrivateKeyFile = _key }, "KeyId"),
            (new() { AppId = "vpaas-magic-cookie-1", PrivateKeyFile = "/nowhere/key.pem", KeyId = "1" }, "cannot be read"),
            (new() { AppId = "vpaas-magic-cookie-1", PrivateKeyFile = weak, KeyId = "1" }, "2048"),
            (new() { EventSyncToken = "short" }, "EventSyncToken"),
            (new() { JaasWebhookSecret = "short" }, "JaasWebhookSecret"),
            (new() { JaasAuthorization = "short" }, "JaasAuthorization"),
            (new() { TimeoutSeconds = 0 }, "TimeoutSeconds"),
            (new() { Facts = "polling" }, "Facts cannot be polling"),
            (new() { Facts = "sometimes" }, "'sometimes'"),
        })
        {
            var refused = Assert.Throws<OptionsValidationException>(options.Server);
            Assert.Contains(named, refused.Message, StringComparison.Ordinal);
            Assert.StartsWith("Meetings:Jitsi: ", refused.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(GivenJitsi.Secret, refused.Message, StringComparison.Ordinal);
        }
        File.Delete(weak);
    }
}

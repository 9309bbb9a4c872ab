using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Muse.Adapters.Outgoing;

namespace Muse.Adapters.Tests.Outgoing;

/// <summary>What an integrator may write down as an address, and what it may lead to.</summary>
public class NamedAddressTests
{
    private static readonly CancellationToken Now = CancellationToken.None;

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("1.1.1.1", true)]
    [InlineData("2a00:1450:4001:800::200e", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("100.127.255.255", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.255.255.254", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.0.0.8", false)]
    [InlineData("192.0.2.1", false)]
    [InlineData("192.88.99.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("198.19.255.255", false)]
    [InlineData("198.51.100.7", false)]
    [InlineData("203.0.113.7", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("240.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("64:ff9b::a00:1", false)]
    [InlineData("64:ff9b::808:808", false)]
    [InlineData("64:ff9b:1::a00:1", false)]
    [InlineData("2001::1", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2002:a00:1::", false)]
    [InlineData("3fff::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    public async Task Only_addresses_of_the_public_internet_will_do(string address, bool isPublic)
    {
        Assert.Equal(isPublic, PublicAddresses.Has(IPAddress.Parse(address)));
        // In a URL, and behind a name.
        var literal = address.Contains(':', StringComparison.Ordinal) ? $"[{address}]" : address;
        var code = isPublic ? null : "url_not_public";
        Assert.Equal(code, await Code($"https://{literal}/hooks"));
        Assert.Equal(code, await Code("https://hooks.example/", address));
    }

    [Theory]
    [InlineData("https://2130706433/")]
    [InlineData("https://0x7f000001/")]
    [InlineData("https://0x7f.0.0.1/")]
    [InlineData("https://0177.0.0.1/")]
    [InlineData("https://127.1/")]
    [InlineData("https://127.0.0.1./")]
    [InlineData("https://%31%32%37.0.0.1/")]
    [InlineData("https://①②⑦.⓪.⓪.①/")]
    [InlineData("https://127。0。0。1/")]
    [InlineData("https://[::ffff:7f00:1]/")]
    [InlineData("https://[0:0:0:0:0:ffff:127.0.0.1]/")]
    [InlineData("https://[fe80::1%25eth0]/")]
    [InlineData("https://localhost/")]
    [InlineData("https://localhost./")]
    [InlineData("https://2852039166/latest/meta-data")]
    public async Task An_odd_spelling_of_a_private_address_is_seen_through(string url)
    {
        // DNS as the machine has it, which knows more spellings than anybody.
        var named = Named(new OutgoingOptions(), new VettedConnections(new OutgoingOptions()));

        Assert.Contains((await named.WhyNot(url, "/url", Now))?.Code, (string[])["url_not_public", "url_not_found", "wrong_url"]);
    }

    [Theory]
    [InlineData("http://hooks.example/")]
    [InlineData("ftp://hooks.example/")]
    [InlineData("hooks.example")]
    [InlineData("//hooks.example/")]
    [InlineData("/hooks")]
    [InlineData("")]
    [InlineData("https://")]
    [InlineData("https:///hooks")]
    [InlineData("https:\\\\hooks.example\\")]
    [InlineData("https://hooks.example\\@10.0.0.1/")]
    [InlineData(" https://hooks.example/")]
    [InlineData("https://hooks.example/ ")]
    [InlineData("https://hooks.example/\r\nX: y")]
    [InlineData("https://user@hooks.example/")]
    [InlineData("https://user:word@hooks.example/")]
    [InlineData("https://hooks.example/#here")]
    [InlineData("https://hooks.example:80/")]
    [InlineData("https://hooks.example:22/")]
    [InlineData("https://hooks.example:1023/")]
    [InlineData("https://hooks.example:0/")]
    [InlineData("https://hooks.example:65536/")]
    public async Task An_address_of_the_wrong_form_is_refused_before_DNS_is_asked(string url)
    {
        var named = Named(new OutgoingOptions(), new VettedConnections(new OutgoingOptions(), (host, _) => throw new InvalidOperationException(host)));

        var refusal = await named.WhyNot(url, "/url", Now);

        Assert.Equal(("wrong_url", "/url"), (refusal?.Code, refusal?.Pointer));
    }

    [Theory]
    [InlineData("https://hooks.example")]
    [InlineData("HTTPS://Hooks.Example/a?b=c%20d")]
    [InlineData("https://hooks.example:443/")]
    [InlineData("https://hooks.example:1024/")]
    [InlineData("https://hooks.example:8443/")]
    [InlineData("https://학교.example/")]
    public async Task A_public_https_address_will_do(string url) => Assert.Null(await Code(url, "8.8.8.8"));

    [Fact]
    public async Task An_address_has_at_most_2000_characters()
    {
        var longest = "https://hooks.example/".PadRight(NamedAddress.Longest, 'a');

        Assert.Null(await Code(longest, "8.8.8.8"));
        Assert.Equal("wrong_url", await Code(longest + "a", "8.8.8.8"));
    }

    [Fact]
    public async Task A_name_that_leads_also_into_a_private_network_is_refused_and_so_is_one_that_leads_nowhere()
    {
        Assert.Equal("url_not_public", await Code("https://hooks.example/", "8.8.8.8", "10.0.0.1"));
        Assert.Equal("url_not_found", await Code("https://hooks.example/"));
        var unknown = new VettedConnections(new OutgoingOptions(), (_, _) => throw new SocketException((int)SocketError.HostNotFound));
        Assert.Equal("url_not_found", (await Named(new OutgoingOptions(), unknown).WhyNot("https://hooks.example/", "/url", Now))?.Code);
        // Longer than a name can be, which DNS is not even asked for.
        var far = $"https://{string.Join('.', Enumerable.Repeat("a", 150))}.example/";
        Assert.Equal("url_not_found", (await Named(new OutgoingOptions(), new VettedConnections(new OutgoingOptions())).WhyNot(far, "/url", Now))?.Code);
    }

    [Fact]
    public async Task With_the_setting_this_machine_will_do_with_http_too_and_no_other_private_address_does()
    {
        var trying = new OutgoingOptions { AllowLoopback = true };

        foreach (var url in (string[])["http://127.0.0.1:5099/hooks", "https://127.0.0.1:5099/hooks", "http://[::1]:5099/", "http://localhost:5099/"])
            Assert.Null(await Named(trying, new VettedConnections(trying)).WhyNot(url, "/url", Now));
        Assert.Equal("url_not_public", (await Named(trying, Dns(trying, "10.0.0.1")).WhyNot("https://hooks.example/", "/url", Now))?.Code);
        // Plain http stays on the machine.
        Assert.Equal("url_not_public", (await Named(trying, Dns(trying, "8.8.8.8")).WhyNot("http://hooks.example:8080/", "/url", Now))?.Code);
        Assert.Null(await Named(trying, Dns(trying, "8.8.8.8")).WhyNot("https://hooks.example/", "/url", Now));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("false", false)]
    [InlineData("true", true)]
    public void The_setting_is_off_unless_somebody_switches_it_on(string? value, bool on) => Assert.Equal(on, Wired(value).AllowLoopback);

    [Theory]
    [InlineData("yes")]
    [InlineData("1")]
    public void A_setting_that_cannot_be_is_said_at_the_start(string value)
    {
        var wrong = Assert.Throws<OptionsValidationException>(() => Wired(value));

        Assert.Contains("Outgoing:AllowLoopback", wrong.Message, StringComparison.Ordinal);
    }

    private static OutgoingOptions Wired(string? value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Outgoing:AllowLoopback", value)]).Build();
        using var services = new ServiceCollection().AddOutgoing(configuration).BuildServiceProvider();
        Assert.NotNull(services.GetRequiredService<NamedAddress>());
        return services.GetRequiredService<OutgoingOptions>();
    }

    private static async Task<string?> Code(string url, params string[] answers)
    {
        var options = new OutgoingOptions();
        return (await Named(options, Dns(options, answers)).WhyNot(url, "/url", Now))?.Code;
    }

    private static VettedConnections Dns(OutgoingOptions options, params string[] answers) =>
        new(options, (_, _) => Task.FromResult(Array.ConvertAll(answers, IPAddress.Parse)));

    private static NamedAddress Named(OutgoingOptions options, VettedConnections connections) => new(connections, options, TimeProvider.System);
}

using System.Net;
using Muse.Adapters.Outgoing;
using Muse.Imitations.Webhooks;

namespace Muse.Adapters.Tests.Outgoing;

/// <summary>DNS is the stranger's own, and answers what they like, when they like.</summary>
public class VettedConnectionsTests
{
    private static readonly CancellationToken Now = CancellationToken.None;
    private static readonly IPAddress Public = IPAddress.Parse("8.8.8.8"), ThisMachine = IPAddress.Loopback;

    [Fact]
    public async Task A_name_that_leads_to_this_machine_at_the_second_look_up_is_not_connected_to()
    {
        await using var receiver = await Started();
        var options = new OutgoingOptions();
        var lookUps = 0;
        var connections = new VettedConnections(options, (_, _) => Task.FromResult<IPAddress[]>([++lookUps == 1 ? Public : ThisMachine]));
        var named = new NamedAddress(connections, options, TimeProvider.System);
        using var http = new HttpClient(connections.Handler());

        Assert.Null(await named.WhyNot($"https://rebinding.example:{receiver.Port}/", "/url", Now));
        var broken = await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync($"http://rebinding.example:{receiver.Port}/", Now));

        Assert.StartsWith("The name leads to no public address.", broken.Message, StringComparison.Ordinal);
        Assert.Equal(2, lookUps);
        Assert.Empty(receiver.Attempts);
    }

    [Fact]
    public void No_proxy_stands_between_because_only_its_own_address_would_be_seen() =>
        Assert.False(new VettedConnections(new OutgoingOptions()).Handler().UseProxy);

    [Fact]
    public async Task The_address_that_was_looked_at_is_the_one_that_is_connected_to()
    {
        await using var receiver = await Started();
        var lookUps = 0;
        // Were the name asked for a second time, it would lead into the private network.
        var connections = new VettedConnections(new OutgoingOptions { AllowLoopback = true },
            (_, _) => Task.FromResult<IPAddress[]>([++lookUps == 1 ? ThisMachine : IPAddress.Parse("10.0.0.1")]));
        using var http = new HttpClient(connections.Handler());

        using var answer = await http.GetAsync($"http://hooks.example:{receiver.Port}/", Now);

        Assert.Equal((HttpStatusCode.NoContent, 1), (answer.StatusCode, lookUps));
        Assert.Equal($"hooks.example:{receiver.Port}", Assert.Single(receiver.Attempts).Headers["Host"]);
    }

    [Fact]
    public async Task Private_addresses_among_a_names_are_passed_over()
    {
        await using var receiver = await Started();
        var connections = new VettedConnections(new OutgoingOptions { AllowLoopback = true },
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("10.0.0.1"), IPAddress.Parse("fe80::1"), ThisMachine]));
        using var http = new HttpClient(connections.Handler());

        using var answer = await http.GetAsync($"http://hooks.example:{receiver.Port}/", Now);

        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("localhost")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("0.0.0.0")]
    public async Task This_machine_is_not_connected_to_whatever_it_is_called(string host)
    {
        await using var receiver = await Started();
        using var http = new HttpClient(new VettedConnections(new OutgoingOptions()).Handler());

        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync($"http://{host}:{receiver.Port}/", Now));

        Assert.Empty(receiver.Attempts);
    }

    [Fact]
    public async Task A_redirect_is_an_answer_and_not_followed()
    {
        await using var receiver = await Started();
        receiver.Answer(Reaction.RedirectTo(receiver.Url + "/inside"));
        using var http = new HttpClient(new VettedConnections(new OutgoingOptions { AllowLoopback = true }).Handler());

        using var answer = await http.PostAsync(receiver.Url, new StringContent("{}"), Now);

        Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.StatusCode);
        Assert.Single(receiver.Attempts);
    }

    private static async Task<WebhookReceiver> Started()
    {
        var receiver = new WebhookReceiver();
        await receiver.StartAsync();
        return receiver;
    }
}

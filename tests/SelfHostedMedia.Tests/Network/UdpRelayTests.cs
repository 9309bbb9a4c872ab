using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Muse.Imitations.Network;

namespace Muse.SelfHostedMedia.Tests.Network;

public sealed class UdpRelayTests : IDisposable
{
    private readonly Socket _server = Open();
    private readonly Socket _client = Open();
    private readonly UdpRelay _relay;

    public UdpRelayTests()
    {
        _relay = new((IPEndPoint)_server.LocalEndPoint!);
        _client.Connect(IPAddress.Loopback, _relay.Port);
    }

    [Fact]
    public void Datagrams_cross_in_both_directions_and_each_client_has_an_address_of_its_own()
    {
        using var other = Open();
        other.Connect(IPAddress.Loopback, _relay.Port);
        _client.Send("one"u8);
        var (text, first) = Receive();
        Assert.Equal("one", text);
        other.Send("two"u8);
        var (_, second) = Receive();
        Assert.NotEqual(first, second);
        _server.SendTo("back"u8, first);
        Assert.Equal("back", Read(_client));
        _client.Send("again"u8);
        Assert.Equal(("again", first), Receive());
    }

    [Fact]
    public void Rebinding_gives_another_address_and_forgets_the_former()
    {
        _client.Send("one"u8);
        var (_, before) = Receive();
        _relay.Rebind();
        _server.SendTo("lost"u8, before);
        _client.Send("two"u8);
        var (text, after) = Receive();
        Assert.Equal("two", text);
        Assert.NotEqual(before, after);
        _server.SendTo("found"u8, after);
        Assert.Equal("found", Read(_client));
    }

    [Fact]
    public void The_delay_of_each_direction_is_its_own_and_changes_while_running()
    {
        _relay.ToClient = new() { DelayMilliseconds = 80 };
        _client.Send("one"u8);
        var clock = Stopwatch.StartNew();
        var (_, address) = Receive();
        _server.SendTo("back"u8, address);
        Read(_client);
        // No upper bound: the machine may be busy.
        Assert.True(clock.ElapsedMilliseconds >= 79, clock.ElapsedMilliseconds.ToString());
        _relay.Set(new() { IsDown = true });
        _client.Send("gone"u8);
        SpinWait.SpinUntil(() => _relay.Counts.ToServerIn == 2, 5_000);
        _relay.Set(PathConditions.Perfect);
        _client.Send("here"u8);
        Assert.Equal("here", Receive().Text);
        Assert.Equal((3, 2, 1, 1), _relay.Counts);
    }

    [Fact]
    public void Further_clients_than_the_bound_are_dropped()
    {
        var clients = Enumerable.Range(0, UdpRelay.MaxClients + 1).Select(_ => Open()).ToList();
        foreach (var client in clients)
            client.SendTo("x"u8, new IPEndPoint(IPAddress.Loopback, _relay.Port));
        for (var i = 0; i < UdpRelay.MaxClients; i++)
            Receive();
        Assert.Equal(UdpRelay.MaxClients, _relay.Counts.ToServerIn);
        clients.ForEach(client => client.Dispose());
    }

    public void Dispose()
    {
        _relay.Dispose();
        _server.Dispose();
        _client.Dispose();
    }

    private static Socket Open()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket;
    }

    private static string Read(Socket socket)
    {
        var buffer = new byte[100];
        return System.Text.Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer));
    }

    private (string Text, EndPoint From) Receive()
    {
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        var buffer = new byte[100];
        var length = _server.ReceiveFrom(buffer, ref from);
        return (System.Text.Encoding.ASCII.GetString(buffer, 0, length), from);
    }
}

using System.Net;
using System.Net.Sockets;
using Muse.SelfHostedMedia.Wire;
using Muse.SelfHostedMedia.Wire.Linux;

namespace Muse.SelfHostedMedia.Tests.Wire;

public class UdpPortTests
{
    public static TheoryData<string?, string, bool> Addresses
    {
        get
        {
            var data = new TheoryData<string?, string, bool>();
            foreach (var isPortable in new[] { false, true })
            {
                data.Add(null, "127.0.0.1", isPortable);
                data.Add("127.0.0.1", "127.0.0.1", isPortable);
                if (Socket.OSSupportsIPv6)
                    data.Add("::1", "::1", isPortable);
            }

            return data;
        }
    }

    public static TheoryData<bool> BothWays => [false, true];

    [Theory]
    [MemberData(nameof(Addresses))]
    public void A_batch_of_datagrams_comes_in_and_each_answer_goes_back_to_its_sender(string? bind, string peerAddress, bool isPortable)
    {
        using var port = UdpPort.Open(bind is null ? null : IPAddress.Parse(bind), 0, isPortable);
        using var incoming = port.Reader();
        using var outgoing = port.Writer();
        var address = IPAddress.Parse(peerAddress);
        using var peer = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2_000 };
        peer.Bind(new IPEndPoint(address, 0));
        for (byte i = 0; i < 5; i++)
            peer.SendTo([i, 7, 7], new IPEndPoint(address, port.Port));

        var echoed = 0;
        while (echoed < 5)
        {
            port.Wait(2_000);
            var count = incoming.Receive();
            Assert.NotEqual(0, count);
            for (var i = 0; i < count; i++)
            {
                Assert.True(incoming.TryGetSender(i, out var sender));
                Assert.Equal(NetworkAddress.From(address, ((IPEndPoint)peer.LocalEndPoint!).Port), sender);
                Assert.Equal(echoed + i, incoming.Datagram(i)[0]);
                outgoing.Send(incoming.Datagram(i), sender, incoming.Local(i));
            }

            echoed += count;
            outgoing.Flush();
        }

        var buffer = new byte[16];
        for (byte i = 0; i < 5; i++)
        {
            Assert.Equal(3, peer.Receive(buffer));
            Assert.Equal(i, buffer[0]);
        }

        Assert.Equal(5, outgoing.SentPackets);
        Assert.Equal(0, outgoing.FailedSends);
    }

    [Fact]
    public void An_answer_leaves_from_the_address_that_was_asked()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "Local addresses are only reported on a dual-mode socket.");
        using var port = UdpPort.Open(null, 0);
        using var incoming = port.Reader();
        using var outgoing = port.Writer();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2_000 };
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        // All of 127/8 is local: without packet info the kernel would answer from 127.0.0.1.
        peer.SendTo([1, 2], new IPEndPoint(IPAddress.Parse("127.9.8.7"), port.Port));
        port.Wait(2_000);
        Assert.Equal(1, incoming.Receive());
        Assert.True(incoming.TryGetSender(0, out var sender));
        outgoing.Send(incoming.Datagram(0), sender, incoming.Local(0));
        outgoing.Flush();

        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        peer.ReceiveFrom(new byte[16], ref from);

        Assert.Equal(IPAddress.Parse("127.9.8.7"), ((IPEndPoint)from).Address);
    }

    [Theory]
    [InlineData(null, "127.0.0.1")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "::1")]
    public void A_datagrams_stamp_is_when_it_came_and_not_when_it_was_read(string? bind, string peerAddress)
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 || peerAddress != "::1", "There is no IPv6 here.");
        using var port = new LinuxPort(bind is null ? null : IPAddress.Parse(bind), 0);
        using var incoming = new LinuxReceiveBatch(port);
        var address = IPAddress.Parse(peerAddress);
        using var peer = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var before = Unix();
        peer.SendTo([1, 2], new IPEndPoint(address, port.Port));
        port.Wait(2_000);
        var came = Unix();
        // It lies unread until the clock has moved on by 20 ms.
        SpinWait.SpinUntil(() => Unix() - came > 20_000_000);
        Assert.Equal(1, incoming.Receive());

        Assert.InRange(incoming.StampNanoseconds(0), before, came);
        Assert.InRange(incoming.WaitedNanoseconds(0), 20_000_000, 1_000_000_000);
        if (bind is null && port.ReportsLocalAddress)
            Assert.Equal(NetworkAddress.From(address, 0), incoming.Local(0));

        static long Unix() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public void A_datagram_larger_than_any_peer_needs_is_marked(bool isPortable)
    {
        using var port = UdpPort.Open(IPAddress.Loopback, 0, isPortable);
        using var incoming = port.Reader();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        peer.SendTo(new byte[1_501], new IPEndPoint(IPAddress.Loopback, port.Port));
        peer.SendTo(new byte[60_000], new IPEndPoint(IPAddress.Loopback, port.Port));
        peer.SendTo(new byte[1_500], new IPEndPoint(IPAddress.Loopback, port.Port));

        var marks = new List<bool>();
        while (marks.Count < 3)
        {
            port.Wait(2_000);
            var count = incoming.Receive();
            Assert.NotEqual(0, count);
            for (var i = 0; i < count; i++)
                marks.Add(incoming.IsOversized(i));
        }

        Assert.Equal([true, true, false], marks);
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_wait_ends_when_it_is_woken(string? bind, string peerAddress, bool isPortable)
    {
        using var port = UdpPort.Open(bind is null ? null : IPAddress.Parse(bind), 0, isPortable);
        using var incoming = port.Reader();
        using var peer = new Socket(IPAddress.Parse(peerAddress).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        // Twice: what woke it the first time is not in its way the second time.
        for (var time = 0; time < 2; time++)
        {
            var waiting = Task.Run(() => port.Wait(60_000), TestContext.Current.CancellationToken);
            port.Wake();
            port.Wake();
            await waiting.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
            Assert.Equal(0, incoming.Receive());
        }

        // A stranger's datagram is one, whatever it looks like.
        peer.SendTo([0], new IPEndPoint(IPAddress.Parse(peerAddress), port.Port));
        var count = 0;
        while (count == 0)
        {
            port.Wait(60_000);
            count = incoming.Receive();
        }

        Assert.Equal(1, count);
    }

    [Theory]
    [MemberData(nameof(BothWays))]
    public void A_packet_that_cannot_be_sent_is_counted_and_the_others_go_out(bool isPortable)
    {
        using var port = UdpPort.Open(IPAddress.Loopback, 0, isPortable);
        using var outgoing = port.Writer();
        using var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 2_000 };
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var to = NetworkAddress.From(IPAddress.Loopback, ((IPEndPoint)peer.LocalEndPoint!).Port);
        outgoing.Send([1], to, default);
        outgoing.Send([2], NetworkAddress.From(IPAddress.Loopback, 0), default);
        outgoing.Send([3], to, default);
        outgoing.Flush();

        var buffer = new byte[4];
        peer.Receive(buffer);
        Assert.Equal(1, buffer[0]);
        peer.Receive(buffer);
        Assert.Equal(3, buffer[0]);
        Assert.Equal(1, outgoing.FailedSends);
    }
}

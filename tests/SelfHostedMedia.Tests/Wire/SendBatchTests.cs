using System.Net;
using System.Net.Sockets;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Wire;

/// <summary>Whether the kernel cuts messages into packets, gets each packet by itself or by a call of its own: what arrives is the same.</summary>
public sealed class SendBatchTests : IDisposable
{
    private readonly UdpPort _port = UdpPort.Open(IPAddress.Loopback, 0);
    private readonly UdpPort _portable = UdpPort.Open(IPAddress.Loopback, 0, isPortable: true);
    private readonly List<Socket> _peers = [];

    public enum Way
    {
        Segments,
        Messages,
        Portable,
    }

    public static TheoryData<Way> Ways => [Way.Segments, Way.Messages, Way.Portable];

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_run_to_one_peer_arrives_as_the_packets_that_were_committed(Way way)
    {
        using var batch = Writer(way);
        var (peer, to) = Peer();
        int[] lengths = [1_200, 1_200, 1_200, 700, 1_200, 1_250, 1_250, 30];
        Commit(batch, to, lengths);
        batch.Flush();

        AssertArrives(peer, lengths);
        // 1,200 thrice with the shorter 700; 1,200; 1,250 twice with the shorter 30.
        Assert.Equal(batch.Segments ? 3 : 8, batch.SentMessages);
        Assert.Equal(8, batch.SentPackets);
        Assert.Equal(lengths.Sum(), batch.SentBytes);
        Assert.Equal(0, batch.FailedSends);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Packets_to_several_peers_are_not_mixed(Way way)
    {
        using var batch = Writer(way);
        var (one, toOne) = Peer();
        var (two, toTwo) = Peer();
        Commit(batch, toOne, [100, 100]);
        Commit(batch, toTwo, [100, 100, 100]);
        Commit(batch, toOne, [100]);
        batch.Flush();

        AssertArrives(one, [100, 100], [100]);
        AssertArrives(two, [100, 100, 100]);
        Assert.Equal(batch.Segments ? 3 : 6, batch.SentMessages);
    }

    [Fact]
    public void Packets_from_several_local_addresses_are_not_mixed()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "Local addresses are only chosen on a dual-mode socket.");
        using var port = UdpPort.Open(null, 0);
        using var batch = port.Writer();
        var (peer, to) = Peer();
        batch.Send([1, 1], to, NetworkAddress.From(IPAddress.Parse("127.9.8.7"), 0));
        batch.Send([2, 2], to, NetworkAddress.From(IPAddress.Parse("127.9.8.6"), 0));
        batch.Send([3, 3], to, NetworkAddress.From(IPAddress.Parse("127.9.8.6"), 0));
        batch.Flush();

        var buffer = new byte[16];
        foreach (var from in new[] { "127.9.8.7", "127.9.8.6", "127.9.8.6" })
        {
            EndPoint sender = new IPEndPoint(IPAddress.Any, 0);
            Assert.Equal(2, peer.ReceiveFrom(buffer, ref sender));
            Assert.Equal(IPAddress.Parse(from), ((IPEndPoint)sender).Address);
        }

        Assert.Equal(batch.Segments ? 2 : 3, batch.SentMessages);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_run_ends_at_64_packets_and_at_what_an_IP_packet_holds(Way way)
    {
        using var batch = Writer(way);
        var (peer, to) = Peer();
        int[] small = [.. Enumerable.Repeat(50, 65)];
        int[] large = [.. Enumerable.Repeat(1_500, 64)];
        Commit(batch, to, small);
        Commit(batch, to, large);
        batch.Flush();

        AssertArrives(peer, small, large);
        // 64 + 1 small ones; 43 large ones are 64,500 bytes, and 21 more.
        Assert.Equal(batch.Segments ? 4 : 129, batch.SentMessages);
    }

    [Theory]
    [InlineData(Way.Segments, 1_200)]
    [InlineData(Way.Messages, 1_200)]
    [InlineData(Way.Portable, 1_200)]
    [InlineData(Way.Segments, 40)]
    [InlineData(Way.Messages, 40)]
    [InlineData(Way.Portable, 40)]
    public void A_batch_that_runs_full_sends_itself_and_loses_nothing(Way way, int length)
    {
        using var batch = Writer(way);
        var peers = Enumerable.Range(0, 8).Select(_ => Peer()).ToArray();
        // Each commit is to another peer than the one before: no message holds two packets.
        for (var round = 0; round < 100; round++)
        {
            foreach (var (_, to) in peers)
                Commit(batch, to, [length], round);
        }

        batch.Flush();

        foreach (var (peer, _) in peers)
        {
            for (var round = 0; round < 100; round++)
                AssertNext(peer, length, round);
        }

        Assert.Equal(800, batch.SentMessages);
        Assert.Equal(0, batch.FailedSends);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_run_that_fills_the_arena_goes_on_in_the_next_batch(Way way)
    {
        using var batch = Writer(way);
        var (peer, to) = Peer();
        for (var round = 0; round < 10; round++)
        {
            int[] lengths = [.. Enumerable.Repeat(1_400, 100)];
            Commit(batch, to, lengths);
            batch.Flush();
            AssertArrives(peer, lengths);
        }

        Assert.Equal(1_000, batch.SentPackets);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void Packets_that_cannot_be_sent_are_counted_each_and_the_others_go_out(Way way)
    {
        using var batch = Writer(way);
        var (peer, to) = Peer();
        Commit(batch, to, [10, 10]);
        Commit(batch, NetworkAddress.From(IPAddress.Loopback, 0), [10, 10, 10]);
        Commit(batch, to, [10]);
        batch.Flush();

        AssertArrives(peer, [10, 10], [10]);
        Assert.Equal(3, batch.FailedSends);
        Assert.Equal(3, batch.SentPackets);
        Assert.Equal(way == Way.Segments && _port.KnowsSegments, batch.Segments);
    }

    [Fact]
    public void A_kernel_that_refuses_every_run_is_not_asked_for_ever()
    {
        Assert.SkipUnless(_port.KnowsSegments, "This kernel knows no UDP_SEGMENT.");
        using var batch = _port.Writer();
        for (var i = 0; i < 8; i++)
        {
            Assert.True(batch.Segments);
            Commit(batch, NetworkAddress.From(IPAddress.Loopback, 0), [10, 10]);
            batch.Flush();
        }

        Assert.False(batch.Segments);
        var (peer, to) = Peer();
        Commit(batch, to, [10, 10]);
        batch.Flush();
        AssertArrives(peer, [10, 10]);
        Assert.Equal(2, batch.SentMessages);
    }

    public void Dispose()
    {
        foreach (var peer in _peers)
            peer.Dispose();
        _port.Dispose();
        _portable.Dispose();
    }

    private SendBatch Writer(Way way) => (way == Way.Portable ? _portable : _port).Writer(way == Way.Segments);

    private (Socket Peer, NetworkAddress Address) Peer()
    {
        var peer = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)
        {
            ReceiveTimeout = 2_000,
            ReceiveBufferSize = 4 << 20,
        };
        peer.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _peers.Add(peer);
        return (peer, NetworkAddress.From(IPAddress.Loopback, ((IPEndPoint)peer.LocalEndPoint!).Port));
    }

    private static void Commit(SendBatch batch, NetworkAddress to, int[] lengths, int first = 0)
    {
        for (var i = 0; i < lengths.Length; i++)
        {
            batch.Next()[..lengths[i]].Fill((byte)(first + i));
            batch.Commit(lengths[i], to, default);
        }
    }

    private static void AssertArrives(Socket peer, params int[][] runs)
    {
        foreach (var lengths in runs)
        {
            for (var i = 0; i < lengths.Length; i++)
                AssertNext(peer, lengths[i], i);
        }

        Assert.Equal(0, peer.Available);
    }

    private static void AssertNext(Socket peer, int length, int fill)
    {
        var buffer = new byte[2_048];
        Assert.Equal(length, peer.Receive(buffer));
        Assert.Equal(-1, buffer.AsSpan(0, length).IndexOfAnyExcept((byte)fill));
    }
}

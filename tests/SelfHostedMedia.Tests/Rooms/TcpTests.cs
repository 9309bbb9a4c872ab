using System.Net;
using System.Net.Sockets;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class TcpTests
{
    [Fact]
    public async Task A_lesson_goes_over_TCP_alone()
    {
        await using var media = new MediaFixture();
        using var publisher = new TestPeer { IsTcp = true };
        using var subscriber = new TestPeer { IsTcp = true };
        await media.Publisher(publisher, "audio", "video");
        await media.Subscriber(subscriber);
        publisher.SendRtp(1, 1, 111, 0, [1], mid: "0");
        Assert.Equal([1], subscriber.ReceiveRtp(sequence => sequence).Payload);
        publisher.SendRtp(2, 1, 96, 0, [0x10, 0x00, 7], mid: "1");
        Assert.Equal([0x10, 0x00, 7], subscriber.ReceiveRtp(sequence => sequence).Payload);
        Assert.Equal(2, media.Server.Statistics.TcpConnections);
    }

    [Fact]
    public async Task The_answer_names_a_passive_TCP_candidate_below_the_others()
    {
        await using var media = new MediaFixture();
        var answer = (await (await media.Join()).Publish(media.Peer().Offer("sendonly", "audio"))).Value;
        var candidates = answer.Split("\r\n").Where(line => line.StartsWith("a=candidate:", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, candidates.Count);
        Assert.Matches($@"^a=candidate:1 1 udp 2130706431 127\.0\.0\.1 {media.Server.Port} typ host$", candidates[0]);
        Assert.Matches($@"^a=candidate:2 1 tcp 1520435199 127\.0\.0\.1 {media.Server.TcpPort} typ host tcptype passive$", candidates[1]);

        await using var without = new MediaFixture(new() { TcpPort = 0 });
        answer = (await (await without.Join()).Publish(without.Peer().Offer("sendonly", "audio"))).Value;
        Assert.DoesNotContain(" tcp ", answer);
        Assert.Null(without.Server.TcpPort);
    }

    [Fact]
    public async Task A_TCP_connection_that_breaks_gives_way_to_a_new_one_and_the_keys_stay()
    {
        await using var media = new MediaFixture();
        using var publisher = new TestPeer { IsTcp = true };
        await media.Publisher(publisher, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(1, 1, 111, 0, [1], mid: "0");
        Assert.Equal([1], subscriber.ReceiveRtp(sequence => sequence).Payload);
        publisher.Rebind();
        publisher.Check();
        publisher.SendRtp(1, 2, 111, 960, [2]);
        Assert.Equal([2], subscriber.ReceiveRtp(sequence => sequence).Payload);
        await media.Until(statistics => statistics.TcpConnections == 1);
    }

    [Fact]
    public async Task The_connection_ends_with_its_participant()
    {
        await using var media = new MediaFixture();
        using var publisher = new TestPeer { IsTcp = true };
        var (participant, _) = await media.Publisher(publisher, "audio");
        await participant.Leave();
        await media.Until(statistics => statistics.TcpConnections == 0);
    }

    [Fact]
    public async Task Connections_of_strangers_are_bounded_and_those_that_do_not_speak_STUN_are_closed()
    {
        await using var media = new MediaFixture(new() { MaxTcpConnectionsPerAddress = 4 });
        var strangers = Enumerable.Range(0, 6).Select(_ => Connect(media)).ToList();
        await media.Until(statistics => statistics.RefusedTcpConnections == 2);
        Assert.Equal(4, media.Server.Statistics.TcpConnections);
        foreach (var stranger in strangers)
        {
            try
            {
                stranger.Send("GET / HTTP/1.1\r\n\r\n"u8);
                Assert.Equal(0, stranger.Receive(new byte[10]));
            }
            catch (SocketException)
            {
                // One of those refused at once.
            }

            stranger.Dispose();
        }

        await media.Until(statistics => statistics.TcpConnections == 0);
        using var welcome = Connect(media);
        await media.Until(statistics => statistics.TcpConnections == 1);
    }

    [Fact]
    public async Task Nothing_is_answered_over_TCP_to_who_does_not_know_the_password()
    {
        await using var media = new MediaFixture();
        using var peer = new TestPeer { IsTcp = true };
        peer.Take((await (await media.Join()).Publish(peer.Offer("sendonly", "audio"))).Value);
        peer.SendCheck(password: "0123456789012345678901");
        await media.Until(statistics => statistics.DroppedStun == 1);
        Assert.Equal(0, peer.ReceiveRaw(50));
        peer.Check();
    }

    [Fact]
    public async Task A_picture_that_a_slow_line_cannot_take_is_held_back_and_the_sound_still_comes_in_time()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio", "video");
        using var subscriber = new TestPeer { IsTcp = true, ReceiveBuffer = 8 * 1024 };
        await media.Subscriber(subscriber);
        publisher.SendRtp(2, 1, 96, 0, [0x10, 0x00, 7], mid: "1");
        subscriber.ReceiveRtp(sequence => sequence);
        // The subscriber does not read: kernel buffers fill, then the queue grows old.
        var picture = new byte[1_100];
        picture[0] = 0x10;
        picture[1] = 1;
        var deadline = Environment.TickCount64 + 10_000;
        var index = 2;
        while (Environment.TickCount64 < deadline && !await IsBehind(media))
        {
            for (var i = 0; i < 20; i++)
                publisher.SendRtp(2, index, 96, (uint)index++ * 3_000, picture);
        }

        Assert.True(await IsBehind(media));
        // It reads again: what is in the buffers comes, then the sound of now, and a key frame is asked for.
        publisher.SendRtp(1, 1, 111, 0, [1, 2, 3], mid: "0");
        Received received;
        do
        {
            received = subscriber.ReceiveRtp(sequence => sequence);
        }
        while (received.Header.PayloadType != 111);
        Assert.Equal([1, 2, 3], received.Payload);
        await media.Until(_ =>
        {
            subscriber.ReceiveRaw(1);
            return !IsBehind(media).Result;
        });
        // Key frames as the publisher is asked for them.
        Received? key;
        do
        {
            Assert.True(Environment.TickCount64 < deadline + 10_000);
            publisher.SendRtp(2, index, 96, (uint)index++ * 3_000, [0x10, 0x00, 8]);
            key = subscriber.TryReceiveRtp(50);
        }
        while (key?.Payload is not [0x10, 0x00, 8]);
    }

    private static Task<bool> IsBehind(MediaFixture media) =>
        media.Server.Thread.Run(() => media.Server.Thread.Connections.Any(connection => connection.IsBehind));

    private static Socket Connect(MediaFixture media)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 };
        socket.Connect(IPAddress.Loopback, media.Server.TcpPort!.Value);
        return socket;
    }
}

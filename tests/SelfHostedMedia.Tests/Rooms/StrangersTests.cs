using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Ice;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class StrangersTests
{
    [Fact]
    public async Task A_flood_from_unknown_addresses_is_dropped_counted_and_answered_with_nothing()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 1 };
        var server = new IPEndPoint(IPAddress.Loopback, media.Server.Port);
        var random = new Random(4);
        const int Count = 20_000;
        var before = media.Server.Statistics;
        for (var i = 0; i < Count; i++)
        {
            var datagram = new byte[random.Next(0, 1_600)];
            random.NextBytes(datagram);
            if (datagram.Length > 0)
                datagram[0] = (byte)(new[] { 0, 22, 128, 144, 200 }[i % 5]);
            stranger.SendTo(datagram, server);
            // Two batches of 64.
            for (var rounds = 0; i % 100 == 0 && rounds < 3; rounds++)
                await media.Server.Thread.Run(() => true);
        }

        await media.HasReadWhatWasSent();
        // A busy machine's kernel drops some even on the loopback: what it delivered counts, and that is nearly all.
        var after = await media.Until(statistics => Dropped(statistics) - Dropped(before) == statistics.ReceivedPackets - before.ReceivedPackets);
        Assert.InRange(after.ReceivedPackets - before.ReceivedPackets, Count * 9 / 10, Count);
        Assert.Throws<SocketException>(() => stranger.Receive(new byte[2_000]));

        publisher.SendRtp(1, 1, 111, 0, [5], mid: "0");
        Assert.Equal([5], subscriber.ReceiveRtp(sequence => sequence).Payload);
        Assert.Equal(2, media.Server.Statistics.Connections);

        static long Dropped(MediaStatistics statistics) =>
            statistics.DroppedUnknownAddress + statistics.DroppedMalformed + statistics.DroppedOversized + statistics.DroppedStun;
    }

    [Fact]
    public async Task A_check_without_our_password_or_to_nobody_is_not_answered()
    {
        await using var media = new MediaFixture();
        var peer = media.Peer();
        peer.Take((await (await media.Join()).Publish(peer.Offer("sendonly", "audio"))).Value);
        peer.SendCheck(password: "0123456789012345678901");
        peer.SendCheck(user: "nobody00:peer");
        peer.SendCheck(user: "");
        await media.Until(statistics => statistics.DroppedStun == 3);
        Assert.True(peer.HasNothingWithin(50, DatagramKind.Stun));
        peer.Check();
    }

    /// <summary>As long as a check may be and longer, with few attributes and many: what a stranger has computed must not depend on it.</summary>
    [Fact]
    public async Task Looking_at_a_strangers_check_costs_no_more_than_reading_it()
    {
        await using var media = new MediaFixture();
        const int Count = 4_000;
        using var port = UdpPort.Open(IPAddress.Loopback, 0);
        using var batch = port.Reader();
        using var stranger = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var target = new IPEndPoint(IPAddress.Loopback, port.Port);
        var from = NetworkAddress.From(IPAddress.Loopback, 99);
        foreach (var check in new[] { Check(1_480, 1), Check(StunMessage.MaxLength, 1), Check(StunMessage.MaxLength, 24), Check(64, 2) })
        {
            // On a busy machine the best of a few runs says what it costs.
            var shares = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => media.Server.Thread.Run(() =>
            {
                var (reading, looking) = (TimeSpan.Zero, TimeSpan.Zero);
                for (var round = 0; round < Count / 50; round++)
                {
                    for (var i = 0; i < 50; i++)
                        stranger.SendTo(check, target);
                    var began = TimeProvider.System.GetTimestamp();
                    for (var read = 0; read < 50;)
                        read += batch.Receive();
                    reading += TimeProvider.System.GetElapsedTime(began);
                    began = TimeProvider.System.GetTimestamp();
                    for (var i = 0; i < 50; i++)
                        media.Server.Thread.ReceiveStun(check, from, default);
                    looking += TimeProvider.System.GetElapsedTime(began);
                }

                return looking / reading;
            })));
            Assert.True(shares.Min() <= 1, $"{check.Length} bytes cost {shares.Min():0.0} times what reading them costs.");
        }

        Assert.Equal(0, media.Server.Statistics.SentPackets);
    }

    /// <summary>A check to nobody whose last attribute is a right FINGERPRINT.</summary>
    /// <param name="attributes">What is before that, the first of them USERNAME.</param>
    private static byte[] Check(int length, int attributes)
    {
        var check = new byte[length];
        BinaryPrimitives.WriteUInt16BigEndian(check, StunMessage.BindingRequest);
        BinaryPrimitives.WriteUInt16BigEndian(check.AsSpan(2), (ushort)(length - StunMessage.HeaderLength));
        BinaryPrimitives.WriteUInt32BigEndian(check.AsSpan(4), StunMessage.MagicCookie);
        var at = StunMessage.HeaderLength;
        for (var left = attributes; left > 0; left--)
        {
            var size = ((length - 8 - at) / left & ~3) - 4;
            size = left == 1 ? length - 8 - at - 4 : size;
            BinaryPrimitives.WriteUInt16BigEndian(check.AsSpan(at), left == attributes ? StunMessage.Username : (ushort)0x8022);
            BinaryPrimitives.WriteUInt16BigEndian(check.AsSpan(at + 2), (ushort)size);
            "nobody00:peer"u8[..Math.Min(size, 13)].CopyTo(check.AsSpan(at + 4));
            at += 4 + size;
        }

        BinaryPrimitives.WriteUInt16BigEndian(check.AsSpan(at), StunMessage.Fingerprint);
        BinaryPrimitives.WriteUInt16BigEndian(check.AsSpan(at + 2), 4);
        BinaryPrimitives.WriteUInt32BigEndian(check.AsSpan(at + 4), StunFingerprint.Of(check.AsSpan(0, at)));
        return check;
    }

    /// <summary>Whoever forges a sender's address has nothing sent to it: without the password nothing at all, with it no more than was brought.</summary>
    [Fact]
    public async Task Checks_cannot_be_made_to_send_more_than_they_bring()
    {
        await using var media = new MediaFixture();
        var peer = media.Peer();
        peer.Take((await (await media.Join()).Publish(peer.Offer("sendonly", "audio"))).Value);
        const int Count = 500;
        var before = media.Server.Statistics;
        for (var i = 0; i < Count; i++)
        {
            peer.SendCheck(password: "0123456789012345678901");
            peer.SendCheck(user: $"nobody{i:00}:peer");
        }

        var refused = await media.Until(statistics => statistics.DroppedStun == 2 * Count);
        Assert.Equal((before.SentPackets, before.SentBytes), (refused.SentPackets, refused.SentBytes));
        Assert.Equal(before.AllocatedBytes, refused.AllocatedBytes);

        peer.Check();
        var answered = media.Server.Statistics;
        var asked = answered.ReceivedBytes - refused.ReceivedBytes;
        Assert.InRange(answered.SentBytes - refused.SentBytes, 1, asked);
        Assert.Equal(answered.ReceivedPackets - refused.ReceivedPackets, answered.SentPackets - refused.SentPackets);
    }

    /// <summary>Each would cost an HMAC.</summary>
    [Fact]
    public async Task After_a_thousand_wrong_passwords_in_a_second_no_check_is_looked_at_until_the_next()
    {
        await using var media = new MediaFixture();
        var peer = media.Peer();
        peer.Take((await (await media.Join()).Publish(peer.Offer("sendonly", "audio"))).Value);
        peer.Check();
        media.Clock.Slow(100);
        for (var i = 0; i <= 1_000; i++)
        {
            peer.SendCheck(password: "0123456789012345678901");
            if (i % 50 == 0)
                await media.Until(statistics => statistics.DroppedStun > i);
        }

        await media.Until(statistics => statistics.DroppedStun == 1_001);
        peer.SendCheck();
        await media.Until(statistics => statistics.DroppedStun == 1_002);
        Assert.True(peer.HasNothingWithin(50, DatagramKind.Stun));
        media.Clock.Slow(1);
        peer.Check();
    }

    /// <summary>Neither the history of its line nor what is kept to be sent again grows with it.</summary>
    [Fact]
    public async Task A_subscriber_that_never_acknowledges_cannot_hold_memory()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (_, subscriber, _) = await media.Subscriber(new TestPeer { TransportId = 3, Repairs = true });
        publisher.SendRtp(1, 1, 96, 0, [0x10, 0x00, 7], mid: "0");
        subscriber.ReceiveRtp(sequence => sequence);
        var payload = new byte[1_000];
        (payload[0], payload[1]) = (0x10, 0x01);
        var sent = 1;
        await Send(12_000);
        var (history, cached) = await Held();
        var before = media.Server.Statistics.AllocatedBytes;
        await Send(24_000);

        Assert.Equal((history, cached), await Held());
        Assert.Equal(before, media.Server.Statistics.AllocatedBytes);
        Assert.InRange(history, 512, SendHistory.MaxCapacity);

        async Task Send(int count)
        {
            for (var i = 0; i < count; i++)
            {
                sent++;
                publisher.SendRtp(1, (ushort)sent, 96, (uint)(sent * 500), payload);
                // Half a second of a large picture.
                if (i % 400 == 0)
                {
                    await media.HasReadWhatWasSent();
                    // Still there, by its checks.
                    subscriber.SendCheck();
                    media.Clock.Push(TimeSpan.FromMilliseconds(500));
                }
            }

            await media.HasReadWhatWasSent();
        }

        Task<(int History, long Cached)> Held() => media.Server.Thread.Run(() =>
        {
            var track = media.Room.FindTrack(media.Room.Tracks[0].Id)!;
            return (track.Subscriptions[0].Subscriber.Line.HistoryCapacity, track.Encodings[0].Cache.Bytes);
        });
    }

    [Fact]
    public async Task Packets_that_are_not_authentic_neither_reach_anyone_nor_move_the_path()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        var packet = publisher.Protect(1, 1, 111, 0, [5], mid: "0");
        packet[^1] ^= 1;
        publisher.SendRaw(packet);
        publisher.SendRaw(packet.AsSpan(0, 20));
        var control = publisher.Protect(1, 2, 111, 0, [5]);
        control[1] = 200;
        publisher.SendRaw(control);
        await media.Until(statistics => statistics.DroppedUnauthentic + statistics.DroppedMalformed == 3);
        Assert.True(subscriber.HasNothingWithin(50, DatagramKind.Rtp));
        publisher.SendRtp(1, 3, 111, 0, [6], mid: "0");
        Assert.Equal([6], subscriber.ReceiveRtp(sequence => sequence).Payload);
    }

    [Fact]
    public async Task Mutated_packets_of_a_known_peer_are_survived()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio", "video");
        var (_, subscriber, _) = await media.Subscriber();
        var example = publisher.Protect(1, 1, 111, 0, new byte[60], mid: "0", level: 4);
        byte[] hello = [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4];
        var sent = 0L;
        var already = media.Server.Statistics.ReceivedPackets;
        foreach (var input in Fuzzing.Inputs(example, hello).Take(Fuzzing.Rounds / 2))
        {
            publisher.SendRaw(input);
            if (++sent % 100 == 0)
                await media.Until(statistics => statistics.ReceivedPackets >= already + sent);
        }

        Assert.Equal(0, media.Server.Statistics.Faults);
        publisher.SendRtp(9, 1, 96, 0, [0x10, 0x00, 7], mid: "1");
        // A mutation may have left the example as it was: that one is forwarded rightly.
        while (subscriber.ReceiveRtp(sequence => sequence).Payload[^1] != 7)
        {
        }
    }

    [Fact]
    public async Task A_publisher_with_ever_new_sources_is_bounded()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        for (uint ssrc = 1; ssrc <= 100; ssrc++)
            publisher.SendRtp(ssrc, 1, 111, 0, [1], mid: "0");
        await media.Until(statistics => statistics.DroppedUnroutable == 99);
    }
}

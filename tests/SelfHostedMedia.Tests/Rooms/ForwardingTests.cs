using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class ForwardingTests
{
    private const uint Audio = 0xA0D10;
    private const uint Video = 0x71DE0;

    private static readonly byte[] KeyFrame = [0x10, 0x00, 1, 2, 3];
    private static readonly byte[] InterFrame = [0x10, 0x01, 4, 5, 6];

    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm, SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmSha1, SrtpProfile.Aes128CmSha1)]
    [InlineData(SrtpProfile.Aes128CmSha1, SrtpProfile.AeadAes128Gcm)]
    public async Task Sound_goes_from_one_peer_to_another_under_the_subscribers_numbers(SrtpProfile from, SrtpProfile to)
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(media.Peer(from), "audio");
        var (_, subscriber, answer) = await media.Subscriber(media.Peer(to));
        Assert.Equal(from, publisher.Profile);
        Assert.Equal(to, subscriber.Profile);

        for (var i = 0; i < 20; i++)
            publisher.SendRtp(Audio, 100 + i, 111, (uint)(i * 960), [(byte)i, 9, 9], mid: "0", level: (byte)(0x80 | i));

        var first = -1;
        for (var i = 0; i < 20; i++)
        {
            var received = subscriber.ReceiveRtp(sequence => sequence);
            first = first < 0 ? received.Header.Sequence : first;
            Assert.Equal(first + i, received.Header.Sequence);
            Assert.Equal((uint)(i * 960), received.Header.Timestamp);
            Assert.Equal(111, received.Header.PayloadType);
            Assert.Equal([(byte)i, 9, 9], received.Payload);
            Assert.Equal((byte)(0x80 | i), received.Level!.Value.Octet);
            Assert.Contains($"a=ssrc:{received.Header.Ssrc} ", answer, StringComparison.Ordinal);
            Assert.NotEqual(Audio, received.Header.Ssrc);
        }
    }

    /// <summary>It was once counted at each packet and at each turn: sound seemed to take twice its share of the line, and pictures shrank.</summary>
    [Fact]
    public async Task What_a_subscription_takes_of_the_line_is_counted_once()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        await media.Subscriber();
        var subscription = media.Room.FindTrack(media.Room.Tracks[0].Id)!.Subscriptions[0];
        // All of it must be within one second of the server's, however busy the machine is.
        media.Clock.Slow(5);
        for (var i = 0; i < 50; i++)
            publisher.SendRtp(Audio, 100 + i, 111, (uint)(i * 960), new byte[100], mid: "0");
        await media.Until(statistics => statistics.ForwardedPackets == 50);
        var forwarded = await media.Server.Thread.Run(() => media.Server.Thread.Now);
        while (await media.Server.Thread.Run(() => media.Server.Thread.Now) < forwarded + 250)
            await Task.Yield();

        Assert.Equal(50 * 100 * 8, await media.Server.Thread.Run(() => subscription.Rate.BitsPerSecond(media.Server.Thread.Now)));
        Assert.Equal(50 * 100, subscription.Bytes);
    }

    [Fact]
    public async Task A_packet_that_comes_twice_is_forwarded_once()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        var packet = publisher.Protect(Audio, 5, 111, 0, [1], mid: "0");
        publisher.SendRaw(packet);
        publisher.SendRaw(packet);
        publisher.SendRtp(Audio, 6, 111, 960, [2]);

        Assert.Equal([1], subscriber.ReceiveRtp(sequence => sequence).Payload);
        Assert.Equal([2], subscriber.ReceiveRtp(sequence => sequence).Payload);
        await media.Until(statistics => statistics.DroppedReplayed == 1 && statistics.ForwardedPackets == 2);
    }

    [Fact]
    public async Task A_late_packet_finds_its_place_and_no_index_is_ever_used_twice()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        foreach (var index in new[] { 10, 12, 11, 13, 11, 12 })
            publisher.SendRtp(Audio, index, 111, (uint)index, [(byte)index], mid: "0");
        var sequences = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            var received = subscriber.ReceiveRtp(sequence => sequence);
            sequences.Add(received.Header.Sequence - received.Payload[0]);
        }

        Assert.Single(sequences.Distinct());
        await media.Until(statistics => statistics.DroppedReplayed == 2);
    }

    [Fact]
    public async Task The_publishers_rollover_is_crossed_without_a_gap()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        long first = -1;
        for (long index = 65_530; index < 65_545; index++)
        {
            publisher.SendRtp(Audio, index, 111, (uint)index, [(byte)index], mid: "0");
            var received = subscriber.ReceiveRtp(sequence => sequence);
            first = first < 0 ? received.Header.Sequence : first;
            Assert.Equal(first + (index - 65_530), received.Header.Sequence);
        }
    }

    [Fact]
    public async Task The_subscribers_rollover_is_crossed_too()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        long newest = -1;
        for (long index = 0; index < 70_000; index++)
        {
            publisher.SendRtp(Audio, index, 111, (uint)index, [7], mid: index < 3 ? "0" : null);
            var received = subscriber.ReceiveRtp(sequence => newest = SequenceUnwrap.Unwrap(sequence, newest));
            Assert.Equal((uint)index, received.Header.Timestamp);
        }

        Assert.True(newest > 70_000);
    }

    [Fact]
    public async Task A_picture_begins_with_a_key_frame_that_the_publisher_is_asked_for()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        await media.Until(_ => media.Room.FindTrack(media.Room.Tracks[0].Id)!.Encodings[0].KeyFrameIndex >= 0);
        media.Clock.Push(TimeSpan.FromSeconds(1));
        // Three seconds after it has connected a subscriber is sent what there is.
        media.Clock.Slow(20);
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Video, 2, 96, 3_000, InterFrame);

        var request = publisher.ReceiveRtcp(206, 1);
        Assert.True(PictureLossIndication.TryRead(1, request, out var asked));
        Assert.Equal(Video, asked);
        publisher.SendRtp(Video, 3, 96, 6_000, KeyFrame, marker: true);

        var received = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal(6_000u, received.Header.Timestamp);
        Assert.True(received.Header.Marker);
    }

    [Fact]
    public async Task A_subscribers_loss_is_mended_from_the_cache_with_the_very_same_bytes()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        publisher.SendRtp(Video, 2, 96, 0, InterFrame);
        var first = subscriber.ReceiveRawRtp();
        var second = subscriber.ReceiveRawRtp();
        Assert.True(RtpHeader.TryParse(first, out var header));

        var nack = new byte[16];
        GenericNack.Write(nack, 1, header.Ssrc, [header.Sequence, (ushort)(header.Sequence + 1)]);
        subscriber.SendRtcp(nack);

        Assert.Equal(first, subscriber.ReceiveRawRtp());
        Assert.Equal(second, subscriber.ReceiveRawRtp());
        Assert.Equal(2, (await media.Until(statistics => statistics.ResentPackets == 2)).ForwardedPackets);
    }

    [Fact]
    public async Task A_publishers_loss_is_asked_for_and_forwarded_when_it_comes()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        publisher.SendRtp(Video, 4, 96, 3_000, InterFrame);
        var first = subscriber.ReceiveRtp(sequence => sequence).Header.Sequence;
        Assert.Equal(first + 3, subscriber.ReceiveRtp(sequence => sequence).Header.Sequence);

        var nack = publisher.ReceiveRtcp(205, 1);
        Assert.Equal(Video, GenericNack.Media(nack));
        Assert.Equal((2, 1), GenericNack.Entry(nack, 0));
        publisher.SendRtp(Video, 2, 96, 0, InterFrame);
        Assert.Equal(first + 1, subscriber.ReceiveRtp(sequence => sequence).Header.Sequence);
    }

    [Fact]
    public async Task A_padding_probe_keeps_the_sequence_whole_and_costs_one_byte()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        var probe = new byte[200];
        probe[^1] = 200;
        publisher.SendRtp(Audio, 1, 111, 0, [1, 2, 3, 0, 0, 3], mid: "0", padding: true);
        publisher.SendRtp(Audio, 2, 111, 0, probe, padding: true);
        publisher.SendRtp(Audio, 3, 111, 960, [4]);

        var sound = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal([1, 2, 3], sound.Payload);
        Assert.False(sound.Header.HasPadding);
        var padding = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal([1], padding.Payload);
        Assert.True(padding.Header.HasPadding);
        Assert.Equal(sound.Header.Sequence + 2, subscriber.ReceiveRtp(sequence => sequence).Header.Sequence);
    }

    [Fact]
    public async Task Two_tracks_of_one_kind_are_told_apart_by_mid()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video", "video");
        var (_, subscriber, answer) = await media.Subscriber();
        publisher.SendRtp(2, 1, 96, 0, [.. KeyFrame, 2], mid: "1");
        publisher.SendRtp(1, 1, 96, 0, [.. KeyFrame, 1], mid: "0");
        var (second, first) = (subscriber.ReceiveRtp(sequence => sequence), subscriber.ReceiveRtp(sequence => sequence));
        Assert.Equal(2, second.Payload[^1]);
        Assert.Equal(1, first.Payload[^1]);
        var sections = answer.Split("m=video");
        Assert.Contains($"a=ssrc:{first.Header.Ssrc} ", sections[1], StringComparison.Ordinal);
        Assert.Contains($"a=ssrc:{second.Header.Ssrc} ", sections[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_publishers_clock_reaches_the_subscriber_with_our_counts()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Audio, 1, 111, 500, [1, 2], mid: "0");
        var ssrc = subscriber.ReceiveRtp(sequence => sequence).Header.Ssrc;
        var report = new byte[28];
        new SenderReport(Audio, 0x1234_5678_9ABC_DEF0, 500, 77, 7_777).Write(report);
        publisher.SendRtcp(report);

        Assert.True(SenderReport.TryRead(subscriber.ReceiveRtcp(200), out var forwarded));
        Assert.Equal(new SenderReport(ssrc, 0x1234_5678_9ABC_DEF0, 500, 1, 2), forwarded);
    }

    [Fact]
    public async Task A_publisher_is_told_what_arrived_and_how_much_it_may_send()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        publisher.SendRtp(Audio, 1, 111, 0, [1], mid: "0");
        publisher.SendRtp(Audio, 3, 111, 960, [1]);
        Assert.True(ReceptionReport.TryRead(publisher.ReceiveRtcp(201).AsSpan(8), out var report));
        Assert.Equal(Audio, report.Ssrc);
        Assert.Equal(1, report.Lost);
        var limit = publisher.ReceiveRtcp(206, 15);
        Assert.True(ReceiverBitrateLimit.TryRead(15, limit, out var bitrate));
        Assert.InRange(bitrate, 2_700_000, 2_756_000);
    }

    [Fact]
    public async Task Media_is_taken_from_every_proved_address_and_follows_the_sender()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Audio, 1, 111, 0, [1], mid: "0");
        subscriber.ReceiveRtp(sequence => sequence);

        publisher.Rebind();
        // Without a check, too, its packets would find it (LatchingTests); a check does so at once.
        publisher.Check();
        publisher.SendRtp(Audio, 2, 111, 0, [2]);
        Assert.Equal([2], subscriber.ReceiveRtp(sequence => sequence).Payload);

        subscriber.Rebind();
        subscriber.Check();
        publisher.SendRtp(Audio, 3, 111, 0, [3]);
        Assert.Equal([3], subscriber.ReceiveRtp(sequence => sequence).Payload);
    }

    [Fact]
    public async Task A_subscriber_that_sends_media_is_not_heard()
    {
        await using var media = new MediaFixture();
        await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        subscriber.SendRtp(Audio, 1, 111, 0, [1]);
        await media.Until(statistics => statistics.DroppedUnroutable == 1);
        Assert.True(subscriber.HasNothingWithin(50, DatagramKind.Rtp));
    }
}

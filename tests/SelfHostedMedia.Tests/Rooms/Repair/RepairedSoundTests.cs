using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rooms.Repair;

public class RepairedSoundTests
{
    private const uint Audio = 0xA0D10;
    private const byte Stereo20 = 0xFC;

    [Fact]
    public async Task A_lesson_asks_for_redundancy_a_talk_does_not_and_a_performance_for_packets_it_fits_into()
    {
        Assert.Contains("m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n", await Answer(RoomProfile.Lesson), StringComparison.Ordinal);
        Assert.Contains("a=rtcp-fb:111 nack\r\n", await Answer(RoomProfile.Lesson), StringComparison.Ordinal);
        Assert.Contains("a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n", await Answer(RoomProfile.Lesson), StringComparison.Ordinal);
        Assert.Contains(
            "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=128000;usedtx=0\r\n",
            await Answer(RoomProfile.Lesson), StringComparison.Ordinal);

        Assert.Contains("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", await Answer(RoomProfile.Talk), StringComparison.Ordinal);
        Assert.Contains("maxaveragebitrate=40000;usedtx=1\r\n", await Answer(RoomProfile.Talk), StringComparison.Ordinal);

        var performance = await Answer(RoomProfile.Performance);
        Assert.Contains("m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n", performance, StringComparison.Ordinal);
        Assert.Contains("maxaveragebitrate=256000;usedtx=0;ptime=10;maxptime=10\r\n", performance, StringComparison.Ordinal);

        static async Task<string> Answer(RoomProfile profile)
        {
            await using var media = new MediaFixture(profile: profile);
            using var peer = new TestPeer { Repairs = true };
            return (await (await media.Join()).Publish(peer.Offer("sendonly", "audio"))).Value;
        }
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(20, false)]
    [InlineData(60, true)]
    public void A_performance_needs_redundancy_on_a_long_or_unknown_way(int roundTrip, bool wants)
    {
        Assert.Equal(wants, RoomProfile.Performance.WantsRedundancy(roundTrip));
        Assert.True(RoomProfile.Lesson.WantsRedundancy(roundTrip));
        Assert.False(RoomProfile.Talk.WantsRedundancy(roundTrip));
    }

    [Fact]
    public async Task A_lost_packet_is_taken_from_the_next_ones_redundancy_and_its_late_original_is_dropped()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(new TestPeer { Repairs = true }, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        SendRed(publisher, 1);
        SendRed(publisher, 3, 2);
        publisher.SendRtp(Audio, 2, 63, 2 * 960, [0x6F, Stereo20, 2]);
        SendRed(publisher, 4, 3);

        var first = -1;
        for (var i = 1; i <= 4; i++)
        {
            var received = subscriber.ReceiveRtp(sequence => sequence);
            first = first < 0 ? received.Header.Sequence : first;
            Assert.Equal(111, received.Header.PayloadType);
            Assert.Equal(first + i - 1, received.Header.Sequence);
            Assert.Equal((uint)i * 960, received.Header.Timestamp);
            Assert.Equal([Stereo20, (byte)i], received.Payload);
        }

        var statistics = await media.Until(statistics => statistics.DroppedReplayed == 1);
        Assert.Equal((1, 4), (statistics.FilledFromRedundancy, statistics.ForwardedPackets));
    }

    [Fact]
    public async Task Padding_under_the_redundancys_number_keeps_the_sequence_whole()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(new TestPeer { Repairs = true }, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        var padding = new byte[50];
        padding[^1] = 50;
        SendRed(publisher, 1);
        publisher.SendRtp(Audio, 2, 63, 960, padding, padding: true);
        SendRed(publisher, 3, 1);
        var first = subscriber.ReceiveRtp(sequence => sequence).Header.Sequence;
        Assert.True(subscriber.ReceiveRtp(sequence => sequence).Header.HasPadding);
        var third = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal(first + 2, third.Header.Sequence);
        Assert.Equal([Stereo20, 3], third.Payload);
    }

    [Fact]
    public async Task Redundancy_that_is_malformed_is_not_forwarded()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(new TestPeer { Repairs = true }, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        SendRed(publisher, 1);
        publisher.SendRtp(Audio, 2, 63, 960, [0xEF, 0x0F, 0x03, 0xFF, 0x6F, 1]);
        publisher.SendRtp(Audio, 3, 63, 960, [0x05, 1]);
        SendRed(publisher, 4);
        Assert.Equal([Stereo20, 1], subscriber.ReceiveRtp(sequence => sequence).Payload);
        Assert.Equal([Stereo20, 4], subscriber.ReceiveRtp(sequence => sequence).Payload);
        await media.Until(statistics => statistics.DroppedUnroutable == 2);
    }

    [Fact]
    public async Task A_publishers_lost_sound_is_asked_for_and_forwarded_when_it_comes()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Audio, 1, 111, 960, [Stereo20, 1], mid: "0");
        publisher.SendRtp(Audio, 3, 111, 2_880, [Stereo20, 3]);
        var nack = publisher.ReceiveRtcp(205, 1);
        Assert.Equal((Audio, (2, 0)), (GenericNack.Media(nack), GenericNack.Entry(nack, 0)));
        publisher.SendRtp(Audio, 2, 111, 1_920, [Stereo20, 2]);
        Assert.Equal([1, 3, 2], Enumerable.Range(0, 3).Select(_ => (int)subscriber.ReceiveRtp(sequence => sequence).Payload[1]));
    }

    [Fact]
    public async Task A_subscriber_on_a_lossy_way_gets_redundancy_that_its_publisher_never_sent()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, answer) = await media.Subscriber(new TestPeer { Repairs = true, TransportId = 3 });
        Assert.Contains("m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=rtcp-fb:111 nack\r\n", answer, StringComparison.Ordinal);
        publisher.SendRtp(Audio, 1, 111, 960, [Stereo20, 1], mid: "0", level: 30);
        var plain = subscriber.ReceiveRawRtp();
        Assert.True(RtpHeader.TryParse(plain, out var header));
        Assert.Equal(111, header.PayloadType);

        // One in ten is lost: two older packets in each.
        Report(subscriber, header.Ssrc, 26);
        var index = 2;
        byte[] redundant;
        do
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            publisher.SendRtp(Audio, index, 111, (uint)index * 960, [Stereo20, (byte)index], level: 30);
            redundant = subscriber.ReceiveRawRtp();
            Assert.True(RtpHeader.TryParse(redundant, out header));
            index++;
        }
        while (header.PayloadType == 111 && index < 500);
        Assert.Equal(63, header.PayloadType);
        var last = index - 1;
        publisher.SendRtp(Audio, index, 111, (uint)index * 960, [Stereo20, (byte)index], level: 30);
        var opened = subscriber.ReceiveRtp(sequence => sequence);
        var blocks = new AudioBlock[RedundantAudio.MaxBlocks];
        Assert.Equal(3, RedundantAudio.Read(opened.Payload, blocks));
        Assert.Equal(
            [(byte)(index - 2), (byte)(index - 1), (byte)index], blocks[..3].Select(block => opened.Payload[block.At + 1]));
        Assert.Equal([1_920, 960, 0], blocks[..3].Select(block => block.TimestampOffset));
        Assert.Equal(30, opened.Level!.Value.Octet);

        // What was sent plain comes again plain, what was sent with redundancy comes again with it: the very same bytes.
        var recentPlain = last > 60 ? null : plain;
        foreach (var sent in new[] { recentPlain, redundant })
        {
            if (sent is null)
                continue;
            Assert.True(RtpHeader.TryParse(sent, out var asked));
            var nack = new byte[16];
            GenericNack.Write(nack, 1, asked.Ssrc, [asked.Sequence]);
            subscriber.SendRtcp(nack);
            Assert.Equal(sent, subscriber.ReceiveRawRtp());
        }
    }

    [Fact]
    public async Task What_transport_feedback_says_is_missing_of_a_sound_brings_redundancy_without_a_request_or_report()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber(new TestPeer { Repairs = true, TransportId = 3 });
        var log = new ArrivalLog();
        var message = new byte[ArrivalLog.MaxLength];
        byte payloadType = 111;
        for (var index = 1; payloadType == 111 && index < 500; index++)
        {
            publisher.SendRtp(Audio, index, 111, (uint)index * 960, [Stereo20, (byte)index], mid: index < 5 ? "0" : null);
            var packet = subscriber.ReceiveRawRtp();
            Assert.True(RtpHeader.TryParse(packet, out var header));
            Assert.True(HeaderExtensions.TryFind(packet, header, 3, out var number));
            payloadType = header.PayloadType;
            if (index % 8 != 0)
                log.Arrived((ushort)((number[0] << 8) | number[1]), 1_000_000 + (index * 20_000));
            if (index % 8 == 1)
                subscriber.SendRtcp(message.AsSpan(0, log.Write(message, 1, 2)));
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Equal(63, payloadType);
    }

    [Fact]
    public async Task A_subscriber_without_redundancy_stays_plain_and_gets_the_same_bytes_again()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, answer) = await media.Subscriber();
        Assert.Contains("m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", answer, StringComparison.Ordinal);
        publisher.SendRtp(Audio, 1, 111, 960, [Stereo20, 1], mid: "0");
        var sent = subscriber.ReceiveRawRtp();
        Assert.True(RtpHeader.TryParse(sent, out var header));
        var nack = new byte[16];
        GenericNack.Write(nack, 1, header.Ssrc, [header.Sequence]);
        subscriber.SendRtcp(nack);
        Assert.Equal(sent, subscriber.ReceiveRawRtp());
    }

    [Fact]
    public async Task Silence_and_the_quietest_sound_are_forwarded_like_any_other()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        for (var i = 0; i < 100; i++)
        {
            publisher.SendRtp(Audio, i, 111, (uint)i * 960, [Stereo20, 0xFF, 0xFE], mid: "0", level: (byte)(i % 2 == 0 ? 127 : 126));
            var received = subscriber.ReceiveRtp(sequence => sequence);
            Assert.Equal((uint)i * 960, received.Header.Timestamp);
            Assert.Equal([Stereo20, 0xFF, 0xFE], received.Payload);
        }
    }

    /// <summary>A packet as Chromium sends it with redundancy: its timestamp and content follow from its index.</summary>
    private static void SendRed(TestPeer publisher, int index, int? older = null)
    {
        byte[] payload = older is null
            ? [0x6F, Stereo20, (byte)index]
            : [0xEF, 0, 0, 2, 0x6F, Stereo20, (byte)older, Stereo20, (byte)index];
        if (older is not null)
            RedundantAudio.WriteBlockHeader(payload, 111, (index - older.Value) * 960, 2);
        publisher.SendRtp(Audio, index, 63, (uint)index * 960, payload, mid: "0");
    }

    private static void Report(TestPeer subscriber, uint ssrc, byte fractionLost)
    {
        var report = new byte[8 + ReceptionReport.Length];
        ReceptionReport.WriteHeader(report, 1, 1);
        new ReceptionReport(ssrc, fractionLost, 5, 0, 0, 0, 0).Write(report.AsSpan(8));
        subscriber.SendRtcp(report);
    }
}

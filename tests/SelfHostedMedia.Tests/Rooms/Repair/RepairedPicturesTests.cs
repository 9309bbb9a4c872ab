using System.Buffers.Binary;
using System.Diagnostics;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rooms.Repair;

public class RepairedPicturesTests
{
    private const uint Video = 0x71DE0;
    private const uint Rtx = 0x47C5;

    private static readonly byte[] KeyFrame = [0x10, 0x00, 1, 2, 3];
    private static readonly byte[] InterFrame = [0x10, 0x01, 4, 5, 6];

    [Fact]
    public async Task A_publisher_is_answered_with_the_repair_of_its_codec()
    {
        await using var media = new MediaFixture();
        using var peer = new TestPeer { Repairs = true };
        var answer = (await (await media.Join()).Publish(peer.Offer("sendonly", "video"))).Value;
        Assert.Contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_publishers_repair_finds_the_place_of_the_lost_packet()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(new TestPeer { Repairs = true }, "video");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        publisher.SendRtp(Video, 3, 96, 3_000, InterFrame);
        var first = subscriber.ReceiveRtp(sequence => sequence).Header.Sequence;
        Assert.Equal(first + 2, subscriber.ReceiveRtp(sequence => sequence).Header.Sequence);
        Assert.Equal((2, 0), GenericNack.Entry(publisher.ReceiveRtcp(205, 1), 0));

        publisher.SendRtp(Rtx, 77, 97, 1_500, [0, 2, .. InterFrame, 9], mid: "0", marker: true);
        var repaired = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal(first + 1, repaired.Header.Sequence);
        Assert.Equal(1_500u, repaired.Header.Timestamp);
        Assert.Equal(96, repaired.Header.PayloadType);
        Assert.True(repaired.Header.Marker);
        Assert.Equal([.. InterFrame, 9], repaired.Payload);

        // The packet itself was only late: its index has been used.
        publisher.SendRtp(Video, 2, 96, 1_500, [.. InterFrame, 9]);
        publisher.SendRtp(Video, 4, 96, 6_000, InterFrame);
        Assert.Equal(first + 3, subscriber.ReceiveRtp(sequence => sequence).Header.Sequence);
        var statistics = await media.Until(statistics => statistics.DroppedReplayed == 1);
        Assert.Equal(1, statistics.RepairedPackets);
    }

    [Fact]
    public async Task Probes_by_repair_end_at_the_server()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(new TestPeer { Repairs = true }, "video");
        var (_, subscriber, _) = await media.Subscriber();
        // Before anything else of the track: padding, and a repair of what nobody knows.
        var padding = new byte[200];
        padding[^1] = 200;
        publisher.SendRtp(Rtx, 1, 97, 0, padding, mid: "0", padding: true);
        publisher.SendRtp(Rtx, 2, 97, 0, [0, 1, .. KeyFrame]);
        await media.Until(statistics => statistics.Probes == 2);

        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        publisher.SendRtp(Rtx, 3, 97, 0, [0, 1, .. KeyFrame]);
        publisher.SendRtp(Rtx, 4, 97, 0, padding, padding: true);
        publisher.SendRtp(Rtx, 5, 97, 0, [0]);
        publisher.SendRtp(Video, 2, 96, 3_000, InterFrame);
        var first = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal(KeyFrame, first.Payload);
        Assert.Equal(first.Header.Sequence + 1, subscriber.ReceiveRtp(sequence => sequence).Header.Sequence);
        var statistics = await media.Until(statistics => statistics.Probes == 5);
        Assert.Equal(2, statistics.ForwardedPackets);
        Assert.Equal(0, statistics.RepairedPackets);
    }

    [Fact]
    public async Task Repair_streams_of_two_pictures_are_told_apart_by_the_offers_groups()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(new TestPeer { Repairs = true, RepairGroups = [(1, 101), (2, 102)] }, "video", "video");
        var (_, subscriber, _) = await media.Subscriber();
        foreach (var ssrc in new uint[] { 1, 2 })
        {
            publisher.SendRtp(ssrc, 10, 96, 0, [.. KeyFrame, (byte)ssrc]);
            publisher.SendRtp(ssrc, 12, 96, 0, [.. InterFrame, (byte)ssrc]);
        }

        var ssrcs = new Dictionary<byte, uint>();
        for (var i = 0; i < 4; i++)
        {
            var received = subscriber.ReceiveRtp(sequence => sequence);
            ssrcs[received.Payload[^1]] = received.Header.Ssrc;
        }

        publisher.SendRtp(102, 1, 97, 0, [0, 11, .. InterFrame, 2]);
        publisher.SendRtp(101, 1, 97, 0, [0, 11, .. InterFrame, 1]);
        for (var i = 0; i < 2; i++)
        {
            var repaired = subscriber.ReceiveRtp(sequence => sequence);
            Assert.Equal(ssrcs[repaired.Payload[^1]], repaired.Header.Ssrc);
        }
    }

    [Fact]
    public async Task A_subscriber_that_takes_repairs_gets_them_under_numbers_of_their_own()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (_, subscriber, answer) = await media.Subscriber(new TestPeer { Repairs = true });
        Assert.Contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n", answer, StringComparison.Ordinal);
        publisher.SendRtp(Video, 65_535, 96, 4_000, KeyFrame, mid: "0", marker: true);
        var lost = subscriber.ReceiveRtp(sequence => sequence);

        var nack = new byte[16];
        GenericNack.Write(nack, 1, lost.Header.Ssrc, [lost.Header.Sequence]);
        subscriber.SendRtcp(nack);
        var first = subscriber.ReceiveRtp(sequence => sequence);
        subscriber.SendRtcp(nack);
        var second = subscriber.ReceiveRtp(sequence => sequence);

        foreach (var repair in new[] { first, second })
        {
            Assert.Equal(97, repair.Header.PayloadType);
            Assert.Equal(4_000u, repair.Header.Timestamp);
            Assert.True(repair.Header.Marker);
            Assert.Equal(lost.Header.Sequence, BinaryPrimitives.ReadUInt16BigEndian(repair.Payload));
            Assert.Equal(KeyFrame, repair.Payload[2..]);
        }

        Assert.Contains($"a=ssrc-group:FID {lost.Header.Ssrc} {first.Header.Ssrc}\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(first.Header.Ssrc, second.Header.Ssrc);
        Assert.Equal(first.Header.Sequence + 1, second.Header.Sequence);
        Assert.Equal(2, (await media.Until(statistics => statistics.ResentPackets == 2)).ResentPackets);
    }

    [Fact]
    public async Task A_picture_is_asked_for_when_the_offer_comes_and_sent_young_when_the_keys_are_there()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        publisher.SendRtp(Video, 1, 96, 0, InterFrame, mid: "0");
        await media.HasReadWhatWasSent();
        for (var attempt = 0; ; attempt++)
        {
            var peer = media.Peer();
            var answer = (await (await media.Join()).Subscribe(
                peer.Offer("recvonly", "video"), new Dictionary<string, Guid> { ["0"] = media.Room.Tracks[0].Id })).Value;
            if (attempt == 0)
                publisher.ReceiveRtcp(206, 1);
            var index = 10 * (attempt + 1);
            var clock = Stopwatch.StartNew();
            publisher.SendRtp(Video, index, 96, (uint)index, KeyFrame);
            publisher.SendRtp(Video, index + 1, 96, (uint)index + 1, InterFrame);
            peer.Connect(answer);
            // On a busy machine the handshake may take longer than a key frame stays young; then the attempt says nothing.
            if (clock.ElapsedMilliseconds > 250 && attempt < 20)
                continue;
            var first = peer.ReceiveRtp(sequence => sequence);
            Assert.Equal(KeyFrame, first.Payload);
            Assert.Equal((uint)index, first.Header.Timestamp);
            var second = peer.ReceiveRtp(sequence => sequence);
            Assert.Equal((uint)index + 1, second.Header.Timestamp);
            Assert.Equal(first.Header.Sequence + 1, second.Header.Sequence);
            return;
        }
    }

    [Fact]
    public async Task A_full_intra_request_asks_for_a_key_frame_too()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        var ssrc = subscriber.ReceiveRtp(sequence => sequence).Header.Ssrc;
        var before = media.Server.Statistics.KeyFrameRequests;

        var request = new byte[20];
        RtcpHeader.Write(request, 4, RtcpReader.PayloadFeedbackType, 20);
        BinaryPrimitives.WriteUInt32BigEndian(request.AsSpan(12), ssrc);
        subscriber.SendRtcp(request);
        await media.Until(statistics => statistics.KeyFrameRequests > before);
    }
}

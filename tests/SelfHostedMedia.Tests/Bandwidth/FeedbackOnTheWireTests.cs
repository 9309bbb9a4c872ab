using System.Buffers.Binary;
using Muse.SelfHostedMedia.Bandwidth;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.SelfHostedMedia.Tests.Bandwidth;

public class FeedbackOnTheWireTests
{
    private const uint Audio = 0xA0D10;
    private const uint Video = 0x71DE0;

    private static readonly byte[] KeyFrame = [0x10, 0x00, 1, 2, 3];

    [Fact]
    public async Task Both_sides_are_answered_transport_wide_feedback_on_every_m_line()
    {
        await using var media = new MediaFixture();
        var participant = await media.Join();
        using var publisher = new TestPeer { TransportId = 3 };
        var published = (await participant.Publish(publisher.Offer("sendonly", "audio", "video"))).Value;
        using var subscriber = new TestPeer { TransportId = 7 };
        var (_, _, subscribed) = await media.Subscriber(subscriber);
        foreach (var (answer, id) in new[] { (published, 3), (subscribed, 7) })
        {
            foreach (var section in answer.Split("m=")[1..])
            {
                Assert.Contains(
                    $"a=extmap:{id} http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n", section, StringComparison.Ordinal);
                Assert.Contains(" transport-cc\r\n", section, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task One_that_does_not_offer_it_is_not_answered_it_and_gets_no_numbers()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, answer) = await media.Subscriber();
        publisher.SendRtp(Audio, 1, 111, 0, [1], mid: "0");
        Assert.Equal(0, subscriber.ReceiveRtp(sequence => sequence).Header.ExtensionLength);
        Assert.DoesNotContain("transport-", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sound_and_picture_share_one_sequence_of_the_subscribers_connection()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio", "video");
        using var subscriber = new TestPeer { TransportId = 7 };
        await media.Subscriber(subscriber);
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "1");
        for (var i = 0; i < 6; i++)
            publisher.SendRtp(i % 2 == 0 ? Audio : Video, 10 + i, i % 2 == 0 ? (byte)111 : (byte)96, 0, KeyFrame, mid: i % 2 == 0 ? "0" : "1", level: 4);

        var numbers = new List<int>();
        for (var i = 0; i < 7; i++)
            numbers.Add(Number(subscriber.ReceiveRawRtp(), 7));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], numbers.Order());
    }

    [Fact]
    public async Task A_packet_sent_again_under_its_index_has_the_number_of_its_first_time()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        using var subscriber = new TestPeer { TransportId = 7 };
        await media.Subscriber(subscriber);
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        publisher.SendRtp(Video, 2, 96, 0, KeyFrame);
        var first = subscriber.ReceiveRawRtp();
        subscriber.ReceiveRawRtp();
        Assert.True(RtpHeader.TryParse(first, out var header));
        var nack = new byte[16];
        GenericNack.Write(nack, 1, header.Ssrc, [header.Sequence]);
        subscriber.SendRtcp(nack);
        Assert.Equal(first, subscriber.ReceiveRawRtp());
        publisher.SendRtp(Video, 3, 96, 0, KeyFrame);
        Assert.Equal(2, Number(subscriber.ReceiveRawRtp(), 7));
    }

    [Fact]
    public async Task A_packet_repaired_by_RTX_has_a_number_of_its_own_each_time()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (_, subscriber, _) = await media.Subscriber(new TestPeer { TransportId = 7, Repairs = true });
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "0");
        var first = subscriber.ReceiveRawRtp();
        Assert.True(RtpHeader.TryParse(first, out var header));
        var nack = new byte[16];
        GenericNack.Write(nack, 1, header.Ssrc, [header.Sequence]);
        var seen = new List<(uint, ushort, int)> { (header.Ssrc, header.Sequence, Number(first, 7)) };
        for (var i = 0; i < 2; i++)
        {
            subscriber.SendRtcp(nack);
            var again = subscriber.ReceiveRawRtp();
            Assert.True(RtpHeader.TryParse(again, out var repair));
            Assert.Equal(97, repair.PayloadType);
            seen.Add((repair.Ssrc, repair.Sequence, Number(again, 7)));
        }

        Assert.Equal([0, 1, 2], seen.Select(each => each.Item3));
        Assert.Equal(3, seen.Select(each => (each.Item1, each.Item2)).Distinct().Count());
        Assert.Equal(2, seen.Select(each => each.Item1).Distinct().Count());
    }

    [Fact]
    public async Task A_publisher_hears_what_arrived_and_what_did_not()
    {
        await using var media = new MediaFixture();
        using var publisher = new TestPeer { TransportId = 3 };
        await media.Publisher(publisher, "audio");
        publisher.SendRtp(Audio, 1, 111, 0, [1], mid: "0", transport: 65_534);
        publisher.SendRtp(Audio, 2, 111, 0, [1], transport: 65_535);
        publisher.SendRtp(Audio, 3, 111, 0, [1], transport: 1);

        var told = new List<(int, bool)>();
        while (told.Count < 4)
        {
            var message = publisher.ReceiveRtcp(205, 15);
            Assert.Equal(Audio, BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(8)));
            Assert.True(TransportFeedbackReader.TryRead(15, message, -1, out var reader));
            while (reader.MoveNext())
                told.Add((reader.Sequence, reader.IsReceived));
        }

        Assert.Equal([(65_534, true), (65_535, true), (0, false), (1, true)], told);
    }

    private static int Number(byte[] packet, byte id)
    {
        Assert.True(RtpHeader.TryParse(packet, out var header));
        Assert.True(HeaderExtensions.TryFind(packet, header, id, out var value));
        return BinaryPrimitives.ReadUInt16BigEndian(value);
    }
}

namespace Muse.SelfHostedMedia.Tests.Rooms;

/// <summary>The least of what <c>./muse test media-portable</c> says with all tests of the media server: a room works without recvmmsg and
/// sendmmsg.</summary>
public class PortableSocketsTests
{
    [Fact]
    public async Task Sound_and_a_burst_of_pictures_come_through_and_each_packet_is_a_message()
    {
        await using var media = new MediaFixture(new() { UsesPortableSockets = true });
        var (_, publisher) = await media.Publisher(null, "audio", "video");
        var (_, subscriber, _) = await media.Subscriber();

        publisher.SendRtp(1, 1, 111, 0, [5], mid: "0");
        Assert.Equal([5], subscriber.ReceiveRtp(sequence => sequence).Payload);
        for (ushort sequence = 1; sequence <= 100; sequence++)
            publisher.SendRtp(2, sequence, 96, 0, [0x10, 0x00, 1, 2, 3], mid: "1");
        var statistics = await media.Until(now => now.ForwardedPackets >= 101);

        Assert.Equal(statistics.SentPackets, statistics.SentMessages);
        Assert.Equal(0, statistics.FailedSends);
    }
}

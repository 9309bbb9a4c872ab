using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class BurstTests
{
    private const uint Video = 0x71DE0;

    private static readonly byte[] KeyFrame = [0x10, 0x00, 1, 2, 3];

    [Fact]
    public void Only_a_packet_that_would_overwrite_a_waiting_one_is_in_the_way()
    {
        using var cache = new PacketCache(128);
        using var other = new PacketCache(128);
        var burst = new Burst();
        cache.Slot(7).Index = 7;
        Assert.False(burst.IsInTheWay(cache, 7 + 128));
        burst.Add(cache, 7);
        Assert.True(burst.IsInTheWay(cache, 7 + 128));
        Assert.False(burst.IsInTheWay(cache, 8));
        Assert.False(burst.IsInTheWay(other, 7 + 128));
        burst.Clear();
        Assert.False(burst.IsInTheWay(cache, 7 + 128));
    }

    [Fact]
    public async Task What_one_batch_brought_leaves_as_one_message_per_subscriber()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "video");
        var (_, one, _) = await media.Subscriber();
        var (_, two, _) = await media.Subscriber();
        Assert.SkipUnless(media.Server.Thread.Out.Segments, "This kernel knows no UDP_SEGMENT.");
        publisher.SendRtp(Video, 0, 96, 0, KeyFrame, mid: "0");
        Drain(one, 0, 1);
        Drain(two, 0, 1);
        // Packets arrive before they are counted as sent.
        await media.HasReadWhatWasSent();
        var before = media.Server.Statistics;

        await WhileTheThreadIsBusy(media, () => SendFrame(publisher, 1, 10));
        Drain(one, 1, 10);
        Drain(two, 1, 10);

        await media.HasReadWhatWasSent();
        var after = media.Server.Statistics;
        Assert.Equal(20, after.ForwardedPackets - before.ForwardedPackets);
        // Reports may be among them: two of the publisher and none of the subscribers.
        Assert.InRange(after.SentMessages - before.SentMessages, 2, 5);
    }

    [Fact]
    public async Task A_jump_by_the_length_of_the_cache_within_one_batch_loses_nothing()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(1, 0, 111, 0, [0], mid: "0");
        Drain(subscriber, 0, 1);

        await WhileTheThreadIsBusy(media, () =>
        {
            foreach (var index in new[] { 1, 2, 1 + 2_048, 2 + 2_048, 1 + 4_096 })
                publisher.SendRtp(1, index, 111, (uint)index, [9]);
        });

        foreach (var index in new[] { 1, 2, 1 + 2_048, 2 + 2_048, 1 + 4_096 })
            Assert.Equal((uint)index, subscriber.ReceiveRtp(sequence => sequence).Header.Timestamp);
    }

    [Fact]
    public async Task A_publisher_that_ends_in_the_midst_of_a_batch_takes_its_burst_with_it()
    {
        await using var media = new MediaFixture();
        var (participant, publisher) = await media.Publisher(null, "video");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Video, 0, 96, 0, KeyFrame, mid: "0");
        Drain(subscriber, 0, 1);

        await WhileTheThreadIsBusy(media, () =>
        {
            SendFrame(publisher, 1, 10);
            publisher.Close();
        });

        await media.Fact<ConnectionChanged>(fact => fact.ParticipantId == participant.Id && fact.State == ConnectionState.Closed);
        Assert.Empty(media.Room.Tracks);
        Assert.Equal(0, media.Server.Statistics.Faults);
    }

    /// <summary>All that is sent meanwhile is one receive batch.</summary>
    private static async Task WhileTheThreadIsBusy(MediaFixture media, Action send)
    {
        using var sent = new ManualResetEventSlim();
        var busy = media.Server.Thread.Run(() => sent.Wait(TimeSpan.FromSeconds(10)));
        send();
        sent.Set();
        Assert.True(await busy);
    }

    private static void SendFrame(TestPeer publisher, int first, int count)
    {
        var payload = new byte[1_000];
        payload[0] = 0x10;
        payload[1] = 0x01;
        for (var i = first; i < first + count; i++)
            publisher.SendRtp(Video, i, 96, (uint)i, payload);
    }

    private static void Drain(TestPeer subscriber, uint first, int count)
    {
        for (var i = 0; i < count; i++)
            Assert.Equal(first + (uint)i, subscriber.ReceiveRtp(sequence => sequence).Header.Timestamp);
    }
}

using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rooms;

/// <summary>Packets of somebody who writes a publisher's address on them and has seen its SSRC, both of which travel in the clear.</summary>
public class ForgedPacketsTests
{
    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmSha1)]
    public async Task They_do_not_make_the_server_forget_what_may_be_asked_for_again(SrtpProfile profile)
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(media.Peer(profile), "video");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(2, 1, 96, 0, [0x10, 0, 1], mid: "0");
        Assert.True(RtpHeader.TryParse(subscriber.ReceiveRawRtp(), out var first));
        for (var i = 2; i <= 50; i++)
            publisher.SendRtp(2, i, 96, 0, [0x10, 1, 1, (byte)i]);
        for (var i = 2; i <= 50; i++)
            subscriber.ReceiveRawRtp();
        var before = media.Server.Statistics;
        var capacity = await Read(cache => cache.Capacity);

        // Every slot of the cache, as large as it may grow, is aimed at.
        for (var i = 51; i <= 51 + 2_200; i++)
        {
            publisher.SendRaw(Forged(publisher, 2, i));
            if (i % 50 == 0)
                await media.Until(statistics => statistics.DroppedUnauthentic - before.DroppedUnauthentic == i - 50);
        }

        Assert.Equal(50, await Read(cache => Enumerable.Range(1, 50).Count(i => cache.Holds(i))));
        Assert.Equal(capacity, await Read(cache => cache.Capacity));

        // Still what they were.
        var nack = new byte[32];
        subscriber.SendRtcp(nack.AsSpan(0, GenericNack.Write(nack, 1, first.Ssrc, [(ushort)(first.Sequence + 30)])));
        Assert.Equal([0x10, 1, 1, 31], subscriber.ReceiveRtp(sequence => sequence).Payload);

        Task<T> Read<T>(Func<PacketCache, T> read) =>
            media.Server.Thread.Run(() => read(media.Room.FindTrack(media.Room.Tracks[0].Id)!.Encodings[0].Cache));
    }

    /// <summary>Each with an SSRC of its own, as if a new source began.</summary>
    [Fact]
    public async Task Those_of_ever_new_sources_allocate_nothing()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        publisher.SendRtp(1, 1, 111, 0, [1], mid: "0");
        publisher.SendRaw(Forged(publisher, 999, 9_000));
        await media.Until(statistics => statistics.DroppedUnauthentic == 1);
        var before = media.Server.Statistics;
        for (var i = 0; i < 5_000; i++)
        {
            publisher.SendRaw(Forged(publisher, 1_000 + (uint)i, 9_000));
            if (i % 50 == 0)
                await media.Until(statistics => statistics.DroppedUnauthentic - before.DroppedUnauthentic >= i);
        }

        await media.Until(statistics => statistics.DroppedUnauthentic - before.DroppedUnauthentic == 5_000);
        Assert.Equal(before.AllocatedBytes, media.Server.Statistics.AllocatedBytes);
    }

    private static byte[] Forged(TestPeer publisher, uint ssrc, int index)
    {
        var packet = publisher.Protect(ssrc, index, (byte)(ssrc == 2 ? 96 : 111), 0, new byte[20]);
        packet[^1] ^= 1;
        return packet;
    }
}

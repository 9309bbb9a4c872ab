using System.Buffers.Binary;
using Muse.SelfHostedMedia.Srtp;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class RolloverTests
{
    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmSha1)]
    public async Task Sequence_numbers_and_timestamps_that_begin_anew_go_through_and_their_replays_do_not(SrtpProfile profile)
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(media.Peer(profile), "audio");
        var (_, subscriber, _) = await media.Subscriber(media.Peer(profile));
        publisher.SendRtp(1, 65_500, 111, 0, [0], mid: "0");
        var first = subscriber.ReceiveRtp(sequence => sequence).Header;
        var newest = (long)first.Sequence;
        // Three rollovers of the publisher's, in steps that a loss could make; the subscriber's own numbers roll over elsewhere.
        var sent = new List<byte[]>();
        for (long index = 65_530, count = 1; index < 65_536 * 4; index += 4_000, count++)
        {
            var timestamp = unchecked((uint)(0xFFFF_0000 + (count * 960)));
            var packet = publisher.Protect(1, index, 111, timestamp, [(byte)count]);
            sent.Add(packet);
            publisher.SendRaw(packet);
            var received = subscriber.ReceiveRtp(sequence => newest = newest + (short)(sequence - (ushort)newest));
            Assert.Equal([(byte)count], received.Payload);
            Assert.Equal(first.Sequence + index - 65_500, newest);
            Assert.Equal(timestamp, received.Header.Timestamp);
        }

        var before = media.Server.Statistics;
        foreach (var replayed in sent)
            publisher.SendRaw(replayed);
        var after = await media.Until(statistics => statistics.ReceivedPackets >= before.ReceivedPackets + sent.Count);
        Assert.Equal(before.ForwardedPackets, after.ForwardedPackets);
        // An old index either counts as seen, or opens under no key of the rollover it would have now.
        Assert.Equal(before.DroppedReplayed + before.DroppedUnauthentic + sent.Count, after.DroppedReplayed + after.DroppedUnauthentic);
    }

    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmSha1)]
    public void Reports_end_with_their_last_number_rather_than_use_one_twice(SrtpProfile profile)
    {
        var keys = new byte[SrtpKeys.ExportLength(profile)];
        using var server = SrtpSession.Create(profile, keys.AsSpan().ToArray());
        using var client = SrtpSession.Create(profile, keys.AsSpan().ToArray(), asClient: true);
        server.SkipReports(0x7FFF_FFFD);
        var report = new byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(report, 0x80C9_0001);
        BinaryPrimitives.WriteUInt32BigEndian(report.AsSpan(4), 7);
        var (packet, plain) = (new byte[100], new byte[100]);
        var seen = new HashSet<string>();
        for (var i = 0; i < 2; i++)
        {
            var length = server.ProtectRtcp(report, packet);
            Assert.True(seen.Add(Convert.ToHexString(packet, 0, length)));
            Assert.Equal(8, client.UnprotectRtcp(packet.AsSpan(0, length), plain));
            Assert.Equal(-2, client.UnprotectRtcp(packet.AsSpan(0, length), plain));
        }

        Assert.Equal(0, server.ProtectRtcp(report, packet));
    }
}

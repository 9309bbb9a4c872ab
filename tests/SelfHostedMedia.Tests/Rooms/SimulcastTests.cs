using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Forwarding;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Tests.Rooms.Forwarding;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class SimulcastTests
{
    private static readonly string[] Rids = ["l", "m", "h"];

    [Fact]
    public async Task The_answer_takes_up_to_three_layers_by_their_names()
    {
        await using var media = new MediaFixture();
        var peer = media.Peer();
        var answer = (await (await media.Join()).Publish(peer.Offer("sendonly", "simulcast"))).Value;
        Assert.Contains("a=extmap:10 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=extmap:11 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=rid:l recv\r\na=rid:m recv\r\na=rid:h recv\r\na=simulcast:recv l;m;h\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(Rids, Track(media).Encodings.Select(encoding => encoding.Rid));
    }

    [Fact]
    public async Task The_highest_layer_goes_through_and_the_others_do_not()
    {
        await using var media = new MediaFixture();
        var (publisher, subscriber) = await Connected(media);
        foreach (var layer in new[] { 2, 0, 1 })
            Send(publisher, layer, 100, 0, layer, isKey: true, withRid: true);
        Assert.Equal(2, subscriber.ReceiveRtp(sequence => sequence).Payload[^1]);
        await media.Until(_ => Array.TrueForAll(Track(media).Encodings, encoding => encoding.Ssrc != 0));
        Send(publisher, 0, 101, 3_000, 1);
        Send(publisher, 2, 101, 3_000, 3);
        Assert.Equal(3, subscriber.ReceiveRtp(sequence => sequence).Payload[^1]);
        Assert.True(subscriber.HasNothingWithin(30, DatagramKind.Rtp));
    }

    [Fact]
    public async Task A_switch_begins_with_a_whole_key_frame_though_its_packets_come_out_of_order()
    {
        await using var media = new MediaFixture();
        var (publisher, subscriber) = await Connected(media);
        await All(media, publisher);
        subscriber.ReceiveRtp(sequence => sequence);
        var before = subscriber.ReceiveRtp(sequence => sequence);
        await Aim(media, new(0, byte.MaxValue, false));
        Send(publisher, 2, 102, 3_000, 21);
        Assert.Equal(21, subscriber.ReceiveRtp(sequence => sequence).Payload[^1]);

        // The second and the third packet of the key frame come before its first.
        Send(publisher, 0, 202, 6_000, 2, isFirst: false);
        Send(publisher, 0, 203, 6_000, 3, isFirst: false);
        Send(publisher, 0, 201, 6_000, 1, isKey: true);
        Send(publisher, 2, 103, 6_000, 22);
        Send(publisher, 0, 204, 9_000, 4);
        uint? timestamp = null;
        for (var i = 1; i <= 4; i++)
        {
            var received = subscriber.ReceiveRtp(sequence => sequence);
            Assert.Equal(i, received.Payload[^1]);
            Assert.Equal(before.Header.Sequence + 1 + i, received.Header.Sequence);
            timestamp ??= received.Header.Timestamp;
            Assert.Equal(timestamp + (i == 4 ? 3_000u : 0u), received.Header.Timestamp);
        }

        Assert.True(subscriber.HasNothingWithin(30, DatagramKind.Rtp));
    }

    [Fact]
    public async Task What_is_asked_for_after_a_switch_comes_with_the_very_same_bytes_and_a_lost_packet_comes_when_it_does()
    {
        await using var media = new MediaFixture();
        var (publisher, subscriber) = await Connected(media);
        await All(media, publisher);
        Send(publisher, 2, 102, 3_000, 21);
        // 103 is lost on its way to the server.
        Send(publisher, 2, 104, 6_000, 23);
        await Aim(media, new(0, byte.MaxValue, false));
        await media.Until(statistics => statistics.ForwardedPackets == 4);
        Send(publisher, 0, 201, 9_000, 1, isKey: true);
        Send(publisher, 0, 202, 12_000, 2);
        var sent = Enumerable.Range(0, 6).Select(_ => subscriber.ReceiveRawRtp()).ToArray();
        var sequences = Array.ConvertAll(sent, Sequence);
        Assert.Equal([0, 1, 2, 4, 5, 6], sequences.Select(sequence => sequence - sequences[0]));

        RtpHeader.TryParse(sent[0], out var header);
        Send(publisher, 2, 103, 6_000, 22);
        await media.Until(_ => Track(media).Encodings[2].Cache.Holds(103));
        var nack = new byte[32];
        var length = GenericNack.Write(nack, 1, header.Ssrc, [.. Enumerable.Range(0, 7).Select(i => (ushort)(sequences[0] + i))]);
        subscriber.SendRtcp(nack.AsSpan(0, length));
        var again = Enumerable.Range(0, 7).Select(_ => subscriber.ReceiveRawRtp()).OrderBy(Sequence).ToArray();
        Assert.Equal(sent, again.Where((_, i) => i != 3));
        Assert.Equal(sequences[0] + 3, Sequence(again[3]));
    }

    [Fact]
    public async Task A_layer_that_ends_falls_back_to_the_next_and_comes_back()
    {
        await using var media = new MediaFixture();
        var (publisher, subscriber) = await Connected(media);
        await All(media, publisher);
        Assert.Equal(2, subscriber.ReceiveRtp(sequence => sequence).Payload[^1]);
        subscriber.ReceiveRtp(sequence => sequence);

        media.Clock.Push(TimeSpan.FromMilliseconds(Encoding.EndedAfter + 100));
        Send(publisher, 0, 102, 60_000, 10);
        Send(publisher, 1, 102, 60_000, 11);
        // Asked of the middle one: what comes then goes through.
        await media.Until(_ => Track(media).Encodings[1].WantsKeyFrame);
        Send(publisher, 1, 103, 63_000, 12, isKey: true);
        Assert.Equal(12, subscriber.ReceiveRtp(sequence => sequence).Payload[^1]);
        Send(publisher, 2, 102, 66_000, 13, isKey: true);
        Assert.Equal(13, subscriber.ReceiveRtp(sequence => sequence).Payload[^1]);
    }

    [Fact]
    public async Task A_layer_that_never_comes_is_a_normal_state()
    {
        await using var media = new MediaFixture();
        var (publisher, subscriber) = await Connected(media);
        Send(publisher, 0, 101, 0, 5, isKey: true, withRid: true);
        Assert.Equal(5, subscriber.ReceiveRtp(sequence => sequence).Payload[^1]);
    }

    [Fact]
    public async Task A_paused_subscription_gets_nothing_and_resumes_at_a_key_frame()
    {
        await using var media = new MediaFixture();
        var (publisher, subscriber) = await Connected(media);
        await All(media, publisher);
        subscriber.ReceiveRtp(sequence => sequence);
        var last = subscriber.ReceiveRtp(sequence => sequence);
        await Aim(media, LayerTarget.Paused);
        Assert.All(Track(media).Encodings, encoding => Assert.Empty(encoding.Listeners));
        for (var i = 1; i < 5; i++)
            Send(publisher, 2, 101 + i, (uint)i * 3_000, i, isKey: i == 2);
        Assert.True(subscriber.HasNothingWithin(50, DatagramKind.Rtp));

        media.Clock.Push(TimeSpan.FromSeconds(1));
        Send(publisher, 2, 106, 90_000, 6);
        await media.Until(_ => Track(media).Encodings[2].Cache.Holds(106));
        await Aim(media, LayerTarget.Highest);
        publisher.ReceiveRtcp(206, 1);
        Send(publisher, 2, 107, 93_000, 7);
        Send(publisher, 2, 108, 96_000, 8, isKey: true);
        var resumed = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal(8, resumed.Payload[^1]);
        Assert.Equal(last.Header.Sequence + 1, resumed.Header.Sequence);
    }

    private static PublishedTrack Track(MediaFixture media) => media.Room.FindTrack(media.Room.Tracks[0].Id)!;

    private static async Task<(TestPeer Publisher, TestPeer Subscriber)> Connected(MediaFixture media)
    {
        var (_, publisher) = await media.Publisher(null, "simulcast");
        var (_, subscriber, _) = await media.Subscriber();
        return (publisher, subscriber);
    }

    /// <summary>A key frame of each layer with index 100; the layers' numbers are their places.</summary>
    private static async Task All(MediaFixture media, TestPeer publisher)
    {
        foreach (var layer in new[] { 2, 1, 0 })
            Send(publisher, layer, 100, 0, layer, isKey: true, withRid: true);
        await media.Until(_ => Array.TrueForAll(Track(media).Encodings, encoding => encoding.Ssrc != 0));
        await media.Until(statistics => statistics.ForwardedPackets == 1);
        // Old enough that nobody begins with them; all layers go on.
        media.Clock.Push(TimeSpan.FromMilliseconds(400));
        foreach (var layer in new[] { 2, 1, 0 })
            Send(publisher, layer, 101, 1, layer);
        await media.Until(statistics => statistics.ForwardedPackets == 2 && Array.TrueForAll(Track(media).Encodings, encoding => encoding.Cache.Holds(101)));
    }

    private static Task Aim(MediaFixture media, LayerTarget target) => media.Server.Thread.Run(() =>
    {
        Track(media).Subscriptions[0].Aim(target);
        return true;
    });

    private static void Send(
        TestPeer publisher, int layer, long index, uint timestamp, int content, bool isKey = false, bool withRid = false, bool isFirst = true)
    {
        byte[] payload = [.. Layered.Vp8((int)index, (byte)index, 1, isKey: isKey, isFirst: isFirst), (byte)content];
        publisher.SendRtp(0x1000u + (uint)layer, index, 96, timestamp, payload, withRid ? "0" : null, rid: withRid ? Rids[layer] : null);
    }

    private static int Sequence(byte[] packet) => RtpHeader.TryParse(packet, out var header) ? header.Sequence : -1;
}

using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Forwarding;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Wire;

namespace Muse.SelfHostedMedia.Tests.Rooms;

/// <summary>Layers of H.264 (RFC 6184): nothing in a payload counts pictures, so it goes out as it came; a key frame is of use only with the
/// parameter sets before it.</summary>
public class H264SimulcastTests
{
    private static readonly string[] s_rids = ["l", "m", "h"];

    /// <summary>Parameter sets in one packet (STAP-A), the first and the last fragment of the picture (FU-A), a picture that is none.</summary>
    private static readonly byte[] s_sets = [0x78, 0, 4, 0x67, 0x42, 0xC0, 0x1F, 0, 2, 0x68, 0xCE];
    private static readonly byte[] s_keyBegins = [0x7C, 0x85, 0x88, 1];
    private static readonly byte[] s_keyEnds = [0x7C, 0x45, 0x99, 2];
    private static readonly byte[] s_other = [0x41, 0x9A, 3];

    [Fact]
    public async Task A_switch_begins_with_the_parameter_sets_though_the_picture_comes_before_them()
    {
        await using var media = new MediaFixture();
        var (publisher, subscriber) = await Connected(media);
        await All(media, publisher);
        var last = Received(subscriber, s_sets, s_keyBegins, s_keyEnds, s_other);

        await Aim(media, 0);
        Send(publisher, 2, 104, 6_000, s_other);
        last = Received(subscriber, last, s_other);
        Send(publisher, 0, 202, 9_000, s_keyBegins);
        Send(publisher, 0, 203, 9_000, s_keyEnds, marker: true);
        Send(publisher, 2, 105, 9_000, s_other);
        last = Received(subscriber, last, s_other);
        Send(publisher, 0, 201, 9_000, s_sets);
        Send(publisher, 2, 106, 12_000, s_other);
        Send(publisher, 0, 204, 12_000, s_other);
        Received(subscriber, last, s_sets, s_keyBegins, s_keyEnds, s_other);
        Assert.True(subscriber.HasNothingWithin(30, DatagramKind.Rtp));
    }

    [Fact]
    public async Task What_is_asked_for_after_a_switch_comes_with_the_very_same_bytes()
    {
        await using var media = new MediaFixture();
        var (publisher, subscriber) = await Connected(media);
        await All(media, publisher);
        await Aim(media, 1);
        Key(publisher, 1, 201, 9_000);
        var sent = Enumerable.Range(0, 7).Select(_ => subscriber.ReceiveRawRtp()).ToArray();
        RtpHeader.TryParse(sent[0], out var header);
        var nack = new byte[32];
        var length = GenericNack.Write(nack, 1, header.Ssrc, [.. Enumerable.Range(0, 7).Select(i => (ushort)(header.Sequence + i))]);
        subscriber.SendRtcp(nack.AsSpan(0, length));
        var again = Enumerable.Range(0, 7).Select(_ => subscriber.ReceiveRawRtp()).OrderBy(packet => Sequence(packet) - header.Sequence);
        Assert.Equal(sent, again);
    }

    [Fact]
    public async Task A_layers_repair_stream_is_learned_by_its_name_though_it_comes_before_the_layer()
    {
        await using var media = new MediaFixture();
        var (publisher, subscriber) = await Connected(media);
        // A probe by repair is the first that is ever heard of the layer.
        publisher.SendRtp(0x2000, 7, 97, 0, [0, 1, 9, 9], "0", rrid: "h");
        await media.Until(statistics => statistics.Probes == 1);
        Key(publisher, 2, 100, 0, withRid: true);
        Send(publisher, 2, 104, 6_000, s_other);
        var last = Received(subscriber, s_sets, s_keyBegins, s_keyEnds);
        Assert.Equal((ushort)(last.Sequence + 2), subscriber.ReceiveRtp(sequence => sequence).Header.Sequence);

        // By now its packets need no name.
        publisher.SendRtp(0x2000, 8, 97, 3_000, [0, 103, .. s_other]);
        var repaired = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal((ushort)(last.Sequence + 1), repaired.Header.Sequence);
        Assert.Equal(s_other, repaired.Payload);
        Assert.Equal(0x2000u, Track(media).Encodings[2].RepairSsrc);
        Assert.Equal(1, (await media.Until(statistics => statistics.RepairedPackets == 1)).RepairedPackets);
    }

    [Fact]
    public async Task A_repair_stream_without_a_name_is_not_guessed()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(Peer(), "simulcast");
        publisher.SendRtp(0x2000, 7, 97, 0, [0, 1, 9, 9], "0");
        await media.Until(statistics => statistics.DroppedUnroutable == 1);
        publisher.SendRtp(0x2000, 8, 97, 0, [0, 1, 9, 9], "0", rrid: "m");
        await media.Until(statistics => statistics.Probes == 1);
        Assert.Equal([0u, 0x2000u, 0u], Track(media).Encodings.Select(encoding => encoding.RepairSsrc));
    }

    private static TestPeer Peer() =>
        new() { Repairs = true, VideoMap = "H264/90000", VideoParameters = "packetization-mode=1;profile-level-id=42e01f" };

    private static PublishedTrack Track(MediaFixture media) => media.Room.FindTrack(media.Room.Tracks[0].Id)!;

    /// <summary>The subscriber takes no RTX: what is sent again is the very packet.</summary>
    private static async Task<(TestPeer Publisher, TestPeer Subscriber)> Connected(MediaFixture media)
    {
        var (_, publisher) = await media.Publisher(Peer(), "simulcast");
        var (_, subscriber, _) = await media.Subscriber(
            new TestPeer { VideoMap = "H264/90000", VideoParameters = "packetization-mode=1;profile-level-id=42e01f" });
        return (publisher, subscriber);
    }

    /// <summary>A key frame of each layer at 100 to 102, old enough that nobody begins with it, and a picture at 103.</summary>
    private static async Task All(MediaFixture media, TestPeer publisher)
    {
        foreach (var layer in new[] { 2, 1, 0 })
            Key(publisher, layer, 100, 0, withRid: true);
        // Begun before the clock makes its key frame old: which layers there are is looked at each tick.
        await media.Until(statistics =>
            statistics.ForwardedPackets == 3 && Array.TrueForAll(Track(media).Encodings, encoding => encoding.Cache.Holds(102)));
        media.Clock.Push(TimeSpan.FromMilliseconds(400));
        foreach (var layer in new[] { 2, 1, 0 })
            Send(publisher, layer, 103, 3_000, s_other);
        await media.Until(statistics =>
            statistics.ForwardedPackets == 4 && Array.TrueForAll(Track(media).Encodings, encoding => encoding.Cache.Holds(103)));
    }

    private static void Key(TestPeer publisher, int layer, long index, uint timestamp, bool withRid = false)
    {
        Send(publisher, layer, index, timestamp, s_sets, withRid: withRid);
        Send(publisher, layer, index + 1, timestamp, s_keyBegins, withRid: withRid);
        Send(publisher, layer, index + 2, timestamp, s_keyEnds, marker: true, withRid: withRid);
    }

    private static void Send(
        TestPeer publisher, int layer, long index, uint timestamp, byte[] payload, bool marker = false, bool withRid = false) =>
        publisher.SendRtp(
            0x1000u + (uint)layer, index, 96, timestamp, payload, withRid ? "0" : null, marker: marker, rid: withRid ? s_rids[layer] : null);

    private static Task Aim(MediaFixture media, byte layer) => media.Server.Thread.Run(() =>
    {
        Track(media).Subscriptions[0].Aim(new LayerTarget(layer, byte.MaxValue, false));
        return true;
    });

    private static RtpHeader Received(TestPeer subscriber, params byte[][] payloads) => Received(subscriber, null, payloads);

    /// <summary>These and no others, under consecutive numbers and never going back in time.</summary>
    private static RtpHeader Received(TestPeer subscriber, RtpHeader? last, params byte[][] payloads)
    {
        foreach (var payload in payloads)
        {
            var (header, received, _) = subscriber.ReceiveRtp(sequence => sequence);
            Assert.Equal(payload, received);
            if (last is { } before)
            {
                Assert.Equal((ushort)(before.Sequence + 1), header.Sequence);
                Assert.InRange(header.Timestamp - before.Timestamp, 0u, 900_000u);
            }

            last = header;
        }

        return last!.Value;
    }

    private static int Sequence(byte[] packet) => RtpHeader.TryParse(packet, out var header) ? header.Sequence : -1;
}

using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Tests.Rooms;

/// <summary>A viewer who offered once (WHEP) and whose publisher comes anew.</summary>
public class FollowingTests
{
    private const uint Sound = 0x1111;
    private const uint Picture = 0x2222;

    private static readonly byte[] KeyFrame = [0x10, 0x00, 1, 2, 3];

    [Fact]
    public async Task The_new_sound_goes_on_in_the_old_m_line_behind_its_last_number_and_time()
    {
        await using var media = new MediaFixture();
        var (first, one) = await media.Publisher(null, "audio");
        var (viewer, player, offer) = await Viewer(media);
        one.SendRtp(Sound, 7, 111, 96_000, "before"u8, mid: "0");
        var before = player.ReceiveRtp(sequence => sequence);
        await first.Leave();

        var (_, two) = await media.Publisher(null, "audio");
        Assert.Equal(Followed.Taken, await viewer.Follow(offer, media.Room.Tracks[0].Id));
        two.SendRtp(Sound + 1, 40_000, 111, 5, "after"u8, mid: "0");

        var after = player.ReceiveRtp(sequence => sequence);
        Assert.Equal("after"u8.ToArray(), after.Payload);
        Assert.Equal(before.Header.Ssrc, after.Header.Ssrc);
        Assert.Equal(before.Header.Sequence + 1, after.Header.Sequence);
        Assert.Equal(before.Header.PayloadType, after.Header.PayloadType);
        Assert.InRange(after.Header.Timestamp - before.Header.Timestamp, 1u, 48_000u * 60);
    }

    [Fact]
    public async Task A_picture_goes_on_at_its_key_frame_and_nothing_of_the_former_can_be_had_again()
    {
        await using var media = new MediaFixture();
        var (first, one) = await media.Publisher(null, "video");
        var (viewer, player, offer) = await Viewer(media);
        one.SendRtp(Picture, 7, 96, 90_000, KeyFrame, mid: "0", marker: true);
        var before = player.ReceiveRtp(sequence => sequence);
        await first.Leave();

        var (_, two) = await media.Publisher(null, "video");
        Assert.Equal(Followed.Taken, await viewer.Follow(offer, media.Room.Tracks[0].Id));
        two.SendRtp(Picture + 1, 1, 96, 0, [0x10, 0x01, 4], mid: "0", marker: true);
        two.ReceiveRtcp(206, 1);
        two.SendRtp(Picture + 1, 2, 96, 3_000, [.. KeyFrame, 9], marker: true);
        var after = player.ReceiveRtp(sequence => sequence);
        Assert.Equal([.. KeyFrame, 9], after.Payload);
        Assert.Equal(before.Header.Sequence + 1, after.Header.Sequence);

        // Both are asked for; the one that is there comes, and the other would have come before it.
        player.SendRtcp(Nack(before.Header.Ssrc, before.Header.Sequence));
        player.SendRtcp(Nack(before.Header.Ssrc, after.Header.Sequence));
        Assert.Equal(after.Header.Sequence, player.ReceiveRtp(sequence => sequence).Header.Sequence);
        await media.Until(statistics => statistics.ResentPackets == 1);
    }

    [Fact]
    public async Task Another_codec_than_was_answered_is_not_taken()
    {
        await using var media = new MediaFixture();
        var (first, _) = await media.Publisher(null, "audio", "video");
        var (viewer, _, offer) = await Viewer(media);
        await first.Leave();

        await media.Publisher(new TestPeer { VideoMap = "AV1/90000" }, "audio", "video");
        Assert.Equal(Followed.Taken, await viewer.Follow(offer, media.Room.Tracks[0].Id));
        Assert.Equal(Followed.OtherCodec, await viewer.Follow(offer, media.Room.Tracks[1].Id));
    }

    [Fact]
    public async Task Nobody_is_led_away_from_what_is_still_there()
    {
        await using var media = new MediaFixture();
        var (_, one) = await media.Publisher(null, "audio");
        var (viewer, player, offer) = await Viewer(media);
        var (_, two) = await media.Publisher(null, "audio");
        var other = media.Room.Tracks[1].Id;

        Assert.Equal(Followed.NotNeeded, await viewer.Follow(offer, other));
        Assert.Equal(Followed.NotNeeded, await viewer.Follow(offer, media.Room.Tracks[0].Id));
        Assert.Equal(Followed.NotNeeded, await viewer.Follow(offer, Guid.NewGuid()));
        two.SendRtp(Sound + 1, 1, 111, 0, "other"u8, mid: "0");
        await media.HasReadWhatWasSent();
        one.SendRtp(Sound, 7, 111, 960, "mine"u8, mid: "0");
        Assert.Equal("mine"u8.ToArray(), player.ReceiveRtp(sequence => sequence).Payload);
    }

    private static async Task<(Participant Viewer, TestPeer Player, StreamOffer Offer)> Viewer(MediaFixture media)
    {
        var viewer = await media.Join("player");
        var player = media.Peer();
        var offer = StreamOffer.OfViewer(
            player.Offer("recvonly", [.. media.Room.Tracks.Select(track => track.Kind == TrackKind.Audio ? "audio" : "video")]), media.Server.Options).Value;
        player.Connect((await viewer.Subscribe(offer.Sdp, offer.Assign(media.Room.Tracks))).Value);
        await media.HasKeys(viewer, ConnectionKind.Subscribe);
        return (viewer, player, offer);
    }

    private static byte[] Nack(uint ssrc, ushort sequence) =>
    [
        0x81, 205, 0, 3, 0, 0, 0, 1, (byte)(ssrc >> 24), (byte)(ssrc >> 16), (byte)(ssrc >> 8), (byte)ssrc, (byte)(sequence >> 8), (byte)sequence, 0, 0,
    ];
}

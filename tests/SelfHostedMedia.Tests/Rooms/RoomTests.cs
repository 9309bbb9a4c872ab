using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Tests.Sdp;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class RoomTests
{
    [Fact]
    public async Task Joining_publishing_and_leaving_are_told_in_their_order()
    {
        await using var media = new MediaFixture();
        var (participant, _) = await media.Publisher(null, "audio", "video");
        await participant.Leave();
        await participant.Leave();
        await media.Room.Close();

        var told = new List<string>();
        RoomFact fact;
        do
        {
            fact = await media.Fact<RoomFact>();
            Assert.Equal(media.Room.Id, fact.RoomId);
            told.Add(fact is ConnectionChanged changed ? $"{changed.Kind} {changed.State}" : fact.GetType().Name);
        }
        while (fact is not RoomClosed);

        Assert.Equal(
            [
                "ParticipantJoined", "Publish Connecting", "TrackPublished", "TrackPublished", "Publish Connected",
                "TrackUnpublished", "TrackUnpublished", "Publish Closed", "ParticipantLeft", "RoomClosed",
            ],
            told);
        Assert.Empty(media.Room.Participants);
        Assert.Empty(media.Room.Tracks);
        Assert.Null(media.Server.Rooms.Find(media.Room.Id));
    }

    [Fact]
    public async Task The_same_person_joining_again_replaces_the_former_stay()
    {
        await using var media = new MediaFixture();
        var id = Guid.NewGuid();
        var first = (await media.Room.Join(id, "a", ParticipantRole.Student)).Value;
        var second = (await media.Room.Join(id, "a", ParticipantRole.Student)).Value;
        var left = await media.Fact<ParticipantLeft>();
        Assert.Equal((first.Session, LeaveReason.Replaced), (left.Session, left.Reason));
        Assert.Equal([second], media.Room.Participants);

        // The former's socket closes late: that must not throw the newcomer out.
        await first.Leave();
        Assert.Equal([second], media.Room.Participants);
        var refused = await first.Publish(Offers.ChromiumPublish);
        Assert.Equal("participant_left", refused.Refusal?.Code);
    }

    [Fact]
    public async Task Rooms_participants_and_tracks_are_bounded()
    {
        await using var media = new MediaFixture(new() { MaxRooms = 2, MaxParticipants = 2, MaxTracksPerParticipant = 1 });
        Assert.False(media.Server.Rooms.Open(Guid.NewGuid(), RoomProfile.Talk).IsRefused);
        Assert.Equal("too_many_rooms", media.Server.Rooms.Open(Guid.NewGuid(), RoomProfile.Talk).Refusal?.Code);
        Assert.Same(media.Room, media.Server.Rooms.Open(media.Room.Id, RoomProfile.Talk).Value);

        var first = await media.Join();
        await media.Join();
        Assert.Equal("room_full", (await media.Room.Join(Guid.NewGuid(), "x", ParticipantRole.Guardian)).Refusal?.Code);
        Assert.Equal("too_many_tracks", (await first.Publish(Offers.ChromiumPublish)).Refusal?.Code);
        Assert.Empty(media.Room.Tracks);

        await media.Room.Close();
        Assert.Equal("room_closed", (await media.Room.Join(Guid.NewGuid(), "x", ParticipantRole.Guardian)).Refusal?.Code);
        Assert.False(media.Server.Rooms.Open(Guid.NewGuid(), RoomProfile.Talk).IsRefused);
    }

    [Fact]
    public async Task Who_is_silent_for_too_long_leaves_with_the_tracks()
    {
        await using var media = new MediaFixture();
        var (participant, _) = await media.Publisher(null, "audio");
        media.Clock.Push(TimeSpan.FromSeconds(21));
        await media.Fact<TrackUnpublished>();
        var failed = await media.Fact<ConnectionChanged>(fact => fact.State == ConnectionState.Failed);
        Assert.Equal(participant.Id, failed.ParticipantId);
        Assert.Single(media.Room.Participants);

        // It may come back for as long again.
        media.Clock.Push(TimeSpan.FromSeconds(21));
        var left = await media.Fact<ParticipantLeft>();
        Assert.Equal(LeaveReason.TimedOut, left.Reason);
        await media.Until(statistics => statistics is { Connections: 0, Participants: 0 });
    }

    [Fact]
    public async Task A_check_or_a_packet_keeps_a_connection_alive()
    {
        await using var media = new MediaFixture();
        var (_, peer) = await media.Publisher(null, "audio");
        for (var i = 0; i < 4; i++)
        {
            media.Clock.Push(TimeSpan.FromSeconds(15));
            peer.Check();
        }

        Assert.Equal(1, media.Server.Statistics.Connections);
    }

    [Fact]
    public async Task A_connection_that_never_comes_up_fails()
    {
        await using var media = new MediaFixture();
        var participant = await media.Join();
        await participant.Publish(Offers.ChromiumPublish);
        media.Clock.Push(TimeSpan.FromSeconds(31));
        var failed = await media.Fact<ConnectionChanged>(fact => fact.State == ConnectionState.Failed);
        Assert.Contains("no connectivity check", failed.Detail, StringComparison.Ordinal);
        Assert.Empty(media.Room.Tracks);
    }

    [Fact]
    public async Task A_peer_that_closes_is_unpublished_at_once_and_may_publish_anew()
    {
        await using var media = new MediaFixture();
        var (participant, peer) = await media.Publisher(null, "audio");
        peer.Close();
        await media.Fact<TrackUnpublished>();
        var again = media.Peer();
        again.Connect((await participant.Publish(again.Offer("sendonly", "audio"))).Value);
        var (_, subscriber, _) = await media.Subscriber();
        again.SendRtp(1, 1, 111, 0, [9], mid: "0");
        Assert.Equal([9], subscriber.ReceiveRtp(sequence => sequence).Payload);
    }

    [Fact]
    public async Task Another_m_line_is_added_to_a_publication_without_disturbing_the_first()
    {
        await using var media = new MediaFixture();
        var (participant, peer) = await media.Publisher(null, "audio");
        var first = media.Room.Tracks.Single();
        var answer = (await participant.Publish(
            peer.Offer("sendonly", "audio", "video"), new Dictionary<string, TrackSource> { ["1"] = TrackSource.Screen })).Value;
        Assert.Contains(" 2 IN IP4", answer, StringComparison.Ordinal);
        Assert.Equal([first.Id], media.Room.Tracks.Where(track => track.Kind == TrackKind.Audio).Select(track => track.Id));
        Assert.Equal(TrackSource.Screen, media.Room.Tracks.Single(track => track.Kind == TrackKind.Video).Source);
        Assert.Equal(1, media.Server.Statistics.Connections);

        await participant.Publish(peer.Offer("sendonly", "audio"));
        Assert.Equal([first], media.Room.Tracks);
    }

    [Fact]
    public async Task An_m_line_that_comes_back_with_another_source_is_another_track()
    {
        await using var media = new MediaFixture();
        var (participant, peer) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        peer.SendRtp(1, 1, 111, 0, [5], mid: "0");
        subscriber.ReceiveRtp(sequence => sequence);
        var former = media.Room.Tracks.Single();
        await participant.Publish(peer.Offer("sendonly", "audio") + "a=ssrc:1 cname:x\r\n");
        Assert.Equal([former], media.Room.Tracks);
        await participant.Publish(peer.Offer("sendonly", "audio") + "a=ssrc:2 cname:x\r\n");
        Assert.NotEqual([former], media.Room.Tracks);
        Assert.Single(media.Room.Tracks);
    }

    [Fact]
    public async Task An_ICE_restart_brings_new_credentials_and_the_media_goes_on()
    {
        await using var media = new MediaFixture();
        var (participant, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        var former = publisher.ServerUserFragment;
        publisher.UserFragment = "anew";
        var answer = (await participant.Publish(publisher.Offer("sendonly", "audio"))).Value;
        publisher.Check(); // with the former credentials: they live until the browser has changed over
        publisher.Take(answer);
        Assert.NotEqual(former, publisher.ServerUserFragment);
        publisher.Check();
        publisher.SendRtp(1, 1, 111, 0, [5], mid: "0");
        Assert.Equal([5], subscriber.ReceiveRtp(sequence => sequence).Payload);
        Assert.Single(media.Room.Tracks);
    }

    [Fact]
    public async Task A_subscription_whose_track_goes_is_answered_inactive_and_comes_back_under_another_SSRC()
    {
        await using var media = new MediaFixture();
        var (first, _) = await media.Publisher(null, "audio");
        var (subscribing, peer, before) = await media.Subscriber();
        await first.Leave();
        var none = (await subscribing.Subscribe(peer.Offer("recvonly", "audio"), new Dictionary<string, Guid>())).Value;
        Assert.Contains("a=inactive", none, StringComparison.Ordinal);
        Assert.DoesNotContain("a=ssrc", none, StringComparison.Ordinal);

        var (_, publisher) = await media.Publisher(null, "audio");
        var track = media.Room.Tracks.Single().Id;
        var after = (await subscribing.Subscribe(peer.Offer("recvonly", "audio"), new Dictionary<string, Guid> { ["0"] = track })).Value;
        publisher.SendRtp(1, 1, 111, 0, [5], mid: "0");
        var received = peer.ReceiveRtp(sequence => sequence);
        Assert.Contains($"a=ssrc:{received.Header.Ssrc} ", after, StringComparison.Ordinal);
        Assert.DoesNotContain($"a=ssrc:{received.Header.Ssrc} ", before, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Facts_that_nobody_reads_are_dropped_and_counted_and_never_block()
    {
        await using var media = new MediaFixture(new() { MaxWaitingFacts = 3 });
        for (var i = 0; i < 10; i++)
            await media.Join();
        Assert.Equal(7, media.Server.Statistics.DroppedFacts);
    }

    [Fact]
    public async Task After_disposal_work_is_refused_and_the_facts_end()
    {
        var media = new MediaFixture();
        var room = media.Room;
        await media.Join();
        await media.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => room.Join(Guid.NewGuid(), "x", ParticipantRole.Tutor));
        await foreach (var _ in media.Server.Facts.ReadAllAsync(TestContext.Current.CancellationToken))
        {
        }

        Assert.False(media.Server.IsRunning);
    }

    [Fact]
    public async Task Answers_ask_a_music_rooms_publisher_for_stereo_and_bitrate()
    {
        await using var media = new MediaFixture();
        var answer = (await (await media.Join()).Publish(Offers.ChromiumPublish)).Value;
        Assert.Contains(
            "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;sprop-stereo=1;maxaveragebitrate=128000;usedtx=0\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=fmtp:96 x-google-start-bitrate=2500\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=ice-lite\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=group:BUNDLE 0 1\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=setup:passive\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=recvonly\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"a=candidate:1 1 udp 2130706431 127.0.0.1 {media.Server.Port} typ host\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=rtcp-fb:111 transport-cc\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("a=rtcp-fb:96 transport-cc\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Firefox_publisher_reaches_a_Chromium_subscriber_under_Chromiums_payload_types()
    {
        await using var media = new MediaFixture();
        await (await media.Join()).Publish(Offers.FirefoxPublish);
        var tracks = media.Room.Tracks;
        var offer = Offers.ChromiumSubscribe;
        var answer = (await (await media.Join()).Subscribe(
            offer, new Dictionary<string, Guid> { ["0"] = tracks[0].Id, ["1"] = tracks[1].Id })).Value;
        Assert.Contains("m=audio 9 UDP/TLS/RTP/SAVPF 63 111\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\n", answer, StringComparison.Ordinal);
        Assert.Contains($"a=msid:{tracks[0].ParticipantId} {tracks[0].Id}\r\n", answer, StringComparison.Ordinal);
    }
}

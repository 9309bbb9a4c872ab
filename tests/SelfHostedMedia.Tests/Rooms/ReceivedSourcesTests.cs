using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class ReceivedSourcesTests
{
    private static readonly byte[] s_key = [0x10, 0, 1];

    [Fact]
    public async Task A_publisher_whose_camera_goes_off_and_on_is_seen_each_time()
    {
        await using var media = new MediaFixture();
        var (participant, publisher) = await Publisher(media);
        for (uint time = 1; time <= ReceivedSources.Seats + 4; time++)
        {
            publisher.SendRtp(100 + time, 1, 96, 0, s_key, mid: "1");
            await media.HasReadWhatWasSent();
            Assert.Equal(100 + time, await BoundTo(media));
            await Anew(participant, publisher);
        }

        Assert.InRange(await media.Server.Thread.Run(() => media.Server.Thread.Latching.Count), 1, ReceivedSources.Seats);
    }

    [Fact]
    public async Task A_source_that_has_left_its_seat_comes_back_under_its_numbers_and_nothing_of_it_is_taken_twice()
    {
        await using var media = new MediaFixture();
        var (participant, publisher) = await Publisher(media);
        publisher.SendRtp(100, 0x1_0005, 96, 0, s_key, mid: "1");
        Assert.Equal(100u, await Bound(media));
        var recorded = publisher.Protect(100, 0x1_0005, 96, 0, s_key, mid: "1");
        for (uint other = 1; other <= ReceivedSources.Seats; other++)
        {
            await Anew(participant, publisher);
            publisher.SendRtp(100 + other, 1, 96, 0, s_key, mid: "1");
            Assert.Equal(100 + other, await Bound(media));
        }

        await Anew(participant, publisher);
        var before = media.Server.Statistics;
        publisher.SendRaw(recorded);
        await media.Until(statistics => statistics.DroppedReplayed == before.DroppedReplayed + 1);
        Assert.Equal(0u, await BoundTo(media));

        // Whole: its rollover counter cannot be told from the packet.
        publisher.SendRtp(100, 0x1_0006, 96, 0, s_key, mid: "1");
        Assert.Equal(100u, await Bound(media));
        Assert.Equal(before.DroppedUnauthentic, media.Server.Statistics.DroppedUnauthentic);
    }

    [Fact]
    public void Sources_with_a_track_keep_their_seats_and_those_without_are_remembered_up_to_a_bound()
    {
        var sources = new ReceivedSources();
        for (uint ssrc = 0; ssrc < ReceivedSources.Seats + ReceivedSources.MostGone; ssrc++)
        {
            Assert.True(sources.HasSeat);
            Assert.Equal(ssrc < ReceivedSources.Seats ? null : ssrc - ReceivedSources.Seats, sources.MakeSeat());
            sources.Add(new(ssrc) { HeardAt = ssrc });
        }

        Assert.False(sources.HasSeat);
        Assert.True(sources.TryRecall(0, out _));
        Assert.False(sources.TryRecall(ReceivedSources.MostGone, out _));
    }

    private static async Task<(Participant Participant, TestPeer Peer)> Publisher(MediaFixture media)
    {
        var participant = await media.Join();
        var publisher = media.Peer();
        publisher.Connect((await participant.Publish(publisher.Offer("sendonly", "audio", "video"))).Value);
        await media.HasKeys(participant, ConnectionKind.Publish);
        return (participant, publisher);
    }

    /// <summary>The picture's m-line ends and comes to life again.</summary>
    private static async Task Anew(Participant participant, TestPeer publisher)
    {
        Assert.False((await participant.Publish(publisher.Offer("sendonly", "audio"))).IsRefused);
        Assert.False((await participant.Publish(publisher.Offer("sendonly", "audio", "video"))).IsRefused);
    }

    private static async Task<uint> Bound(MediaFixture media)
    {
        await media.HasReadWhatWasSent();
        return await BoundTo(media);
    }

    private static Task<uint> BoundTo(MediaFixture media) => media.Server.Thread.Run(() =>
        media.Room.FindTrack(media.Room.Tracks.Single(track => track.Kind == TrackKind.Video).Id)!.Encodings[0].Ssrc);
}

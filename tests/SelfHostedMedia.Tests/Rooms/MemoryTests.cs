using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Tests.Rooms;

/// <summary>By what the allocators have given out, managed and native; nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
[Collection(nameof(MemoryTests))]
public class MemoryTests
{
    private const long Kibibyte = 1_024;

    /// <summary>Two people who send 1.5 Mbit/s of picture (180 packets a second) and 50 packets of sound, for longer than the history.</summary>
    [Fact]
    public async Task A_lesson_of_two_takes_less_than_two_mebibytes()
    {
        const int Lessons = 24;
        await using var media = new MediaFixture();
        var people = new List<TestPeer>();
        await Lesson(media, Guid.NewGuid(), people);
        var before = InUse();
        for (var i = 0; i < Lessons; i++)
            await Lesson(media, Guid.NewGuid(), people);

        // The test's own ends of the connections are in it. Over many, because what is free already is not always counted so; and with no
        // bound below, because a collection may free more of what was there before than the lessons take.
        Assert.InRange((InUse() - before) / Lessons, long.MinValue, 2_048 * Kibibyte);
        GC.KeepAlive(people);
    }

    /// <summary>10,000 of them with <c>--long</c>.</summary>
    [Fact]
    public async Task Joins_and_leaves_leave_nothing_behind()
    {
        var stays = Environment.GetEnvironmentVariable("MUSE_LONG") is null ? 300 : 10_000;
        await using var media = new MediaFixture();
        await Least(media, 50);
        var before = await Least(media, 100);
        for (var i = 0; i < stays - 200; i++)
            await Stay(media);
        var after = await Least(media, 100);

        Assert.Equal(0, media.Server.Statistics.Connections);
        // What the allocator has free already is not always counted so: the room is for that, and it does not grow with the stays.
        Assert.InRange(after - before, long.MinValue, (2_048 * Kibibyte) + (stays * 32));
    }

    /// <summary>The least that is in use during so many stays.</summary>
    private static async Task<long> Least(MediaFixture media, int stays)
    {
        var least = long.MaxValue;
        for (var i = 0; i < stays; i++)
        {
            await Stay(media);
            if (i % 10 == 9)
                least = Math.Min(least, InUse());
        }

        return least;
    }

    private static async Task Lesson(MediaFixture media, Guid id, List<TestPeer> people)
    {
        var room = media.Server.Rooms.Open(id, RoomProfile.Lesson).Value;
        var publishers = new List<TestPeer>();
        var participants = new List<Participant>();
        for (var i = 0; i < 2; i++)
        {
            var participant = (await room.Join(Guid.NewGuid(), "someone", ParticipantRole.Tutor)).Value;
            var peer = media.Peer();
            peer.Connect((await participant.Publish(peer.Offer("sendonly", "audio", "video"))).Value);
            publishers.Add(peer);
            participants.Add(participant);
        }

        foreach (var participant in participants)
        {
            var peer = media.Peer();
            var wanted = room.Tracks.Where(track => track.ParticipantId != participant.Id).ToList();
            var offer = peer.Offer("recvonly", [.. wanted.Select(track => track.Kind == TrackKind.Audio ? "audio" : "video")]);
            peer.Connect((await participant.Subscribe(offer, wanted.Select((track, i) => (i, track)).ToDictionary(each => $"{each.i}", each => each.track.Id))).Value);
            people.Add(peer);
        }

        var payload = new byte[1_100];
        payload[0] = 0x10;
        for (var second = 0; second < 3; second++)
        {
            for (var i = 0; i < 180; i++)
            {
                foreach (var peer in publishers)
                {
                    peer.SendRtp(2, (second * 180) + i, 96, (uint)i, payload, mid: second == 0 ? "1" : null);
                    if (i < 50)
                        peer.SendRtp(1, (second * 50) + i, 111, (uint)i, payload.AsSpan(0, 640), mid: second == 0 ? "0" : null);
                }
            }

            await media.HasReadWhatWasSent();
            media.Clock.Push(TimeSpan.FromSeconds(1));
        }

        people.AddRange(publishers);
    }

    private static async Task Stay(MediaFixture media)
    {
        using var peer = new TestPeer();
        var participant = await media.Join();
        peer.Connect((await participant.Publish(peer.Offer("sendonly", "audio", "video"))).Value);
        peer.SendRtp(2, 1, 96, 0, [0x10, 0, 1], mid: "1");
        var viewer = await media.Join();
        using var watcher = new TestPeer { TransportId = 3, Repairs = true };
        var wanted = media.Room.Tracks;
        var offer = watcher.Offer("recvonly", [.. wanted.Select(track => track.Kind == TrackKind.Audio ? "audio" : "video"), "data"]);
        watcher.Connect((await viewer.Subscribe(offer, wanted.Select((track, i) => (i, track)).ToDictionary(each => $"{each.i}", each => each.track.Id))).Value);
        await participant.Leave();
        await viewer.Leave();
        while (media.Server.Facts.TryRead(out _))
            continue;
    }

    private static long InUse()
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true) + NativeHeap.InUse;
    }
}

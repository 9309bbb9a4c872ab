using Muse.SelfHostedMedia.Tests.Rooms;
using static Muse.SelfHostedMedia.Tests.Recording.SentStreams;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>What the recorder asks of the room and of those who publish.</summary>
public class RecorderInTheRoomTests
{
    private const string Pages = "VP8/90000\r\na=rtpmap:98 VP9/90000\r\na=fmtp:98 profile-id=0\r\na=rtpmap:99 H264/90000\r\na=fmtp:99 packetization-mode=1;profile-level-id=42e01f";

    [Fact]
    public async Task Twenty_thousand_recorded_packets_allocate_nothing_on_the_media_thread()
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.H264, "audio");
        // Who speaks is told once, and what grows to its size does so in the first seconds.
        var sent = new Packetizer(1_000);
        for (var i = 0; i < 22_000; i++)
            sent.Opus((uint)(i * 960), new byte[200]);
        await sending.Sound(sent.Packets.Take(200));
        await sending.Burst(sent.Packets.Skip(200).Take(1_800));
        var before = room.Media.Server.Statistics;
        await sending.Burst(sent.Packets.Skip(2_000));
        var after = room.Media.Server.Statistics;
        Assert.InRange(after.ReceivedPackets - before.ReceivedPackets, 20_000, 20_200);
        Assert.True(room.Recorder.Counts.Packets >= 20_000, $"{room.Recorder.Counts}");
        Assert.Equal(0, after.AllocatedBytes - before.AllocatedBytes);
    }

    [Fact]
    public async Task A_key_frame_is_asked_for_each_four_seconds_and_not_more_often()
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.H264, "video");
        var (pictures, _) = await Pictures(RecordedRoom.H264, seconds: 7, keyEvery: 999);
        var sent = pictures.GroupBy(packet => packet.Timestamp).ToList();
        await sending.Send([.. sent.Take(15).SelectMany(picture => picture)]);
        // The writer has a thread and a time of its own: a second of the room's time passes faster than a busy machine lets it read the key frame.
        await room.Media.Until(_ => !room.Recorder.NeedsKeyFrame(1));
        var atFirst = room.Media.Server.Statistics.KeyFrameRequests;
        await sending.Send([.. sent.Skip(15).Take(85).SelectMany(picture => picture)]);
        Assert.Equal(atFirst, room.Media.Server.Statistics.KeyFrameRequests);
        await sending.Send([.. sent.Skip(100).SelectMany(picture => picture)]);
        Assert.True(room.Media.Server.Statistics.KeyFrameRequests > atFirst, "Nobody asked.");
    }

    [Theory]
    [InlineData(false, "VP8")]
    [InlineData(true, "H264")]
    public async Task Where_a_room_is_recorded_publishers_are_asked_for_what_can_be(bool isRecorded, string codec)
    {
        await using var media = new MediaFixture();
        media.Room.IsRecorded = isRecorded;
        using var peer = new TestPeer { VideoMap = Pages };
        var offer = peer.Offer("sendonly", "video").Replace("SAVPF 96", "SAVPF 96 98 99", StringComparison.Ordinal);
        Assert.False((await (await media.Join()).Publish(offer)).IsRefused);
        Assert.Equal(codec, media.Room.Tracks.Single().Codec);
    }
}

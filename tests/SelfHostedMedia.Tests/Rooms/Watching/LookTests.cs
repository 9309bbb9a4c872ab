using System.Buffers.Binary;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rooms.Watching;
using Muse.SelfHostedMedia.Rtp;

namespace Muse.SelfHostedMedia.Tests.Rooms.Watching;

public class LookTests
{
    private const uint Audio = 0xA0D10;
    private const uint Video = 0x71DE0;

    private static readonly byte[] KeyFrame = [0x10, 0x00, 1, 2, 3];

    [Fact]
    public async Task A_look_shows_what_is_sent_and_lost_and_asked_for_on_both_lines()
    {
        await using var media = new MediaFixture();
        var (teacher, publisher) = await media.Publisher(null, "audio", "video");
        var (student, subscriber, _) = await media.Subscriber();
        foreach (var index in new[] { 1, 2, 4, 5 })
            publisher.SendRtp(Audio, index, 111, (uint)(index * 960), [1, 2, 3], mid: "0");
        publisher.SendRtp(Video, 1, 96, 0, KeyFrame, mid: "1");
        uint sound = 0, picture = 0;
        for (var i = 0; i < 5; i++)
        {
            RtpHeader.TryParse(subscriber.ReceiveRawRtp(), out var header);
            (header.PayloadType == 111 ? ref sound : ref picture) = header.Ssrc;
        }

        subscriber.SendRtcp(Nack(picture, 7, 0b101));
        subscriber.SendRtcp(Request(picture));
        subscriber.SendRtcp(Report(new(sound, 64, 3, 5, 480, 0, 0)));
        var look = await Until(media, look =>
            Of(look, student).Subscriptions is [{ Lost: 3 }, { KeyFrameRequests: 1 }] && Of(look, teacher).Tracks[0].Encodings[0].Nacks > 0);

        Assert.Equal("lesson", look.Profile);
        var sent = Of(look, teacher);
        Assert.True(sent.Publish is { State: ConnectionState.Connected, IsTcp: false, IceRestarts: 0, ToCheck: >= 0 });
        Assert.InRange(sent.Publish.ToHandshake!.Value, sent.Publish.ToCheck!.Value, sent.Publish.ToKeys!.Value);
        Assert.Null(sent.Subscribe);
        var (microphone, camera) = (sent.Tracks[0].Encodings[0], sent.Tracks[1].Encodings[0]);
        Assert.Equal((4, 1), (microphone.Packets, microphone.Lost));
        Assert.True(microphone.Bytes > 4 * 15);
        Assert.Equal(1, camera.Packets);

        Assert.True(Of(look, student).Subscribe is { State: ConnectionState.Connected });
        var (heard, seen) = (Of(look, student).Subscriptions[0], Of(look, student).Subscriptions[1]);
        Assert.Equal((TrackKind.Audio, sent.Tracks[0].Id, 4L), (heard.Kind, heard.TrackId, heard.Packets));
        Assert.Equal(10, heard.JitterMilliseconds);
        Assert.Equal((TrackKind.Video, "", 1L, 3L), (seen.Kind, seen.Rid, seen.Packets, seen.Nacks));
        Assert.Null(seen.Lost);
        Assert.NotNull(seen.ToFirst);
        Assert.True(look.Delays.Count >= 1, "No burst was measured.");
        Assert.Equal(look.Delays.Count, media.Server.ForwardDelays.Count);
    }

    [Fact]
    public async Task Of_an_audience_only_so_many_are_looked_at_one_by_one()
    {
        await using var media = new MediaFixture();
        var teacher = await media.Join();
        for (var i = 0; i < 3; i++)
            await media.Room.Join(Guid.NewGuid(), "listener", ParticipantRole.Listener);

        var look = await media.Room.Look(mostListeners: 2);

        Assert.Equal(3, look.Listeners);
        Assert.Equal(2, look.Participants.Count(one => one.Role == ParticipantRole.Listener));
        Assert.Contains(look.Participants, one => one.Id == teacher.Id);
    }

    [Fact]
    public async Task What_nobody_gets_is_no_forward_delay()
    {
        await using var media = new MediaFixture();
        var (_, publisher) = await media.Publisher(null, "audio");
        publisher.SendRtp(Audio, 1, 111, 960, [1], mid: "0");
        await Until(media, look => look.Participants[0].Tracks[0].Encodings is [{ Packets: 1 }]);

        Assert.Equal(0, media.Server.ForwardDelays.Count);
    }

    private static ParticipantLook Of(RoomLook look, Participant participant) => look.Participants.Single(one => one.Id == participant.Id);

    private static async Task<RoomLook> Until(MediaFixture media, Func<RoomLook, bool> holds)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        RoomLook look;
        while (!holds(look = await media.Room.Look()))
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), System.Text.Json.JsonSerializer.Serialize(look));
        return look;
    }

    private static byte[] Nack(uint media, ushort sequence, ushort mask)
    {
        var packet = new byte[64];
        var length = GenericNack.Write(packet, 1, media, [sequence]);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(length - 2), mask);
        return packet[..length];
    }

    private static byte[] Request(uint media)
    {
        var packet = new byte[64];
        return packet[..PictureLossIndication.Write(packet, 1, media)];
    }

    private static byte[] Report(ReceptionReport block)
    {
        var packet = new byte[8 + ReceptionReport.Length];
        ReceptionReport.WriteHeader(packet, 1, 1);
        block.Write(packet.AsSpan(8));
        return packet;
    }
}

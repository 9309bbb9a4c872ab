using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class SpeakerTests
{
    private const byte Loud = 20;
    private const byte Quiet = 90;

    [Fact]
    public async Task Who_speaks_is_told_as_the_microphones_levels_say_and_forgotten_when_that_one_leaves()
    {
        await using var media = new MediaFixture();
        var (teacher, teachers) = await media.Publisher(null, "audio");
        var (student, students) = await media.Publisher(null, "audio");
        Assert.Null(media.Room.Speaker);
        var sent = 0;

        Assert.Equal(teacher.Id, await SpeakerAfter(Loud, Quiet));
        Assert.Equal(teacher, media.Room.Speaker);
        Assert.Equal(student.Id, await SpeakerAfter(Quiet, Loud));
        Assert.Equal(student, media.Room.Speaker);
        await student.Leave();
        Assert.Null(media.Room.Speaker);

        async Task<Guid> SpeakerAfter(byte teachersLevel, byte studentsLevel)
        {
            var told = media.Fact<SpeakerChanged>();
            while (!told.IsCompleted)
            {
                teachers.SendRtp(1, sent, 111, (uint)(sent * 960), [1], mid: "0", level: teachersLevel);
                students.SendRtp(2, sent, 111, (uint)(sent * 960), [1], mid: "0", level: studentsLevel);
                sent++;
                await Task.WhenAny(told, Task.Delay(20));
            }

            return (await told).ParticipantId;
        }
    }

    [Fact]
    public async Task What_a_shared_screen_plays_is_nobody_speaking()
    {
        await using var media = new MediaFixture();
        var participant = await media.Join();
        var screen = media.Peer();
        screen.Connect((await participant.Publish(
            screen.Offer("sendonly", "audio"), new Dictionary<string, TrackSource> { ["0"] = TrackSource.ScreenAudio })).Value);
        await media.HasKeys(participant, ConnectionKind.Publish);
        for (var i = 0; i < 100; i++)
        {
            screen.SendRtp(1, i, 111, (uint)(i * 960), [1], mid: "0", level: Loud);
            await media.HasReadWhatWasSent();
            media.Clock.Push(TimeSpan.FromMilliseconds(20));
        }

        Assert.Null(media.Room.Speaker);
        Assert.True(media.Server.Statistics.ReceivedPackets >= 100);
    }
}

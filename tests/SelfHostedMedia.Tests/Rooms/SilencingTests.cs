using Muse.SelfHostedMedia.Rooms;

namespace Muse.SelfHostedMedia.Tests.Rooms;

public class SilencingTests
{
    private const uint Audio = 0xA0D10;

    [Fact]
    public async Task What_is_silenced_is_not_passed_on_and_goes_on_without_a_gap_afterwards()
    {
        await using var media = new MediaFixture();
        var (person, publisher) = await media.Publisher(null, "audio");
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Audio, 1, 111, 960, [1], mid: "0");
        var first = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal([1], first.Payload);

        await person.Silence(TrackKind.Audio, true);
        publisher.SendRtp(Audio, 2, 111, 1_920, [2]);
        await media.HasReadWhatWasSent();
        await person.Silence(TrackKind.Audio, false);
        publisher.SendRtp(Audio, 3, 111, 2_880, [3]);

        var next = subscriber.ReceiveRtp(sequence => sequence);
        Assert.Equal([3], next.Payload);
        Assert.Equal(first.Header.Sequence + 1, next.Header.Sequence);
    }

    [Fact]
    public async Task Who_is_silenced_before_publishing_is_not_heard_either()
    {
        await using var media = new MediaFixture();
        var (person, publisher) = await media.Publisher(null, "audio");
        await person.Silence(TrackKind.Audio, true);
        var (_, subscriber, _) = await media.Subscriber();
        publisher.SendRtp(Audio, 1, 111, 960, [1], mid: "0");
        await media.HasReadWhatWasSent();
        await person.Silence(TrackKind.Video, true);
        await person.Silence(TrackKind.Audio, false);
        publisher.SendRtp(Audio, 2, 111, 1_920, [2]);

        Assert.Equal([2], subscriber.ReceiveRtp(sequence => sequence).Payload);
    }

    [Fact]
    public async Task Who_is_silenced_does_not_become_the_speaker_however_loud()
    {
        await using var media = new MediaFixture();
        var (quiet, silenced) = await media.Publisher(null, "audio");
        await quiet.Silence(TrackKind.Audio, true);
        var (person, publisher) = await media.Publisher(null, "audio");
        for (var i = 1; i <= 20; i++)
        {
            silenced.SendRtp(Audio, i, 111, (uint)i * 960, [1], mid: "0", level: 1);
            publisher.SendRtp(Audio, i, 111, (uint)i * 960, [1], mid: "0", level: 20);
        }

        Assert.Equal(person.Id, (await media.Fact<SpeakerChanged>()).ParticipantId);
    }
}

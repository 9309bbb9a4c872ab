using System.Text.Json;
using Muse.Api.Tests.Rooms;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.Api.Tests.Watch;

/// <summary>A server with media on loopback that looks at its rooms five times a second.</summary>
public class TheWatchedServer : TheRoomServer
{
    public TheWatchedServer()
    {
        With("Rooms:AdvertisedAddresses:0", "127.0.0.1").With("Rooms:LookEvery", "00:00:00.2").With("Rooms:ResumeWithin", "00:00:10")
            .With("Rooms:FirstMessageWithin", "00:00:05");
    }

    /// <summary>A tutor who publishes sound and picture to a student who gets both, all connected.</summary>
    internal async Task<Watched> TwoWithMedia(NodaTime.Duration? startsIn = null)
    {
        var (tutor, student) = (await Tutor(), await Student());
        var lesson = await Lesson(tutor, student, startsIn ?? NodaTime.Duration.FromMinutes(5));
        var (tutors, joined) = await Enter(tutor, lesson);
        var (students, _) = await Enter(student, lesson);
        var publisher = new TestPeer();
        publisher.Connect(await Offer(tutors, "publish", publisher.Offer("sendonly", "audio", "video"), null));
        var tracks = new[] { (await students.Hear("trackPublished")).GetProperty("track"), (await students.Hear("trackPublished")).GetProperty("track") }
            .ToDictionary(track => track.GetProperty("kind").GetString()!, track => track.GetProperty("trackId").GetGuid());
        var subscriber = new TestPeer();
        subscriber.Connect(await Offer(students, "subscribe", subscriber.Offer("recvonly", "audio", "video"),
            new() { ["0"] = tracks["audio"], ["1"] = tracks["video"] }));
        return new(this, lesson, tutor, student, tutors, students, publisher, subscriber, tracks["audio"], tracks["video"], joined);
    }

    private static async Task<string> Offer(RoomSocket socket, string connection, string sdp, Dictionary<string, Guid>? tracks)
    {
        await socket.Send(JsonSerializer.Serialize(tracks is null
            ? new { type = "offer", id = 1, connection, sdp }
            : (object)new { type = "offer", id = 1, connection, sdp, tracks }));
        return (await socket.Hear("answer")).GetProperty("sdp").GetString()!;
    }
}

internal sealed record Watched(
    TheWatchedServer Server, Guid Lesson, SignedIn Tutor, SignedIn Student, RoomSocket Tutors, RoomSocket Students, TestPeer Publisher, TestPeer Subscriber,
    Guid Audio, Guid Video, JsonElement Joined) : IDisposable
{
    private static readonly byte[] KeyFrame = [0x10, 0x00, 1, 2, 3];

    private int _sent;

    /// <summary>A fiftieth of a second of sound, and a picture.</summary>
    public void Play()
    {
        _sent++;
        Publisher.SendRtp(0xA0D10, _sent, 111, (uint)(_sent * 960), new byte[80], mid: "0", level: 20);
        Publisher.SendRtp(0x71DE0, _sent, 96, (uint)(_sent * 1_800), KeyFrame, mid: "1");
    }

    /// <summary>What the student's line did, as RTCP tells it.</summary>
    public void ReportLoss(int lost)
    {
        uint sound = 0;
        while (sound == 0 && RtpHeader.TryParse(Subscriber.ReceiveRawRtp(), out var header))
            sound = header.PayloadType == 111 ? header.Ssrc : 0;
        var packet = new byte[8 + ReceptionReport.Length];
        ReceptionReport.WriteHeader(packet, 1, 1);
        new ReceptionReport(sound, 0, lost, 1, 480, 0, 0).Write(packet.AsSpan(8));
        Subscriber.SendRtcp(packet);
    }

    /// <summary>Plays until something holds, for at most fifteen seconds.</summary>
    public async Task<T> PlayUntil<T>(Func<Task<T?>> seen)
        where T : class
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            Play();
            if (await seen() is { } what) return what;
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(15), "It never came to be.");
            await Task.Delay(20);
        }
    }

    public Task Measured(long samples, long concealed, long freezes = 0, long frozen = 0, string path = "udp") => Students.Send(JsonSerializer.Serialize(new
    {
        type = "measured",
        path,
        roundTrip = 40,
        processing = new { echoCancellation = false, noiseSuppression = false },
        tracks = new object[] { new { trackId = Audio, samples, concealed, jitterBuffer = 60 }, new { trackId = Video, freezes, frozen, width = 640, height = 360 } },
    }));

    public void Dispose()
    {
        Publisher.Dispose();
        Subscriber.Dispose();
        Tutors.Dispose();
        Students.Dispose();
    }
}

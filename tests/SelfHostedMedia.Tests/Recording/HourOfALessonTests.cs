using Muse.Fragments.Clock;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>A whole lesson through a room and its recorder into files, in less than a minute: each clock of each person goes wrong by its own part,
/// reports of the sound are late as measured and some are lost, all RTP times wrap, and the student comes 25 minutes late.</summary>
public sealed class HourOfALessonTests
{
    private const int Hour = 3_600, Late = 1_500;

    /// <summary>Steps and pictures in a second.</summary>
    private const int Steps = 10;

    /// <summary>Bytes.</summary>
    private const long MostWaiting = 64 * 1_024;

    [Fact]
    public async Task Sound_and_picture_of_both_are_in_step_in_the_files_from_the_first_minute_to_the_last()
    {
        await using var room = await RecordedRoom.Begin();
        // Only what is pushed is time.
        room.Media.Clock.Slow(1_000_000);
        var pictures = await SmallPictures();
        var tutor = await Person.Comes(room, pictures, 0, new(100e-6, -100e-6, 40e-6), 3_978_000_000.25);
        Person? student = null;
        for (var step = 0; step < Hour * Steps; step++)
        {
            if (step == Late * Steps)
                student = await Person.Comes(room, pictures, Late, new(-100e-6, 80e-6, -60e-6), 3_978_000_077.5);
            tutor.Send(step);
            student?.Send(step);
            for (var i = 0; i < 3; i++)
                await room.Media.Server.Thread.Run(() => true);
            // An hour in seconds is more than a busy machine's disk takes at once: what does not fit into the queue would be lost.
            while (room.Recorder.Counts.Waiting > MostWaiting)
                await room.Media.Server.Thread.Run(() => true);
            room.Media.Clock.Push(TimeSpan.FromSeconds(1d / Steps));
        }

        Assert.Equal(0, room.Recorder.Counts.RefusedPackets);
        var finished = await room.Stop();
        Assert.Equal([0, 0, Late, Late], finished.Tracks.Select(track => Math.Round(track.From.TotalSeconds)));
        Assert.All(finished.Tracks, track => Assert.Equal(0, track.Gaps));
        var tracks = RecordedFolder.Open(room.Folder);
        double[] ofTutor = Off(tracks, tutor), ofStudent = Off(tracks, student!);
        TestContext.Current.SendDiagnosticMessage("Sound against picture in an hour: tutor {0:0.0} ms, student {1:0.0} ms at most", Worst(ofTutor), Worst(ofStudent));
        Assert.All(ofTutor.Concat(ofStudent), off => Assert.InRange(off, -0.010, 0.010));

        static double Worst(double[] offs) => offs.Max(Math.Abs) * 1_000;
    }

    /// <summary>For each part of the sound: how much later it stands in the recording than the picture of the same moment, s.</summary>
    private static double[] Off(IReadOnlyList<RecordedTrack> tracks, Person person)
    {
        var (sound, picture) = (Of(TrackKind.Audio), Of(TrackKind.Video));
        var parts = sound.Recording.Parts;
        Assert.InRange(parts.Count, 0.9 * person.Seconds, double.MaxValue);
        return [.. parts.Select(part =>
        {
            // A decoder gives the sound out 312 samples behind what its packets say.
            var at = person.SoundHeard(part.Time - ClockMapping.OpusLookAhead);
            return sound.Placement.Seconds(part.Time) - picture.Placement.Seconds(person.PictureTime(at));
        })];

        RecordedTrack Of(TrackKind kind) => tracks.Single(track => track.Info.ParticipantId == person.Id && track.Info.Kind == kind);
    }

    /// <summary>Two seconds of them.</summary>
    private static async Task<List<List<byte[]>>> SmallPictures() => ElementaryStreams.H264Pictures(await ElementaryStreams.MakeAsync(
        "-f", "lavfi", "-i", "testsrc2=size=160x96:rate=10:duration=2", "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-threads", "1",
        "-x264-params", "sliced-threads=0:keyint=20:scenecut=0", "-b:v", "40k", "h264"));

    /// <param name="Sound">How wrong the sound card's clock is, part of 1.</param>
    private sealed record Drift(double Sound, double Picture, double Computer);

    /// <param name="offset">What the computer's clock says at the room's 0, s since 1900.</param>
    private sealed class Person(TestPeer peer, Guid id, List<List<byte[]>> pictures, int joined, Drift drift, double offset)
    {
        private const uint SoundSsrc = 0xA0D10, PictureSsrc = 0x71DE0;

        private const int Packet = 960;

        private readonly Random _random = new(joined + 1);
        private long _sounded;
        private int _shown;
        private long _packets;

        public Guid Id => id;

        public int Seconds => Hour - joined;

        public static async Task<Person> Comes(RecordedRoom room, List<List<byte[]>> pictures, int at, Drift drift, double offset)
        {
            var peer = new TestPeer { VideoMap = RecordedRoom.H264, VideoParameters = "packetization-mode=1;profile-level-id=42e01f" };
            var (participant, _) = await room.Media.Publisher(peer, "audio", "video");
            return new(peer, participant.Id, pictures, at, drift, offset);
        }

        /// <summary>What was taken up in the step that ends now.</summary>
        public void Send(int step)
        {
            var now = (step + 1d) / Steps;
            // A packet leaves when its end has been heard.
            for (; SoundHeard(SoundStart + ((_sounded + 1) * Packet)) <= now; _sounded++)
                peer.SendRtp(SoundSsrc, _sounded + 1_000, 111, (uint)(SoundStart + (_sounded * Packet)), [0xFC, (byte)_sounded, 1, 2, 3], "0", level: 20);
            var picture = new Packetizer(_packets);
            picture.H264((uint)PictureTime(now), pictures[_shown++ % pictures.Count]);
            foreach (var packet in picture.Packets)
                peer.SendRtp(PictureSsrc, packet.Index + 5_000, 96, packet.Timestamp, packet.Payload, "1", marker: packet.Marker);
            _packets += picture.Packets.Count;
            if (step % 50 == 0)
                peer.SendCheck();
            // Of the sound up to 11.4 ms late, of pictures ±0.5 ms.
            if (step % 50 == 24)
                Report(SoundSsrc, SoundStart + ((_sounded - 1) * Packet), SoundHeard(SoundStart + (_sounded * Packet)) + (_random.NextDouble() * 0.0114), now);
            if (step % 4 == 3)
                Report(PictureSsrc, PictureTime(now), now + ((_random.NextDouble() - 0.5) * 0.001), now);
        }

        /// <summary>When a sample of the sound is heard, s of the room.</summary>
        public double SoundHeard(long time) => joined + ((time - SoundStart) / (48_000 * (1 + drift.Sound)));

        public long PictureTime(double at) => PictureStart + (long)((at - joined) * 90_000 * (1 + drift.Picture));

        /// <summary>Both wrap ten minutes after somebody has come.</summary>
        private static long SoundStart => (1L << 32) - (600 * 48_000);

        private static long PictureStart => (1L << 32) - (600 * 90_000);

        private void Report(uint ssrc, long time, double saidAt, double now)
        {
            if (_random.NextDouble() < 0.05)
                return;
            var clock = offset + saidAt + (now * drift.Computer);
            var whole = Math.Floor(clock);
            var report = new byte[SenderReport.Length];
            new SenderReport(ssrc, ((ulong)whole << 32) | (uint)((clock - whole) * 4_294_967_296), (uint)time, 1, 1).Write(report);
            peer.SendRtcp(report);
        }
    }
}

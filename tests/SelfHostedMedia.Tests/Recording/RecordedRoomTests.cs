using Muse.Fragments.Index;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms;
using static Muse.SelfHostedMedia.Tests.Recording.SentStreams;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>Synthetic people in a real room, recorded into real files.</summary>
public class RecordedRoomTests
{
    [Theory]
    [InlineData(RecordedRoom.H264)]
    [InlineData(RecordedRoom.Vp9)]
    [InlineData(RecordedRoom.Av1)]
    public async Task Picture_and_sound_lie_in_the_folder_sample_by_sample_as_they_were_sent(string codec)
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(codec, "audio", "video");
        var (pictures, expected) = await Pictures(codec);
        var sounds = Sounds(200);
        await sending.Send(pictures, sounds, reportEvery: 15);
        var finished = await room.Stop();

        Assert.Equal(2, finished.Tracks.Count);
        var audio = finished.Tracks.Single(track => track.Kind == TrackKind.Audio);
        var video = finished.Tracks.Single(track => track.Kind == TrackKind.Video);
        Assert.Equal(sounds.Select(packet => packet.Payload), room.Samples(audio.Number));
        if (expected is not null)
            Assert.Equal(expected, room.Samples(video.Number));
        Assert.Equal(120, await room.Decoded(video.Number));
        Assert.Equal((codec[..3], "opus"), (CodecOf(video), audio.Codec));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (video.Missing, audio.Missing));
        Assert.InRange(finished.Length.TotalSeconds, 3.95, 4.05);
        Assert.InRange(Math.Abs((audio.From - video.From).TotalMilliseconds), 0, 60);
        Assert.True(finished.WasStopped);
        Assert.All([audio, video], track => Assert.Equal(sending.Participant.Id, track.ParticipantId));
        Assert.Equal(finished.Sha256, RecordedFolder.Finish(room.Folder).Sha256);
        Assert.Equal(0, room.Recorder.Counts.RefusedPackets);

        static string CodecOf(FinishedTrack video) => video.Codec[..4] switch { "avc3" => "H26", "vp09" => "VP9", "av01" => "AV1", var other => other };
    }

    [Fact]
    public async Task What_was_lost_is_in_the_gaps_and_nothing_else_is()
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.H264, "audio");
        var sounds = Sounds(250);
        sending.IsLost = packet => packet.Index is >= 1_050 and < 1_055 or 1_100;
        await sending.Sound(sounds);
        var finished = await room.Stop();

        var track = Assert.Single(finished.Tracks);
        Assert.Equal(244, room.Samples(track.Number).Count);
        Assert.Equal((TimeSpan.FromMilliseconds(120), 2), (track.Missing, track.Gaps));
        var gaps = RecordedFolder.Open(room.Folder)[0].Recording.Gaps;
        Assert.Equal([new GapEntry(Sound(50), 4_800, "lost"), new GapEntry(Sound(100), 960, "lost")], gaps);
    }

    [Fact]
    public async Task Nothing_of_a_pause_is_in_the_files_and_it_is_no_loss()
    {
        await using var room = await RecordedRoom.Begin(isPaused: true);
        var sending = await room.Comes(RecordedRoom.H264, "audio");
        var sounds = Sounds(200);
        await sending.Sound(sounds[..30]);
        await room.Recorder.Resume();
        await sending.Sound(sounds[30..80]);
        await room.Recorder.Pause();
        Assert.Equal(RecorderState.Paused, room.Recorder.State);
        await sending.Sound(sounds[80..150]);
        await room.Recorder.Resume();
        await sending.Sound(sounds[150..]);
        var finished = await room.Stop();

        var track = Assert.Single(finished.Tracks);
        Assert.Equal(sounds[30..80].Concat(sounds[150..]).Select(packet => packet.Payload), room.Samples(track.Number));
        Assert.Equal((TimeSpan.Zero, 0), (track.Missing, track.Gaps));
        Assert.Equal([new GapEntry(Sound(80), 70 * 960, "paused")], RecordedFolder.Open(room.Folder)[0].Recording.Gaps);
        Assert.InRange(finished.Length.TotalSeconds, 3.35, 3.45);
    }

    [Fact]
    public async Task A_picture_goes_on_after_a_pause_at_the_next_key_frame()
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.H264, "video");
        var (pictures, expected) = await Pictures(RecordedRoom.H264);
        var at = pictures.FindIndex(packet => packet.Timestamp == pictures[0].Timestamp + (50 * 3_000));
        await sending.Send(pictures[..at]);
        await room.Recorder.Pause();
        await room.Recorder.Resume();
        await sending.Send(pictures[at..]);
        var finished = await room.Stop();

        // A key frame each 20: the next is the 60th.
        Assert.Equal(expected![..50].Concat(expected[60..]), room.Samples(1));
        Assert.Equal(110, await room.Decoded(1));
        Assert.Equal(TimeSpan.Zero, finished.Tracks[0].Missing);
    }

    [Fact]
    public async Task Another_source_of_the_same_picture_goes_on_in_the_same_file()
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.Vp9, "simulcast");
        var (pictures, expected) = await Pictures(RecordedRoom.Vp9);
        var half = pictures.FindIndex(packet => packet.Timestamp == pictures[0].Timestamp + (60 * 3_000));
        await sending.Send(pictures[..half], videoSsrc: 0x111, rid: "l");
        // The small layer ends, the large one goes on with a clock of its own.
        await sending.Pass(TimeSpan.FromMilliseconds(700));
        var large = pictures[half..].ConvertAll(packet => packet with { Timestamp = packet.Timestamp + 0x7000_0000, Index = packet.Index + 20_000 });
        await sending.Send(large, videoSsrc: 0x222, rid: "h");
        var finished = await room.Stop();

        Assert.Single(finished.Tracks);
        var samples = room.Samples(1);
        Assert.Equal(expected![..60], samples[..60]);
        Assert.Equal(expected[^1], samples[^1]);
        Assert.InRange(finished.Length.TotalSeconds, 4, 6);
        await room.Decoded(1);
    }

    [Fact]
    public async Task Who_comes_late_and_who_publishes_again_have_tracks_of_their_own_and_begin_late()
    {
        await using var room = await RecordedRoom.Begin();
        var first = await room.Comes(RecordedRoom.H264, "audio");
        await first.Sound(Sounds(100));
        var second = await room.Comes(RecordedRoom.H264, "audio");
        await second.Sound(Sounds(100));
        await second.Participant.Leave();
        var third = await room.Comes(RecordedRoom.H264, "audio");
        await third.Sound(Sounds(50));
        var finished = await room.Stop();

        Assert.Equal([1, 2, 3], finished.Tracks.Select(track => track.Number));
        Assert.InRange(finished.Tracks[1].From.TotalSeconds, 1.99, 2.5);
        Assert.InRange(finished.Tracks[2].From.TotalSeconds, 3.99, 5);
        Assert.All(finished.Tracks, track => Assert.Equal(TimeSpan.Zero, track.Missing));
        Assert.Equal([100, 100, 50], [.. new[] { 1, 2, 3 }.Select(number => room.Samples(number).Count)]);
    }

    [Fact]
    public async Task VP8_is_not_recorded_and_that_is_told_the_sound_is()
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.Vp8, "audio", "video");
        var told = await room.Media.Fact<TrackNotRecorded>();
        Assert.Equal((room.Recorder.RecordingId, WhyNotRecorded.Codec), (told.RecordingId, told.Why));
        await sending.Sound(Sounds(20));
        Assert.Equal(TrackKind.Audio, Assert.Single((await room.Stop()).Tracks).Kind);
    }

    [Fact]
    public async Task Who_is_silenced_is_not_in_the_recording()
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.H264, "audio");
        var sounds = Sounds(100);
        await sending.Sound(sounds[..30]);
        await sending.Participant.Silence(TrackKind.Audio, true);
        await sending.Sound(sounds[30..60]);
        await sending.Participant.Silence(TrackKind.Audio, false);
        await sending.Sound(sounds[60..]);
        var finished = await room.Stop();
        Assert.Equal(sounds[..30].Concat(sounds[60..]).Select(packet => packet.Payload), room.Samples(1));
        Assert.Equal(TimeSpan.Zero, finished.Tracks[0].Missing);
    }

    [Fact]
    public async Task A_room_has_one_recorder_and_a_folder_one_recording()
    {
        await using var room = await RecordedRoom.Begin();
        var other = room.Folder + "-other";
        Assert.Equal("already_recording", (await room.Media.Room.Record(Guid.NewGuid(), other)).Refusal?.Code);
        await room.Recorder.Stop();
        await room.Recorder.Stop();
        Assert.Equal(RecorderState.Stopped, room.Recorder.State);
        Assert.Equal("already_recorded", (await room.Media.Room.Record(Guid.NewGuid(), room.Folder)).Refusal?.Code);
        await (await room.Media.Room.Record(Guid.NewGuid(), other)).Value.Stop();
        Directory.Delete(other, recursive: true);
    }

    [Fact]
    public async Task The_end_of_the_room_is_the_end_of_its_recording()
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.H264, "audio");
        await sending.Sound(Sounds(20));
        await room.Media.Room.Close();
        Assert.Equal(RecorderState.Stopped, room.Recorder.State);
        Assert.Equal(20, room.Samples((await room.Stop()).Tracks[0].Number).Count);
    }

    [Fact]
    public async Task The_folder_is_for_nobody_else_to_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes");
        await using var room = await RecordedRoom.Begin();
        await (await room.Comes(RecordedRoom.H264, "audio")).Sound(Sounds(5));
        await room.Stop();
        if (OperatingSystem.IsWindows())
            return;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(room.Folder));
        Assert.All(Directory.GetFiles(room.Folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task Sound_that_takes_longer_on_its_way_is_in_step_by_what_its_sender_reports()
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.H264, "audio", "video");
        var (pictures, _) = await Pictures(RecordedRoom.H264);
        var (sounds, sent) = (Sounds(150), pictures.GroupBy(packet => packet.Timestamp).ToList());
        // The sound of the first picture comes with the tenth.
        for (var i = 0; i < 12; i++)
        {
            await sending.Send([.. sent.Skip(i * 10).Take(10).SelectMany(picture => picture)], i == 0 ? [] : sounds.GetRange((i - 1) * 12, 12));
            await sending.Report(0x71DE0, sent[i * 10].Key, i * 10_000d / 30);
            if (i > 0)
                // The packet that has just ended.
                await sending.Report(0xA0D10, (uint)Sound((i * 12) - 1), i * 240);
        }

        var finished = await room.Stop();
        var (audio, video) = (finished.Tracks.Single(track => track.Kind == TrackKind.Audio), finished.Tracks.Single(track => track.Kind == TrackKind.Video));
        Assert.InRange((audio.From - video.From).TotalMilliseconds, -10, 10);
    }
}

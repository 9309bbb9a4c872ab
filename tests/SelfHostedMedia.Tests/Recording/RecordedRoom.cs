using Muse.Fragments.Parts;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Rtp;
using Muse.SelfHostedMedia.Tests.Rooms;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>A room with a recorder, whose time goes as far as what is sent says.</summary>
internal sealed class RecordedRoom : IAsyncDisposable
{
    public const string H264 = "H264/90000", Vp9 = "VP9/90000", Av1 = "AV1/90000", Vp8 = "VP8/90000";

    private RecordedRoom(IRecordingDisk? disk, string? folder)
    {
        Media = new(disk is null ? new() : new() { RecordingDisk = disk });
        Folder = folder ?? Path.Combine(Path.GetTempPath(), $"muse-recorded-{Guid.NewGuid():N}");
    }

    public MediaFixture Media { get; }

    public string Folder { get; }

    public RoomRecorder Recorder { get; private set; } = null!;

    public static async Task<RecordedRoom> Begin(IRecordingDisk? disk = null, bool isPaused = false, string? folder = null)
    {
        var room = new RecordedRoom(disk, folder);
        room.Recorder = (await room.Media.Room.Record(Guid.NewGuid(), room.Folder)).Value;
        Assert.Equal(RecorderState.Paused, room.Recorder.State);
        if (!isPaused)
            await room.Recorder.Resume();
        return room;
    }

    /// <summary>Somebody comes and publishes.</summary>
    public async Task<Sending> Comes(string map, params string[] kinds)
    {
        var peer = new TestPeer
        {
            VideoMap = map,
            VideoParameters = map == H264 ? "packetization-mode=1;profile-level-id=42e01f" : "",
        };
        var (participant, _) = await Media.Publisher(peer, kinds);
        return new(Media, participant, peer);
    }

    public async Task<FinishedRecording> Stop()
    {
        await Recorder.Stop();
        return RecordedFolder.Finish(Folder);
    }

    /// <summary>All samples of a track.</summary>
    public List<byte[]> Samples(int number)
    {
        var track = RecordedFolder.Open(Folder).Single(each => each.Number == number);
        using var media = File.OpenRead(track.MediaPath);
        var reader = new TrackReader(track.Recording, media);
        var samples = new List<byte[]>();
        foreach (var part in track.Recording.Parts)
        {
            var bytes = reader.Read(part);
            samples.AddRange(TrackReader.Samples(bytes).Select(sample => bytes.AsSpan(sample.Offset, sample.Length).ToArray()));
        }

        return samples;
    }

    /// <summary>A stranger decodes it without a complaint.</summary>
    /// <returns>Frames.</returns>
    public async Task<int> Decoded(int number)
    {
        var (frames, complaints) = await ElementaryStreams.DecodeAsync(
            await File.ReadAllBytesAsync(Path.Combine(Folder, $"track-{number}.media")), "mp4");
        Assert.Equal("", complaints);
        return frames;
    }

    public async ValueTask DisposeAsync()
    {
        await Media.DisposeAsync();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }
}

/// <summary>Somebody who publishes.</summary>
internal sealed class Sending(MediaFixture media, Participant participant, TestPeer peer)
{

    private long _sent;

    public Participant Participant => participant;

    public Func<MadePacket, bool> IsLost { get; set; } = _ => false;

    /// <summary>All packets of one timestamp at a time, and as much time passes as the timestamps say.</summary>
    /// <param name="video">Of pictures at 90 kHz, mid "1" where there is sound, else "0".</param>
    /// <param name="audio">At 48 kHz, mid "0".</param>
    /// <param name="reportEvery">Pictures between two sender reports; 0 for none.</param>
    public async Task Send(
        IReadOnlyList<MadePacket> video, IReadOnlyList<MadePacket>? audio = null, uint videoSsrc = 0x71DE0, string? rid = null, int reportEvery = 0)
    {
        var pictures = video.GroupBy(packet => packet.Timestamp).ToList();
        var sounded = 0;
        for (var picture = 0; picture < pictures.Count; picture++)
        {
            foreach (var packet in pictures[picture])
                await Send(packet, videoSsrc, 96, audio is null ? "0" : "1", rid);
            for (; audio is not null && sounded < audio.Count && sounded * 20 <= picture * 33; sounded++)
                await Send(audio[sounded], 0xA0D10, 111, "0", null);
            if (reportEvery > 0 && picture % reportEvery == 0)
                await Report(videoSsrc, pictures[picture].Key, picture * 1_000d / 30);
            await Pass(TimeSpan.FromSeconds(1 / 30d));
        }

        for (; audio is not null && sounded < audio.Count; sounded++)
        {
            await Send(audio[sounded], 0xA0D10, 111, "0", null);
            await Pass(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Sound alone.</summary>
    public async Task Sound(IEnumerable<MadePacket> audio)
    {
        foreach (var packet in audio)
        {
            await Send(packet, 0xA0D10, 111, "0", null);
            await Pass(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>Sound in no time at all, no faster than it is taken.</summary>
    public async Task Burst(IEnumerable<MadePacket> audio)
    {
        foreach (var packet in audio)
            await Send(packet, 0xA0D10, 111, "0", null);
        await IsRead();
    }

    public async Task Report(uint ssrc, uint timestamp, double milliseconds)
    {
        var report = new byte[SenderReport.Length];
        new SenderReport(ssrc, (ulong)((3_979_000_000 + (milliseconds / 1_000)) * (1L << 32)), timestamp, 1, 1).Write(report);
        peer.SendRtcp(report);
        await IsRead();
    }

    public async Task Pass(TimeSpan time)
    {
        await IsRead();
        media.Clock.Push(time);
    }

    private async Task Send(MadePacket packet, uint ssrc, byte payloadType, string mid, string? rid)
    {
        if (IsLost(packet))
            return;
        peer.SendRtp(ssrc, packet.Index, payloadType, packet.Timestamp, packet.Payload, mid, level: mid == "0" && payloadType == 111 ? (byte)20 : null,
            marker: packet.Marker, rid: rid);
        if (++_sent % 50 == 0)
            await IsRead();
    }

    /// <summary>What was sent lies in the socket: the thread reads between two commands.</summary>
    private async Task IsRead()
    {
        for (var i = 0; i < 3; i++)
            await media.Server.Thread.Run(() => true);
    }
}

using Muse.Fragments.Parts;
using Muse.SelfHostedMedia.Recording;
using Muse.SelfHostedMedia.Rooms;
using Muse.SelfHostedMedia.Tests.Browser;
using static Muse.SelfHostedMedia.Tests.Recording.SentStreams;

namespace Muse.SelfHostedMedia.Tests.Recording;

/// <summary>Publishers on bad lines and with odd clocks, recorded in a real room: whatever became of it opens everywhere, and its gaps are what did not
/// come.</summary>
public sealed class TroubledLinesTests(TroubledLinesTests.OneChromium browser) : IClassFixture<TroubledLinesTests.OneChromium>
{
    private const int Seconds = 4;

    public enum Line
    {
        Clean,
        Loses2Percent,
        Loses20Percent,
        LosesBursts,
        Reorders,
        Wraps,
        ReportsNothing,
    }

    public static MatrixTheoryData<string, Line> Grid => new(
        [RecordedRoom.H264, RecordedRoom.Vp9, RecordedRoom.Av1], Enum.GetValues<Line>());

    [Theory]
    [MemberData(nameof(Grid))]
    public async Task What_came_is_decoded_by_ffmpeg_and_Chromium_and_the_gaps_are_what_did_not(string codec, Line line)
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(codec, "audio", "video");
        var (pictures, _) = await Pictures(codec, Seconds);
        var sounds = await RealSounds(Seconds);
        if (line == Line.Wraps)
            (pictures, sounds) = (Wrapped(pictures, 90_000), Wrapped(sounds, 48_000));
        var (random, isLosing) = (new Random(17), false);
        var lost = pictures.Concat(sounds).Where(_ => IsLost()).ToHashSet();
        // What begins it and what ends it came: of what nobody saw begin and end nothing is known.
        lost.RemoveWhere(packet => packet.Timestamp == pictures[0].Timestamp || packet.Timestamp == pictures[^1].Timestamp || packet == sounds[0] || packet == sounds[^1]);
        sending.IsLost = lost.Contains;
        if (line == Line.Reorders)
            pictures = [.. pictures[..8], .. pictures[8..].Chunk(8).SelectMany(Shuffled)];
        await sending.Send(pictures, sounds, reportEvery: line == Line.ReportsNothing ? 0 : 15);
        var finished = await room.Stop();

        var (audio, video) = (finished.Tracks.Single(track => track.Kind == TrackKind.Audio), finished.Tracks.Single(track => track.Kind == TrackKind.Video));
        Assert.Equal(sounds.Where(packet => !lost.Contains(packet)).Select(packet => packet.Payload), room.Samples(audio.Number));
        Assert.Equal(TimeSpan.FromMilliseconds(20 * sounds.Count(lost.Contains)), audio.Missing);
        var samples = room.Samples(video.Number).Count;
        var whole = pictures.GroupBy(packet => packet.Timestamp).Count();
        if (!pictures.Exists(lost.Contains))
            Assert.Equal((whole, TimeSpan.Zero), (samples, video.Missing));
        else
            // A picture is 1/30 s, and those that refer to a lost one are lost with it.
            Assert.Equal((whole - samples) / 30d, video.Missing.TotalSeconds, 0.02);
        Assert.Equal(samples, await room.Decoded(video.Number));
        await room.Decoded(audio.Number);
        var played = await Played(room.Folder);
        Assert.InRange(played, Seconds - 0.2, Seconds + 0.2);

        bool IsLost()
        {
            isLosing = line == Line.LosesBursts && random.NextDouble() < (isLosing ? 0.7 : 0.03);
            return isLosing || random.NextDouble() < line switch { Line.Loses2Percent => 0.02, Line.Loses20Percent => 0.2, _ => 0 };
        }

        IEnumerable<MadePacket> Shuffled(MadePacket[] packets) => packets.OrderBy(_ => random.Next());
    }

    [Theory]
    [InlineData("audio")]
    [InlineData("video")]
    public async Task Sound_alone_and_a_picture_alone_open_everywhere(string kind)
    {
        await using var room = await RecordedRoom.Begin();
        var sending = await room.Comes(RecordedRoom.H264, kind);
        if (kind == "audio")
            await sending.Sound(await RealSounds(Seconds));
        else
            await sending.Send((await Pictures(RecordedRoom.H264, Seconds)).Packets, reportEvery: 15);
        var finished = await room.Stop();
        await room.Decoded(Assert.Single(finished.Tracks).Number);
        Assert.InRange(await Played(room.Folder), Seconds - 0.2, Seconds + 0.2);
    }

    /// <summary>Numbers that end at 2^16 and times that end at 2^32, in the middle.</summary>
    private static List<MadePacket> Wrapped(List<MadePacket> packets, uint rate) => packets.ConvertAll(packet => packet with
    {
        Index = packet.Index - packets[0].Index + 65_436,
        Timestamp = unchecked(packet.Timestamp - packets[0].Timestamp - (Seconds * rate / 2)),
    });

    /// <returns>Seconds that Chromium plays of it.</returns>
    private async Task<double> Played(string folder)
    {
        var tracks = RecordedFolder.Open(folder);
        var media = tracks.Select(track => File.OpenRead(track.MediaPath)).ToList();
        using var file = new MemoryStream();
        await new PlainFile([.. tracks.Zip(media, (track, stream) => new PlainTrack(track.Recording, stream, track.Placement.Ticks))])
            .CopyToAsync(file, TestContext.Current.CancellationToken);
        media.ForEach(stream => stream.Dispose());
        return (await browser.It.Run($$"""
            const video = document.createElement('video');
            video.muted = true;
            video.src = URL.createObjectURL(new Blob([Uint8Array.from(atob('{{Convert.ToBase64String(file.ToArray())}}'), (c) => c.charCodeAt(0))], { type: 'video/mp4' }));
            const end = new Promise((done, fail) => {
              video.addEventListener('ended', done);
              video.addEventListener('error', () => fail(new Error(`${video.error.code}: ${video.error.message}`)));
            });
            video.playbackRate = 4;
            await video.play();
            await end;
            return video.currentTime;
            """)).GetDouble();
    }

    /// <summary>For all of them: it starts slower than it plays.</summary>
    public sealed class OneChromium : IAsyncDisposable
    {
        private Chromium? _it;

        internal Chromium It => _it ??= Chromium.Open();

        public ValueTask DisposeAsync() => _it?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

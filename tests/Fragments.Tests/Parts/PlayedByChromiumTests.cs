using System.Text.Json;
using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tracks;
using Muse.SelfHostedMedia.Tests.Browser;

namespace Muse.Fragments.Tests.Parts;

/// <summary>What was written, played by a real browser: as a file, and as HLS and DASH players feed it, one segment after the other.</summary>
public sealed class PlayedByChromiumTests
{
    private const long Start = 5_000_000_000;

    private const string Tools = """
        const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
        const video = document.createElement('video');
        video.muted = true;
        const sizes = [];
        video.addEventListener('resize', () => sizes.push(video.videoHeight));
        const ended = () => new Promise((done, fail) => {
          video.addEventListener('ended', done);
          video.addEventListener('error', () => fail(new Error(`${video.error.code}: ${video.error.message}`)));
        });
        const report = () => ({
          sizes, duration: video.duration, frames: video.getVideoPlaybackQuality().totalVideoFrames,
          buffered: Array.from({ length: video.buffered.length }, (_, i) => [video.buffered.start(i), video.buffered.end(i)]),
        });

        """;

    public static TheoryData<Codec> VideoCodecs => [Codec.H264, Codec.Vp9, Codec.Av1];

    [Theory]
    [MemberData(nameof(VideoCodecs))]
    public async Task A_plain_file_whose_size_changes_plays_to_its_end(Codec codec)
    {
        FFmpeg.IsNeeded();
        await using var browser = Chromium.Open();
        var (picture, sound) = Lesson(codec);
        using var file = new MemoryStream();
        new PlainFile(Track(picture), Track(sound)).CopyTo(file);
        var played = await browser.Run($$"""
            {{Tools}}
            video.src = URL.createObjectURL(new Blob([bytes('{{Convert.ToBase64String(file.ToArray())}}')], { type: 'video/mp4' }));
            const end = ended();
            video.playbackRate = 2;
            await video.play();
            await end;
            return report();
            """);
        Assert.Equal([480, 240], Sizes(played));
        Assert.InRange(played.GetProperty("duration").GetDouble(), 5.999, 6.02);
        Assert.InRange(played.GetProperty("frames").GetInt32(), 150, 180);
    }

    [Theory]
    [MemberData(nameof(VideoCodecs))]
    public async Task Segments_that_are_fed_one_by_one_with_mapped_times_play_to_their_end_in_one_range(Codec codec)
    {
        FFmpeg.IsNeeded();
        await using var browser = Chromium.Open();
        var (picture, sound) = Lesson(codec);
        var played = await browser.Run($$"""
            {{Tools}}
            const source = new MediaSource();
            video.src = URL.createObjectURL(source);
            const end = ended();
            await new Promise((open) => source.addEventListener('sourceopen', open));
            // Both before the first bytes: afterwards no more are taken.
            const picture = source.addSourceBuffer('video/mp4; codecs="{{picture.Open().Inits[0].Format.HlsCodecString}}"');
            const sound = source.addSourceBuffer('audio/mp4; codecs="opus"');
            const feed = async (buffer, pieces) => {
              for (const piece of pieces) {
                await new Promise((done, fail) => {
                  buffer.onupdateend = done;
                  buffer.onerror = () => fail(new Error('a piece was not taken'));
                  buffer.appendBuffer(bytes(piece));
                });
              }
            };
            await feed(picture, {{Pieces(picture)}});
            await feed(sound, {{Pieces(sound)}});
            source.endOfStream();
            video.playbackRate = 2;
            await video.play();
            await end;
            return report();
            """);
        Assert.Equal([480, 240], Sizes(played));
        var range = Assert.Single(played.GetProperty("buffered").EnumerateArray()).EnumerateArray().Select(e => e.GetDouble()).ToArray();
        Assert.Equal(0, range[0], 0.001);
        Assert.InRange(range[1], 5.999, 6.02);
        Assert.InRange(played.GetProperty("frames").GetInt32(), 150, 180);
    }

    /// <summary>Three seconds of 640x480, three of 320x240; six of sound of which one packet in fifty was lost.</summary>
    private static (Recorded Picture, Recorded Sound) Lesson(Codec codec)
    {
        var picture = new Recorded().Add(codec, Encoded.Pictures(codec, 640, 480)).Add(codec, Encoded.Pictures(codec, 320, 240)).Finish();
        var sound = new Recorded();
        foreach (var (packet, i) in Encoded.Sound().Concat(Encoded.Sound()).Take(300).Select((p, i) => (p, i)))
        {
            if (i % 50 != 25)
                Assert.True(sound.Writer.Add(Codec.Opus, packet, Start + (i * 960), 0));
        }

        return (picture, sound.Finish());
    }

    private static PlainTrack Track(Recorded recorded) => new(recorded.Open(), new MemoryStream(recorded.Media), time => time - Start);

    /// <summary>Headers and segments in the order of a playlist, as byte ranges of the retimed media.</summary>
    private static string Pieces(Recorded recorded)
    {
        var opened = recorded.Open();
        using var media = new RetimedMedia(new MemoryStream(recorded.Media), opened, time => time - Start, asAvc1: true);
        var pieces = new List<string>();
        InitEntry? init = null;
        foreach (var segment in opened.Segments)
        {
            if (segment.Init != init)
                pieces.Add(Range((init = segment.Init).Offset, init.Length));
            pieces.Add(Range(segment.Offset, segment.Length));
        }

        return JsonSerializer.Serialize(pieces);

        string Range(long offset, long length)
        {
            var bytes = new byte[length];
            media.Position = offset;
            media.ReadExactly(bytes);
            return Convert.ToBase64String(bytes);
        }
    }

    private static IEnumerable<int> Sizes(JsonElement played) => played.GetProperty("sizes").EnumerateArray().Select(e => e.GetInt32());
}

using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Recordings;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Recordings;
using Muse.Domain.Lessons;
using Muse.Domain.Recordings;
using Muse.Fragments.Clock;
using Muse.Fragments.Index;
using Muse.Fragments.Parts;
using Muse.Fragments.Tests;
using Muse.Fragments.Tracks;
using Muse.SelfHostedMedia.Recording;
using NodaTime;
using DomainTrack = Muse.Domain.Recordings.RecordedTrack;

namespace Muse.Api.Tests.Renditions;

/// <summary>Recordings of rooms in which something is seen and heard, made of real encoders' output: a flash and a beep of a tenth of a second at each
/// even second of a person's own time.</summary>
internal static class Played
{
    private const long Began = 1_795_000_000_000;

    public sealed class Stay(Guid person, Part part, double from)
    {
        public Guid Participant { get; } = Guid.CreateVersion7();

        public Guid Person => person;

        public Part Part => part;

        /// <summary>s since the recording began.</summary>
        public double From => from;

        /// <summary>Pictures one after the other, each for so many seconds.</summary>
        public (int Width, int Height, int Seconds)[] Pictures { get; init; } = [];

        public int Sound { get; init; }
    }

    public static async Task<Guid> A_played_recording(this TheServer server, Guid lesson, double seconds, params Stay[] stays)
    {
        var id = Guid.CreateVersion7();
        var folder = server.Services.GetRequiredService<RecordingFolders>().Of(id);
        Directory.CreateDirectory(folder);
        var journal = new List<IndexLine> { IndexLine.Of("recording", 1, id.ToString("N"), Began) };
        var tracks = new List<DomainTrack>();
        foreach (var stay in stays)
        {
            if (stay.Pictures.Length > 0)
                Add(stay, "Video", "Camera", "H264", 90_000, Codec.H264, stay.Pictures.SelectMany((picture, i) => Flashes(picture.Width, picture.Height, picture.Seconds)));
            if (stay.Sound > 0) Add(stay, "Audio", "Microphone", "opus", 48_000, Codec.Opus, Beeps(stay.Sound));
        }
        await File.WriteAllBytesAsync(Path.Combine(folder, "recording.index"), [.. journal.SelectMany(line => line.ToBytes())]);
        var finished = RecordedFolder.Finish(folder);
        Assert.Equal(tracks.Count, finished.Tracks.Count);

        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        var now = server.Now();
        session.StartStream<RoomRecording>(id,
            new RoomRecordingStarted(id, lesson, now - Duration.FromHours(1)),
            new RoomRecordingStopped(id, lesson, StoppedBecause.RoomClosed, now),
            new RoomRecordingFinalised(
                id, lesson, now - Duration.FromHours(1), Duration.FromSeconds(seconds), finished.Bytes, finished.Sha256, tracks, Duration.Zero, 0, now));
        await session.SaveChangesAsync();
        return id;

        void Add(Stay stay, string kind, string source, string name, int rate, Codec codec, IEnumerable<byte[]> samples)
        {
            var number = tracks.Count + 1;
            journal.Add(IndexLine.Of("opened", number, Guid.CreateVersion7().ToString("N"), stay.Participant.ToString("N"), kind, source, name, Began));
            using var media = File.Create(Path.Combine(folder, $"track-{number}.media"));
            using var index = File.Create(Path.Combine(folder, $"track-{number}.index"));
            var writer = new PartWriter(new TrackFile(media, index), PartLimits.Lesson);
            var (raw, length) = (7_000_000L * number, 0L);
            foreach (var sample in samples)
            {
                Assert.True(writer.Add(codec, sample, raw + length, Began + (long)(stay.From * 1_000) + (length * 1_000 / rate)));
                length += codec == Codec.Opus ? OpusSample.Duration(sample) : 3_000;
            }
            writer.Finish();
            // What is heard comes by the encoder's look-ahead later.
            var micros = (Began * 1_000) + (long)(stay.From * 1e6) - (codec == Codec.Opus ? 6_500 : 0);
            foreach (var line in new TrackTimes(rate, [new(raw, micros, 0, ClockSource.Arrival)], []).ToLines(1)) index.Write(line.ToBytes());
            tracks.Add(new(number, stay.Participant, new Who(stay.Person, stay.Part), kind.ToLowerInvariant(), source.ToLowerInvariant(), "any",
                Duration.FromSeconds(stay.From), Duration.FromSeconds((double)length / rate), media.Length, Duration.Zero, 0));
        }
    }

    /// <summary>Of a viewing.</summary>
    public static async Task<string> Address(SignedIn who, Guid lesson, Guid id) =>
        (await (await who.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).Json()).Text("address")!;

    /// <summary>At the lowest priority: where others are busy it takes its time.</summary>
    public static async Task<JsonElement> Made(this TheServer server, string address, string kind)
    {
        using var enough = new CancellationTokenSource(TimeSpan.FromMinutes(8));
        while (true)
        {
            var list = await (await server.Anyone().GetAsync(address + "renditions")).Json();
            var one = list.GetProperty("items").EnumerateArray().FirstOrDefault(each => each.Text("kind") == kind);
            if (one.ValueKind is JsonValueKind.Object && one.Text("state") == "made") return one;
            var error = await server.Database.ScalarAsync<string>("select coalesce(string_agg(error, ' | '), '') from renditions");
            Assert.True(error.Length == 0 && !enough.IsCancellationRequested, $"{list} {error}");
            await Task.Delay(250, CancellationToken.None);
        }
    }

    private static List<byte[]> Flashes(int width, int height, int seconds) => Encoded.AccessUnits(FFmpeg.Quiet(
        "ffmpeg", "-f", "lavfi", "-i",
        string.Create(CultureInfo.InvariantCulture, $"color=c=black:size={width}x{height}:rate=30:duration={seconds},drawbox=t=fill:color=white:enable='lt(mod(t,2),0.1)'"),
        "-pix_fmt", "yuv420p", "-g", "30", "-c:v", "libx264", "-profile:v", "baseline", "-preset", "ultrafast", "-tune", "zerolatency",
        "-x264-params", "aud=1:repeat-headers=1:scenecut=0", "-f", "h264", "-"));

    private static List<byte[]> Beeps(int seconds) => Encoded.OggPackets(FFmpeg.Quiet(
        "ffmpeg", "-f", "lavfi", "-i",
        string.Create(CultureInfo.InvariantCulture, $"aevalsrc=exprs='if(lt(mod(t,2),0.1),0.5*sin(2*PI*1000*t),0)':s=48000:d={seconds}"),
        "-ac", "2", "-c:a", "libopus", "-b:a", "128k", "-f", "ogg", "-"));
}

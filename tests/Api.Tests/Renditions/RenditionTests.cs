using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Marks;
using Muse.Api.Recordings;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Recordings;
using Muse.Api.Tests.Rooms;
using Muse.Domain.Lessons;
using Muse.Domain.Marks;
using Muse.Fragments.Tests;
using NodaTime;

namespace Muse.Api.Tests.Renditions;

public sealed class RenditionTests(TheRoomServer server) : IClassFixture<TheRoomServer>
{
    /// <summary>The student comes two and a half seconds late, with another size of pictures, goes and comes again; the tutor's size changes.</summary>
    [Fact]
    public async Task The_waveform_and_the_merged_file_show_and_sound_as_everybody_did_at_the_same_time()
    {
        FFmpeg.IsNeeded();
        var (tutor, student, lesson) = await A_lesson();
        var id = await server.A_played_recording(lesson, 9.5,
            new Played.Stay(tutor.PersonId, Part.Tutor, 0) { Pictures = [(640, 480, 4), (320, 240, 4)], Sound = 8 },
            new Played.Stay(student.PersonId, Part.Student, 2.5) { Pictures = [(360, 480, 3)], Sound = 3 },
            new Played.Stay(student.PersonId, Part.Student, 6.5) { Pictures = [(640, 360, 3)], Sound = 3 });
        var address = await Played.Address(tutor, lesson, id);
        var waveform = await server.Made(address, "waveform");
        var drawn = await (await server.Anyone().GetAsync(address + waveform.Text("file"))).Json();
        var tracks = drawn.GetProperty("tracks").EnumerateArray().ToArray();
        Assert.Equal([0.0, 2.0, 4.0, 6.0], Loud(tracks[0]));
        Assert.Equal([2.5, 4.5], Loud(tracks[1]));
        Assert.Equal([6.5, 8.5], Loud(tracks[2]));
        // Each beep alone would be too short: the rests between them belong to it.
        var passage = Assert.Single(drawn.GetProperty("passages").EnumerateArray());
        Assert.InRange(passage.GetProperty("from").GetInt64(), 0, 50);
        Assert.InRange(passage.GetProperty("to").GetInt64(), 8_550, 8_700);
        var listed = (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).Json()).GetProperty("items")[0];
        Assert.NotEmpty(listed.GetProperty("outline").GetBytesFromBase64());

        var poster = await server.Made(address, "poster");
        using (var picture = new TemporaryFile(await server.Anyone().GetByteArrayAsync(address + poster.Text("file"))))
        {
            Assert.Equal(["png,1280,720"], ProbeLines(picture.Path, "stream=codec_name,width,height"));
            var pixels = FFmpeg.Quiet("ffmpeg", "-i", picture.Path, "-pix_fmt", "rgb24", "-f", "rawvideo", "-").Chunk(3).ToArray();
            // The ground and a colour for each of two people, and nothing of what the cameras saw.
            Assert.Equal(3, pixels.Select(Convert.ToHexString).Distinct().Count());
            Places("tutor above", [0, 2, 4, 6], Bars(pixels[..(1_280 * 360)]));
            Places("student below", [2.5, 4.5, 6.5, 8.5], Bars(pixels[(1_280 * 360)..]));
        }

        await Mark(lesson, id, new Who(tutor.PersonId, Part.Tutor), 5);
        await Mark(lesson, id, new Who(tutor.PersonId, Part.Tutor), 7, isRemoved: true);
        await Mark(lesson, id, new Who(student.PersonId, Part.Student), 3);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync(address + "merged.mp4")).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await student.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/merged", null)).StatusCode);
        var merged = await server.Made(address, "merged");
        var answer = await server.Anyone().GetAsync(address + merged.Text("file"));
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(merged.GetProperty("size").GetInt64(), bytes.Length);
        Assert.Contains("no-store", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        using var file = new TemporaryFile(bytes);
        Assert.Equal(9.5, Probe(file.Path, "format=duration"), 0.1);
        // The passage, and what the tutor marked in it and left there; the student's mark is the student's.
        Assert.Equal([0.0, 5.0], ProbeLines(file.Path, "chapter=start_time").Select(line => Math.Round(double.Parse(line, CultureInfo.InvariantCulture), 1)));
        Assert.Contains("1280,480", ProbeLines(file.Path, "stream=width,height"));
        var beeps = Beeps(file.Path);
        Offsets("sound", [0, 2, 2.5, 4, 4.5, 6, 6.5, 8.5], beeps, Softened);
        Offsets("sound that goes on", [0, 2, 4, 4.5, 6, 8.5], [.. beeps.Where((_, i) => i is not (2 or 6))], 0.010);
        Offsets("left", [0, 2, 4, 6], Flashes(file.Path, left: true), 0.034);
        Offsets("right", [2.5, 4.5, 6.5, 8.5], Flashes(file.Path, left: false), 0.034);

        var range = new HttpRequestMessage(HttpMethod.Get, address + "merged.mp4") { Headers = { Range = new RangeHeaderValue(4, 7) } };
        var part = await server.Anyone().SendAsync(range);
        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("ftyp", await part.Content.ReadAsStringAsync());
        // Nothing of the work stays.
        var folders = server.Services.GetRequiredService<RecordingFolders>();
        Assert.False(Directory.Exists(Path.Combine(folders.RenditionsOf(id), "merged.work")));

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
        Assert.False(Directory.Exists(folders.Of(id)));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync(address + "merged.mp4")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/merged", null)).StatusCode);
    }

    [Fact]
    public async Task A_lesson_of_sound_alone_is_merged_into_sound_alone()
    {
        FFmpeg.IsNeeded();
        var (tutor, student, lesson) = await A_lesson();
        var id = await server.A_played_recording(lesson, 4,
            new Played.Stay(tutor.PersonId, Part.Tutor, 0) { Sound = 3 }, new Played.Stay(student.PersonId, Part.Student, 1) { Sound = 3 });
        await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/merged", null);
        var address = await Played.Address(tutor, lesson, id);
        var merged = await server.Made(address, "merged");
        using var file = new TemporaryFile(await server.Anyone().GetByteArrayAsync(address + merged.Text("file")));
        Assert.DoesNotContain("video", ProbeLines(file.Path, "stream=codec_type"));
        Offsets("sound", [0, 1, 2, 3], Beeps(file.Path), Softened);
    }

    [Fact]
    public async Task Players_that_take_no_Opus_get_every_sound_in_AAC_at_the_same_place()
    {
        FFmpeg.IsNeeded();
        var (tutor, student, lesson) = await A_lesson();
        var id = await server.A_played_recording(lesson, 5,
            new Played.Stay(tutor.PersonId, Part.Tutor, 0) { Sound = 5 }, new Played.Stay(student.PersonId, Part.Student, 1.5) { Sound = 3 });
        var address = await Played.Address(tutor, lesson, id);
        Assert.DoesNotContain("mp4a", await server.Anyone().GetStringAsync(address + "sides/2.m3u8"), StringComparison.Ordinal);

        await server.Made(address, "aac");

        var master = await server.Anyone().GetStringAsync(address + "sides/2.m3u8");
        Assert.Contains("CODECS=\"opus\"", master, StringComparison.Ordinal);
        Assert.Contains("CODECS=\"mp4a.40.2\"", master, StringComparison.Ordinal);
        foreach (var (track, beeps) in new (int, double[])[] { (1, [0, 2, 4]), (2, [0, 2]) })
        {
            Assert.InRange((await Begins(address + $"aac/{track}.m3u8") - await Begins(address + $"tracks/{track}.m3u8")).TotalMilliseconds, -1, 1);
            using var file = new TemporaryFile(await server.Anyone().GetByteArrayAsync(address + $"aac/{track}.mp4"));
            Offsets("AAC", beeps, Beeps(file.Path), Softened);
            Offsets("AAC that goes on", beeps[1..], Beeps(file.Path)[1..], 0.010);
        }

        var folder = new DirectoryInfo(Path.Combine(server.Services.GetRequiredService<RecordingFolders>().RenditionsOf(id), "aac"));
        Assert.All([folder, .. folder.EnumerateFileSystemInfos()], each => Assert.Equal((UnixFileMode)0, each.UnixFileMode & ~(UnixFileMode)0b111_000_000));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync(address + "aac/3.m3u8")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync(address + "aac/3.mp4")).StatusCode);
    }

    [Fact]
    public async Task What_a_killed_server_began_is_begun_anew_and_not_a_byte_of_its_work_is_used()
    {
        FFmpeg.IsNeeded();
        var (tutor, _, lesson) = await A_lesson();
        var id = await server.A_played_recording(lesson, 2, new Played.Stay(tutor.PersonId, Part.Tutor, 0) { Sound = 2 });
        var beside = server.Services.GetRequiredService<RecordingFolders>().RenditionsOf(id);
        Directory.CreateDirectory(Path.Combine(beside, "merged.work"));
        await File.WriteAllTextAsync(Path.Combine(beside, "merged.work", "merged.mp4"), "half of it");
        await server.Database.ExecuteAsync(
            $"insert into renditions (recording_id, kind, state, progress, attempts, leased_until) values ('{id}', 'merged', 'making', 0.4, 1, clock_timestamp() - interval '1 second')");

        var merged = await server.Made(await Played.Address(tutor, lesson, id), "merged");

        Assert.True(merged.GetProperty("size").GetInt64() > 1_000);
        Assert.False(Directory.Exists(Path.Combine(beside, "merged.work")));
    }

    [Fact]
    public async Task Nobody_else_has_one_made_and_what_is_not_ready_is_not_merged()
    {
        var (tutor, _, lesson) = await A_lesson();
        var stranger = await server.Student("Nobody");
        var id = await server.A_played_recording(lesson, 1);
        await (await stranger.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/merged", null)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await tutor.Http.PostAsync($"/v1/lessons/{Guid.NewGuid()}/recordings/{id}/merged", null)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(0, await server.Database.ScalarAsync<long>($"select count(*) from renditions where recording_id = '{id}'"));
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync("/v1/viewings/nothing/renditions")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync("/v1/viewings/nothing/waveform.json")).StatusCode);
    }

    [Fact]
    public async Task Without_ffmpeg_it_is_said_and_everything_else_goes_on()
    {
        await using var own = new TheRoomServer();
        own.With("Recordings:Ffmpeg", "no-such-ffmpeg");
        await own.InitializeAsync();
        var (tutor, student) = (await own.Tutor(), await own.Student());
        var lesson = await own.Lesson(tutor, student, Duration.FromMinutes(5));
        var id = await own.A_recording_of_the_room(lesson);
        await (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/merged", null)).IsProblem(HttpStatusCode.Conflict, "not_supported");
        Assert.Equal(HttpStatusCode.OK, (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).StatusCode);
    }

    /// <summary>The first packet after silence sounds too soft, as it seems because an encoder that has just begun counts on a decoder that has (RFC 6716 §4.3.2.1,
    /// the prediction of a band's energy).</summary>
    private const double Softened = 0.020;

    private async Task<(SignedIn Tutor, SignedIn Student, Guid Lesson)> A_lesson()
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        return (tutor, student, await server.Lesson(tutor, student, Duration.FromMinutes(5)));
    }

    private async Task<DateTimeOffset> Begins(string playlist)
    {
        const string Tag = "#EXT-X-PROGRAM-DATE-TIME:";
        var line = (await server.Anyone().GetStringAsync(playlist)).Split('\n').First(each => each.StartsWith(Tag, StringComparison.Ordinal));
        return DateTimeOffset.Parse(line[Tag.Length..], CultureInfo.InvariantCulture);
    }

    /// <summary>Where it becomes loud, s.</summary>
    private static double[] Loud(JsonElement track) => Onsets([.. track.GetProperty("peaks").GetBytesFromBase64().Select(peak => (double)peak)], 100, 20, 0.2);

    private static double[] Beeps(string path)
    {
        var pcm = FFmpeg.Quiet("ffmpeg", "-i", path, "-map", "0:a", "-ac", "1", "-ar", "48000", "-f", "s16le", "-");
        var samples = new double[pcm.Length / 2];
        for (var i = 0; i < samples.Length; i++) samples[i] = Math.Abs((int)BitConverter.ToInt16(pcm, 2 * i));
        return Onsets(samples, 3_000, 48_000, 0.2);
    }

    private static double[] Flashes(string path, bool left)
    {
        var pixels = FFmpeg.Quiet("ffmpeg", "-i", path, "-map", "0:v", "-vf", $"crop=40:40:{(left ? 300 : 940)}:220,scale=1:1,format=gray", "-f", "rawvideo", "-");
        return Onsets([.. pixels.Select(pixel => (double)pixel)], 128, 30, 0.2);
    }

    /// <param name="half">Rows of red, green and blue, 1,280 in each; in 9.5 s of recording.</param>
    /// <returns>Where the bars become high, s.</returns>
    private static double[] Bars(byte[][] half) => Onsets(
        [.. Enumerable.Range(0, 1_280).Select(x => (double)half.Where((pixel, i) => i % 1_280 == x && !pixel.SequenceEqual(half[0])).Count())], 50, 1_280 / 9.5, 0.2);

    private static void Places(string of, double[] wanted, double[] found) => Assert.True(
        wanted.Length == found.Length && wanted.Zip(found).All(pair => Math.Abs(pair.First - pair.Second) <= 0.1),
        $"{of}: wanted {string.Join(' ', wanted)}, found {string.Join(' ', found)}");

    /// <summary>Where it is above a threshold, having been below it for a while.</summary>
    private static double[] Onsets(double[] values, double threshold, double rate, double quiet)
    {
        var onsets = new List<double>();
        var last = (int)-rate;
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] < threshold) continue;
            if (i - last > quiet * rate) onsets.Add(i / rate);
            last = i;
        }
        return [.. onsets];
    }

    private static void Offsets(string of, double[] own, double[] found, double within)
    {
        // The recording begins with the first packet of sound, by the encoder's look-ahead before what is heard.
        var wanted = own.Select(at => at + 0.0065).ToArray();
        var all = $"{of}: wanted {string.Join(' ', wanted)}, found {string.Join(' ', found)}";
        TestContext.Current.TestOutputHelper?.WriteLine(all);
        Assert.True(wanted.Length == found.Length && wanted.Zip(found).All(pair => Math.Abs(pair.First - pair.Second) <= within), all);
    }

    private async Task Mark(Guid lesson, Guid recording, Who who, int second, bool isRemoved = false)
    {
        var from = (await server.Services.GetRequiredService<RoomRecordingRows>().Find(recording, TestContext.Current.CancellationToken))!.From!.Value;
        await using var session = server.Store.OpenSession();
        var stream = await session.FetchForWriting<LessonMarks>(MarkDesk.StreamOf(lesson), TestContext.Current.CancellationToken);
        var (marks, mark) = (MarkDesk.StreamOf(lesson), Guid.CreateVersion7());
        stream.AppendMany([new MarkMade(marks, mark, lesson, from + Duration.FromSeconds(second), true, false, null, who, from)]);
        if (isRemoved) stream.AppendMany([new MarkRemoved(marks, mark, who, from)]);
        await session.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    private static double Probe(string path, string entry) => double.Parse(ProbeLines(path, entry)[0], CultureInfo.InvariantCulture);

    private static string[] ProbeLines(string path, string entry) =>
        Encoding.ASCII.GetString(FFmpeg.Quiet("ffprobe", "-show_entries", entry, "-of", "csv=p=0", path)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

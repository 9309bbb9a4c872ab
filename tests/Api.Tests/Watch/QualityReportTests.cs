using System.Text.Json;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.Tests.Watch;

public sealed class QualityReportTests(TheWatchedServer server) : IClassFixture<TheWatchedServer>
{
    [Fact]
    public async Task A_lesson_ends_with_one_report_of_how_sound_and_picture_were()
    {
        using var room = await server.TwoWithMedia();
        Assert.Equal(5, room.Joined.GetProperty("measureEvery").GetInt32());
        await room.Students.Send("""{"type":"timing","ticket":30,"socket":40,"offering":12,"signalling":20,"first":300,"total":450}""");
        await room.Measured(samples: 240_000, concealed: 0);
        await room.Measured(samples: 480_000, concealed: 24_000, freezes: 1, frozen: 900);
        await room.Measured(samples: 720_000, concealed: 50_000, freezes: 1, frozen: 900);
        await room.Measured(samples: 960_000, concealed: 50_000, freezes: 2, frozen: 1_400, path: "relayUdp");
        // Long enough for two means of sound, and for the tutor to be heard being lost.
        for (var i = 0; i < 3; i++) await Looks(room);
        room.ReportLoss(0);
        await Looks(room);
        room.ReportLoss(5);
        await Looks(room);

        await room.Tutors.Send("""{"type":"endLesson"}""");
        var report = await Report(room.Lesson);

        Assert.Equal(2, report.People.Count);
        var (tutor, student) = (report.People.Single(one => one.Who.IsTutor()), report.People.Single(one => !one.Who.IsTutor()));
        Assert.Equal(room.Student.PersonId, student.Who.PersonId);
        Assert.Equal("udp", tutor.Path);
        Assert.InRange(tutor.Seconds, 1, 30);
        Assert.InRange(tutor.SoundSent!.Bitrate, 1_000, 200_000);
        Assert.InRange(tutor.SoundSent.LowestBitrate, 1, tutor.SoundSent.Bitrate);
        Assert.NotNull(tutor.PictureSent);
        Assert.Null(tutor.SoundHeard);
        Assert.Equal("relayUdp", student.Path);
        Assert.Null(student.SoundSent);
        Assert.Equal(1, student.SoundHeard!.Interruptions);
        Assert.Equal(Math.Round(50_000 / 960_000.0, 4), student.SoundHeard.Concealed);
        Assert.True(student.SoundHeard.Loss > 0, "The loss that the student reported is nowhere.");
        Assert.Equal((2, 1.4), (student.PictureSeen!.Freezes, student.PictureSeen.FrozenSeconds));
        Assert.Equal((30, 40, 12, 20, 450), (student.Join!.Ticket, student.Join.Socket, student.Join.Offer, student.Join.Signalling, student.Join.Total));
        Assert.True(student.Join is { Ice: >= 0, Dtls: >= 0, KeyFrame: >= 0, Show: >= 0 }, student.Join.ToString());
        Assert.Equal("sound 1, picture 2", report.InWords());
        using var timeline = await room.Student.Http.GetAsync($"/v1/lessons/{room.Lesson}/timeline");
        Assert.Contains((await timeline.Json()).GetProperty("items").EnumerateArray(), item =>
            item.GetProperty("type").GetString() == "lesson_quality_reported" && item.GetProperty("why").GetString() == "sound 1, picture 2");
    }

    [Fact]
    public async Task An_empty_room_is_reported_on_when_the_lessons_time_is_over_and_not_twice()
    {
        using var room = await server.TwoWithMedia(Duration.FromMinutes(-44));
        await Looks(room);
        await room.Tutors.Send("""{"type":"leave"}""");
        await room.Students.Send("""{"type":"leave"}""");
        await server.Happened(room.Lesson, 5);
        server.Time.Advance(TimeSpan.FromMinutes(2));

        await Report(room.Lesson);
        // The room is looked after again and again until it closes.
        server.Time.Advance(TimeSpan.FromMinutes(20));
        await Until(() => Task.FromResult(server.Services.GetService(typeof(Muse.Api.Rooms.LiveRooms)) is Muse.Api.Rooms.LiveRooms rooms && rooms.Find(room.Lesson) is null));
        Assert.Single(await server.Happened(room.Lesson, 7), name => name == "lesson_quality_reported");
    }

    [Theory]
    [InlineData("""{"type":"measured"}""")]
    [InlineData("""{"type":"measured","tracks":[null]}""")]
    [InlineData("""{"type":"measured","tracks":[{"trackId":"0199a1b2-0000-7000-8000-000000000001","samples":-1}]}""")]
    [InlineData("""{"type":"measured","tracks":[{"trackId":"0199a1b2-0000-7000-8000-000000000001","samples":1.5}]}""")]
    [InlineData("""{"type":"measured","tracks":[{"trackId":"0199a1b2-0000-7000-8000-000000000001","name":"x"}]}""")]
    [InlineData("""{"type":"measured","tracks":[],"path":"pigeon"}""")]
    [InlineData("""{"type":"measured","tracks":[],"roundTrip":-1}""")]
    [InlineData("""{"type":"measured","tracks":[],"processing":{"echoCancellation":"on"}}""")]
    [InlineData("""{"type":"timing","ticket":1}""")]
    [InlineData("""{"type":"timing","ticket":1,"socket":600001}""")]
    public void A_measurement_out_of_bounds_is_malformed(string text)
    {
        Assert.Null(Muse.Api.Rooms.ClientMessage.Read(System.Text.Encoding.UTF8.GetBytes(text), out var fault));
        Assert.Equal("malformed_message", fault);
    }

    [Fact]
    public void More_tracks_than_a_room_can_have_are_malformed()
    {
        var tracks = Enumerable.Range(0, 73).Select(_ => new { trackId = Guid.NewGuid() });
        var text = JsonSerializer.SerializeToUtf8Bytes(new { type = "measured", tracks });
        Assert.Null(Muse.Api.Rooms.ClientMessage.Read(text, out _));
    }

    /// <summary>The server has looked at the room twice more while it played.</summary>
    private async Task Looks(Watched room)
    {
        var rooms = (Muse.Api.Rooms.LiveRooms)server.Services.GetService(typeof(Muse.Api.Rooms.LiveRooms))!;
        for (var i = 0; i < 2; i++)
        {
            var before = rooms.Find(room.Lesson)!.Quality.Now;
            await room.PlayUntil(() => Task.FromResult(rooms.Find(room.Lesson)!.Quality.Now is { } now && now != before ? now : null));
        }
    }

    private async Task<LessonQualityReported> Report(Guid lesson)
    {
        LessonQualityReported? found = null;
        await Until(async () =>
        {
            await using var session = server.Store.OpenSession();
            found = (await session.FetchStreamAsync(lesson)).Select(e => e.Data).OfType<LessonQualityReported>().SingleOrDefault();
            return found is not null;
        });
        return found!;
    }

    private static async Task Until(Func<Task<bool>> holds)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), "It never came to be.");
            await Task.Delay(100);
        }
    }
}

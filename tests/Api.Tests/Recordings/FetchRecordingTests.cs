using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Recordings;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Meetings.Zoom;
using Muse.Domain.Meetings;
using Muse.Domain.Recordings;
using Muse.Imitations.Zoom;

namespace Muse.Api.Tests.Recordings;

/// <summary>From Zoom's news of a recording to the file on the shelf, over real HTTP, whatever breaks on the way.</summary>
public sealed class FetchRecordingTests(TheZoomServer server) : IClassFixture<TheZoomServer>
{
    private ZoomImitation Zoom => server.Zoom;

    [Fact]
    public async Task A_recording_that_is_ready_stands_on_the_shelf_and_its_people_can_play_it()
    {
        var lesson = await A_played_lesson();
        var video = Bytes(3_000_000);
        await Zoom.RecordingReady(lesson.Meeting, video, transcript: true);
        Assert.Equal(3, await server.Recordings(lesson.Id, "shelved", 3));

        var tutor = await server.Renewed(lesson.Tutor);
        var items = (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson.Id}/recordings")).Json()).GetProperty("items").EnumerateArray().ToArray();
        Assert.Equal(["audio/mp4", "text/vtt", "video/mp4"], items.Select(i => i.Text("mediaType")).Order());
        var shown = items.Single(i => i.Text("mediaType") == "video/mp4");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(video)), shown.Text("sha256"));
        Assert.Equal(video, await tutor.Http.GetByteArrayAsync($"/v1/lessons/{lesson.Id}/recordings/{shown.Id()}"));
        Assert.False(Zoom.StoreSawAToken);
        Assert.Equal(["recording_found", "recording_shelved"], await server.EventsOf(shown.Id()));
    }

    [Fact]
    public async Task When_its_time_is_over_the_file_goes_and_the_word_for_it_says_why()
    {
        var lesson = await A_played_lesson();
        await Zoom.RecordingReady(lesson.Meeting, Bytes(10_000));
        Assert.Equal(2, await server.Recordings(lesson.Id, "shelved", 2));
        var id = await server.Database.ScalarAsync<Guid>("select id from recordings where lesson_id = $1 limit 1", lesson.Id);
        Assert.Equal(365, await server.Database.ScalarAsync<double>(
            "select round(extract(epoch from due_at - $2) / 86400)::float8 from errands where kind = 'delete_recording' and body ->> 'recordingId' = $1", id.ToString(), server.Now));

        await server.Hurry(DeleteRecording.ErrandKind, id);

        Assert.Equal(DeletedBecause.Expired, Assert.Single((await server.DataOf(id)).OfType<RecordingDeleted>()).Because);
        Assert.Equal(0, await server.Services.GetRequiredService<IRecordingShelf>().LengthOf(id, CancellationToken.None));
        Assert.Equal(1, await server.Recordings(lesson.Id, "shelved", 1));
    }

    [Fact]
    public async Task A_download_that_breaks_goes_on_where_it_stopped()
    {
        var lesson = await A_played_lesson();
        var video = Bytes(2_000_000);
        // Both files may meet it: each break comes after more bytes than the file of sound has.
        Zoom.BreakDownloadsAfter(1_500_000, 1_500_000);
        await Zoom.RecordingReady(lesson.Meeting, video);
        Assert.Equal(2, await server.Recordings(lesson.Id, "shelved", 2));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(video)), await HashOf(lesson.Id, "video/mp4"));
        // Each time it asked for what it did not have yet. How much of what was sent had arrived when the wire broke is the system's affair.
        var asked = Zoom.AskedFrom(lesson.Meeting.Sittings[^1].Files.Single(file => file.MediaType == "video/mp4"));
        Assert.Equal(0, asked[0]);
        Assert.True(asked.Count > 1, "No download broke.");
        Assert.All(asked.Zip(asked.Skip(1)), pair => Assert.True(pair.Second > pair.First, string.Join(", ", asked)));
    }

    [Fact]
    public async Task A_store_that_cannot_resume_sends_it_all_again_and_the_file_is_right()
    {
        var lesson = await A_played_lesson();
        var video = Bytes(2_000_000);
        Zoom.StoreResumes = false;
        Zoom.BreakDownloadsAfter(1_500_000, 1_500_000);
        await Zoom.RecordingReady(lesson.Meeting, video);
        Assert.Equal(2, await server.Recordings(lesson.Id, "shelved", 2));
        Zoom.StoreResumes = true;
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(video)), await HashOf(lesson.Id, "video/mp4"));
    }

    [Fact]
    public async Task News_whose_token_has_expired_are_fetched_with_a_fresh_one()
    {
        var lesson = await A_played_lesson();
        Zoom.Webhooks.Hold = true;
        await Zoom.RecordingReady(lesson.Meeting, Bytes(10_000));
        Zoom.ExpireDownloadTokens();
        await Zoom.Webhooks.Release();
        Assert.Equal(2, await server.Recordings(lesson.Id, "shelved", 2));
    }

    [Fact]
    public async Task A_file_that_Zoom_no_longer_has_is_said_to_have_failed()
    {
        var lesson = await A_played_lesson();
        Zoom.Webhooks.Hold = true;
        await Zoom.RecordingReady(lesson.Meeting, Bytes(10_000));
        Zoom.ExpireDownloadTokens();
        lesson.Meeting.Sittings[^1].Files.RemoveAt(0);
        await Zoom.Webhooks.Release();
        Assert.Equal(1, await server.Recordings(lesson.Id, "fetch_failed", 1));
        Assert.Equal(1, await server.Recordings(lesson.Id, "shelved", 1));
        var failed = await Failed(lesson.Id);
        Assert.Equal("recording_gone", failed.Code);
    }

    [Fact]
    public async Task The_same_news_twice_is_one_file_each()
    {
        var lesson = await A_played_lesson();
        Zoom.Webhooks.Twice = true;
        await Zoom.RecordingReady(lesson.Meeting, Bytes(10_000));
        Zoom.Webhooks.Twice = false;
        Assert.Equal(2, await server.Recordings(lesson.Id, "shelved", 2));
        await server.EventsAsync();
        Assert.Equal(2, await server.Database.ScalarAsync<long>("select count(*) from recordings where lesson_id = $1", lesson.Id));
        Assert.Equal(2, await server.Database.ScalarAsync<long>("select count(*) from mt_events where type = 'recording_shelved' and data ->> 'lessonId' = $1", lesson.Id.ToString()));
    }

    [Fact]
    public async Task A_file_longer_than_one_run_is_fetched_in_legs_without_counting_as_a_failure()
    {
        var lesson = await A_played_lesson();
        Zoom.Webhooks.Hold = true;
        var video = Bytes(400_000);
        await Zoom.RecordingReady(lesson.Meeting, video);
        var file = lesson.Meeting.Sittings[^1].Files[0];
        var id = await server.A_found_recording(lesson.Id, file.Id);
        Zoom.ExpireDownloadTokens();
        Zoom.StoreBytesPerSecond = 200_000;
        var fetch = new FetchRecording(
            server.Store, server.Services.GetRequiredService<IRecordingShelf>(), server.Services.GetServices<IRecordingSource>(),
            server.Services.GetRequiredService<FoundRecordings>(), server.Services.GetRequiredService<Api.Consents.ConsentRows>(), server.Services.GetRequiredService<RecordingsOptions>(), server.Time)
        {
            LegTime = TimeSpan.FromSeconds(1),
        };
        var body = new FetchRecordingErrand(id, lesson.Id, lesson.Tutor.TutorId!.Value, lesson.Meeting.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            lesson.Meeting.Sittings[^1].Uuid, file.Id, file.MediaType, video.Length, $"{Zoom.Address}/rec/download/{file.Key}", null);

        await fetch.Run(new Errand(Guid.CreateVersion7(), FetchRecording.ErrandKind, EventJson.Write(body), id, 1, server.Now), CancellationToken.None);

        Assert.InRange(await server.Services.GetRequiredService<IRecordingShelf>().LengthOf(id, CancellationToken.None), 1, video.Length - 1);
        Zoom.StoreBytesPerSecond = null;
        // The server's own worker runs the leg that was scheduled.
        Assert.Equal(1, await server.Recordings(lesson.Id, "shelved", 1));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(video)), await HashOf(lesson.Id, "video/mp4"));
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from errands where kind = 'fetch_recording' and last_error is not null and body ->> 'recordingId' = $1", id.ToString()));
        Zoom.Webhooks.Hold = false;
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_Zoom_recorded_of_somebody_who_took_the_consent_back_is_not_fetched_until_it_is_given_again_or_deleted(bool isGivenAgain)
    {
        var lesson = await A_played_lesson();
        var student = await server.Renewed(lesson.Student);
        await Agrees(student, 0);
        Assert.True((await student.Http.DeleteAsync($"/v1/people/{student.PersonId}/consents/recording")).IsSuccessStatusCode);

        await Zoom.RecordingReady(lesson.Meeting, Bytes(10_000));
        Assert.Equal(2, await server.Recordings(lesson.Id, "found", 2));
        await server.EventsAsync();

        var errands = await server.Database.ScalarAsync<long>(
            "select count(*) from errands where kind = 'fetch_recording' and body ->> 'lessonId' = $1 and last_error like '%consent_revoked%' and done_at is null", lesson.Id.ToString());
        Assert.Equal(2, errands);
        Assert.Equal(2, await server.Database.ScalarAsync<long>("select count(*) from recordings where lesson_id = $1 and state = 'found'", lesson.Id));
        var id = await server.Database.ScalarAsync<Guid>("select id from recordings where lesson_id = $1 limit 1", lesson.Id);
        Assert.Equal(0, await server.Services.GetRequiredService<IRecordingShelf>().LengthOf(id, CancellationToken.None));
        // Beside the errand of taking it back one for each file.
        Assert.Equal(3, await server.Database.ScalarAsync<long>(
            "select count(*) from errands where kind = 'delete_revoked_recordings' and body ->> 'personId' = $1 and due_at > now() + interval '6 days'", student.PersonId.ToString()));

        if (isGivenAgain)
        {
            await Agrees(student, 2);
            var body = EventJson.Read<FetchRecordingErrand>(await server.Database.ScalarAsync<string>("select body::text from errands where kind = 'fetch_recording' and body ->> 'recordingId' = $1", id.ToString()));
            await server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == FetchRecording.ErrandKind)
                .Run(new Errand(Guid.CreateVersion7(), FetchRecording.ErrandKind, EventJson.Write(body), id, 1, server.Now), CancellationToken.None);
            Assert.Equal(["recording_found", "recording_shelved"], await server.EventsOf(id));
            return;
        }
        await server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == DeleteRevoked.ErrandKind)
            .Run(new Errand(Guid.CreateVersion7(), DeleteRevoked.ErrandKind, EventJson.Write(new DeleteRevokedErrand(student.PersonId, server.Now)), id, 1, server.Now), CancellationToken.None);
        Assert.Equal(["recording_found", "recording_deleted"], await server.EventsOf(id));
    }

    [Fact]
    public async Task What_was_deleted_is_not_fetched_again_when_Zoom_tells_of_it_once_more()
    {
        var lesson = await A_played_lesson();
        await Zoom.RecordingReady(lesson.Meeting, Bytes(10_000));
        Assert.Equal(2, await server.Recordings(lesson.Id, "shelved", 2));
        var tutor = await server.Renewed(lesson.Tutor);
        var ids = (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson.Id}/recordings")).Json()).GetProperty("items").EnumerateArray().Select(item => item.Id()).ToArray();
        Assert.Equal(2, await server.Database.ScalarAsync<long>(
            "select count(*) from errands where kind = 'delete_recording' and (body ->> 'recordingId')::uuid = any($1) and due_at > now() + interval '100 days'", ids));
        foreach (var id in ids) Assert.True((await tutor.Http.DeleteAsync($"/v1/lessons/{lesson.Id}/recordings/{id}")).IsSuccessStatusCode);

        var file = lesson.Meeting.Sittings[^1].Files[0];
        var body = new FetchRecordingErrand(ids[0], lesson.Id, lesson.Tutor.TutorId!.Value, lesson.Meeting.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            lesson.Meeting.Sittings[^1].Uuid, file.Id, file.MediaType, 10_000, $"{Zoom.Address}/rec/download/{file.Key}", null);
        var shelf = server.Services.GetRequiredService<IRecordingShelf>();
        // What another run had fetched meanwhile.
        await shelf.Append(ids[0], 0, new MemoryStream(Bytes(100)), 100, CancellationToken.None);
        await server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == FetchRecording.ErrandKind)
            .Run(new Errand(Guid.CreateVersion7(), FetchRecording.ErrandKind, EventJson.Write(body), ids[0], 1, server.Now()), CancellationToken.None);

        Assert.Equal(0, await shelf.LengthOf(ids[0], CancellationToken.None));
        Assert.Equal(["recording_found", "recording_shelved", "recording_deleted"], await server.EventsOf(ids[0]));
    }

    [Fact]
    public async Task A_recording_that_Zoom_still_works_on_is_asked_for_again_later()
    {
        var lesson = await A_played_lesson();
        var source = server.Services.GetServices<IRecordingSource>().Single(s => s.Provider == "zoom");
        var file = new RecordingFile(lesson.Id, lesson.Tutor.TutorId!.Value, lesson.Meeting.Id.ToString(System.Globalization.CultureInfo.InvariantCulture),
            lesson.Meeting.Sittings[^1].Uuid, "some-file", "video/mp4", null, $"{Zoom.Address}/rec/download/none");
        var trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => source.Open(file, null, 0, CancellationToken.None));
        Assert.Equal(RecordingFile.NotReadyCode, trouble.Code);

        Zoom.Webhooks.Hold = true;
        await Zoom.RecordingReady(lesson.Meeting, Bytes(10));
        lesson.Meeting.Sittings[^1].Files[0].IsProcessed = false;
        file = file with { FileId = lesson.Meeting.Sittings[^1].Files[0].Id };
        trouble = await Assert.ThrowsAsync<ProviderTrouble>(() => source.Open(file, null, 0, CancellationToken.None));
        Assert.Equal(RecordingFile.NotReadyCode, trouble.Code);
        Zoom.Webhooks.Hold = false;
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("ftp://127.0.0.1/x")]
    [InlineData("file:///etc/passwd")]
    public async Task An_address_that_is_no_https_is_not_asked(string address)
    {
        var lesson = await A_played_lesson();
        var source = server.Services.GetServices<IRecordingSource>().Single(s => s.Provider == "zoom");
        var opened = await source.Open(new RecordingFile(lesson.Id, lesson.Tutor.TutorId!.Value, "1", null, "f", "video/mp4", null, address), "token", 0, CancellationToken.None);
        Assert.Equal("address_refused", opened.FailureCode);
    }

    [Fact]
    public async Task No_token_stands_in_errands_or_events()
    {
        var lesson = await A_played_lesson();
        await Zoom.RecordingReady(lesson.Meeting, Bytes(10_000));
        Assert.Equal(2, await server.Recordings(lesson.Id, "shelved", 2));
        var tokens = Zoom.DownloadTokens;
        Assert.NotEmpty(tokens);
        Assert.Equal(2, await server.Database.ScalarAsync<long>("select count(*) from errands where kind = 'fetch_recording' and body ->> 'lessonId' = $1 and body ->> 'sealedToken' is not null", lesson.Id.ToString()));
        foreach (var token in tokens)
        {
            Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from errands where body::text like $1 or last_error like $1", $"%{token}%"));
            Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from mt_events where data::text like $1", $"%{token}%"));
        }
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from mt_events where type like 'recording%' and data::text like '%http%'"));
    }

    private async Task<ZoomLesson> A_played_lesson()
    {
        var lesson = await server.A_lesson_on_zoom();
        server.Begins(lesson);
        await Zoom.Join(lesson.Meeting, "김민지", user: lesson.Meeting.Host);
        server.Time.Advance(TimeSpan.FromMinutes(5));
        Zoom.Clock.Advance(TimeSpan.FromMinutes(5));
        await Zoom.End(lesson.Meeting);
        return lesson;
    }

    private static async Task Agrees(SignedIn who, int seen)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/people/{who.PersonId}/consents/recording");
        if (seen == 0) request.Headers.IfNoneMatch.ParseAdd("*");
        else request.Headers.IfMatch.Add(new System.Net.Http.Headers.EntityTagHeaderValue($"\"{seen}\""));
        Assert.Equal(System.Net.HttpStatusCode.OK, (await who.Http.SendAsync(request)).StatusCode);
    }

    private Task<string> HashOf(Guid lesson, string mediaType) =>
        server.Database.ScalarAsync<string>("select sha256 from recordings where lesson_id = $1 and media_type = $2", lesson, mediaType);

    private async Task<RecordingFetchFailed> Failed(Guid lesson)
    {
        var id = await server.Database.ScalarAsync<Guid>("select id from recordings where lesson_id = $1 and state = 'fetch_failed'", lesson);
        await using var session = server.Store.OpenSession();
        return (await session.FetchStreamAsync(id)).Select(e => e.Data).OfType<RecordingFetchFailed>().Single();
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Recordings;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Recordings;
using NodaTime;

namespace Muse.Api.Tests.Recordings;

public sealed class RecordingRoutesTests(TheServer server) : IClassFixture<TheServer>
{
    private static readonly byte[] Bytes = [.. Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31))];

    [Fact]
    public async Task Tutor_and_adult_student_see_what_was_recorded_and_can_play_it()
    {
        var (tutor, student, lesson) = await A_lesson();
        var id = await server.A_shelved_recording(lesson, Bytes);
        var waiting = await server.A_found_recording(lesson, "file-2", "audio/mp4");
        foreach (var who in new[] { tutor, student })
        {
            var items = (await (await who.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).Json()).GetProperty("items").EnumerateArray().ToArray();
            Assert.Equal([id, waiting], items.Select(i => i.Id()).OrderBy(i => i != id));
            var item = items.Single(i => i.Id() == id);
            Assert.Equal(("shelved", "video/mp4", Bytes.Length, Convert.ToHexStringLower(SHA256.HashData(Bytes))),
                (item.Text("state"), item.Text("mediaType"), item.GetProperty("size").GetInt64(), item.Text("sha256")));
            var answer = await who.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{id}");
            Assert.Equal((HttpStatusCode.OK, "video/mp4"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
            Assert.Equal(Bytes, await answer.Content.ReadAsByteArrayAsync());
            Assert.Contains("no-store", answer.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
            await (await who.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{waiting}")).IsProblem(HttpStatusCode.Conflict, "recording_not_ready");
        }
    }

    [Fact]
    public async Task A_range_is_served_as_a_player_asks_for_it()
    {
        var (tutor, _, lesson) = await A_lesson();
        var path = $"/v1/lessons/{lesson}/recordings/{await server.A_shelved_recording(lesson, Bytes)}";
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Range = new RangeHeaderValue(99_000, null);
        var answer = await tutor.Http.SendAsync(request);
        Assert.Equal((HttpStatusCode.PartialContent, "bytes 99000-99999/100000"), (answer.StatusCode, answer.Content.Headers.ContentRange?.ToString()));
        Assert.Equal(Bytes[99_000..], await answer.Content.ReadAsByteArrayAsync());
        request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Range = new RangeHeaderValue(100_000, null);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, (await tutor.Http.SendAsync(request)).StatusCode);
    }

    /// <summary>A page fetched it whole into its memory, because an address of one's own could be given to no player: an hour of video is more than a
    /// tablet has.</summary>
    [Fact]
    public async Task A_providers_file_has_an_address_for_players_until_it_is_shown_to_nobody()
    {
        var (tutor, student, lesson) = await A_lesson();
        var id = await server.A_shelved_recording(lesson, Bytes);
        var waiting = await server.A_found_recording(lesson, "file-2", "audio/mp4");
        var viewing = await (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).Json();
        Assert.Empty(viewing.GetProperty("sides").EnumerateArray());
        var address = viewing.Text("address")! + viewing.Text("file");

        var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Range = new RangeHeaderValue(99_000, null);
        var answer = await server.Anyone().SendAsync(request);
        Assert.Equal((HttpStatusCode.PartialContent, "video/mp4", "no-store, private"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Headers.CacheControl!.ToString()));
        Assert.Equal(Bytes[99_000..], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(1, await Views(id));

        await (await tutor.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{waiting}/viewings", null)).IsProblem(HttpStatusCode.Conflict, "recording_not_ready");
        var (stranger, _, otherLesson) = await A_lesson();
        await (await stranger.Http.PostAsync($"/v1/lessons/{lesson}/recordings/{id}/viewings", null)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await stranger.Http.PostAsync($"/v1/lessons/{otherLesson}/recordings/{id}/viewings", null)).IsProblem(HttpStatusCode.NotFound, "not_found");
        foreach (var path in (string[])["sides/1.m3u8", "tracks/1.mp4", "lesson.mp4"])
            Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync(viewing.Text("address") + path)).StatusCode);

        await Agrees(student, 0);
        Assert.True((await student.Http.DeleteAsync($"/v1/people/{student.PersonId}/consents/recording")).IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anyone().GetAsync(address)).StatusCode);
    }

    [Fact]
    public async Task A_childs_recording_is_the_guardians_and_not_the_tablets()
    {
        var tutor = await server.A_tutor_with_hours();
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var booking = await (await guardian.Asks(tutor, child, server.InSeoul(3, 12))).Json();
        var lesson = (await (await tutor.Tells(booking, "confirm")).Json()).GetProperty("lessonId").GetGuid();
        var id = await server.A_shelved_recording(lesson, Bytes);
        var tablet = await server.Tablet(guardian, child);

        Assert.Equal(HttpStatusCode.OK, (await guardian.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
        await (await tablet.GetAsync($"/v1/lessons/{lesson}/recordings")).IsProblem(HttpStatusCode.Forbidden, "recording_not_yours");
        await (await tablet.GetAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.Forbidden, "recording_not_yours");
        Assert.Equal(HttpStatusCode.OK, (await tablet.GetAsync($"/v1/lessons/{lesson}")).StatusCode);
        Assert.Equal(1, await Views(id));
    }

    [Theory]
    [InlineData(18 * 12, true)]
    [InlineData(18 * 12 - 1, false)]
    public async Task A_student_with_an_account_of_their_own_sees_them_from_eighteen_on(int months, bool sees)
    {
        var tutor = await server.A_tutor_with_hours();
        var born = DateOnly.FromDateTime(server.Time.GetUtcNow().UtcDateTime).AddMonths(-months);
        var student = await server.SignUp(["student"], "Yuna Choi", "KR", "Asia/Seoul", "ko-KR", born.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
        var lesson = (await server.A_confirmed_lesson(tutor, student)).GetProperty("lessonId").GetGuid();
        await server.A_shelved_recording(lesson, Bytes);
        var answer = await student.Http.GetAsync($"/v1/lessons/{lesson}/recordings");
        Assert.Equal(sees ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Nobody_else_learns_that_there_is_one()
    {
        var (_, _, lesson) = await A_lesson();
        var id = await server.A_shelved_recording(lesson, Bytes);
        var (otherTutor, otherStudent, otherLesson) = await A_lesson();
        foreach (var who in new[] { otherTutor, otherStudent, await server.Admin() })
        {
            await (await who.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).IsProblem(HttpStatusCode.NotFound, "not_found");
            await (await who.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        }
        // By way of one's own lesson, too.
        await (await otherTutor.Http.GetAsync($"/v1/lessons/{otherLesson}/recordings/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Anyone().GetAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
        Assert.Equal(0, await Views(id));
    }

    [Fact]
    public async Task A_deleted_file_of_a_provider_is_gone_for_everybody_and_from_the_shelf()
    {
        var (tutor, student, lesson) = await A_lesson();
        var (id, other) = (await server.A_shelved_recording(lesson, Bytes), await server.A_shelved_recording(lesson, Bytes, "file-2"));
        var (stranger, _, _) = await A_lesson();
        await (await stranger.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(["recording_found", "recording_shelved"], await server.EventsOf(id));

        Assert.Equal(HttpStatusCode.NoContent, (await student.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);

        Assert.Null(await Shelf.Open(id, CancellationToken.None));
        Assert.Equal(["recording_found", "recording_shelved", "recording_deleted"], await server.EventsOf(id));
        await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");
        var items = (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).Json()).GetProperty("items").EnumerateArray();
        Assert.Equal(other, Assert.Single(items).Id());
        var told = (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/timeline")).Json()).GetProperty("items").EnumerateArray().Single(item => item.Text("type") == "recording_deleted");
        Assert.Equal("asked", told.Text("why"));
    }

    [Fact]
    public async Task A_child_deletes_nothing_and_no_event_is_written()
    {
        var tutor = await server.A_tutor_with_hours();
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var booking = await (await guardian.Asks(tutor, child, server.InSeoul(3, 14))).Json();
        var lesson = (await (await tutor.Tells(booking, "confirm")).Json()).GetProperty("lessonId").GetGuid();
        var id = await server.A_shelved_recording(lesson, Bytes);
        var tablet = await server.Tablet(guardian, child);
        await (await tablet.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).IsProblem(HttpStatusCode.Forbidden, "recording_not_yours");
        Assert.Equal(["recording_found", "recording_shelved"], await server.EventsOf(id));
        Assert.Equal(HttpStatusCode.NoContent, (await guardian.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
        Assert.Null(await Shelf.Open(id, CancellationToken.None));
    }

    [Fact]
    public async Task Who_may_delete_what_was_withdrawn_learns_which_and_until_when_and_deletes_it_now()
    {
        var (tutor, student, lesson) = await A_lesson();
        var id = await server.A_shelved_recording(lesson, Bytes);
        var consent = $"/v1/people/{tutor.PersonId}/consents/recording";
        await Agrees(tutor, 0);
        Assert.Equal(7, (await (await tutor.Http.GetAsync(consent)).Json()).GetProperty("keptRevokedDays").GetInt32());
        var now = server.Now();
        await tutor.Http.DeleteAsync(consent);

        var told = await (await student.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).IsProblem(HttpStatusCode.Forbidden, "recording_withdrawn");
        Assert.Equal(id, Assert.Single(told.GetProperty("recordings").EnumerateArray()).GetGuid());
        Assert.InRange(told.GetProperty("deletedAt").GetDateTimeOffset(), now.ToDateTimeOffset().AddDays(7).AddSeconds(-1), server.Now().ToDateTimeOffset().AddDays(7));
        Assert.Equal(HttpStatusCode.NoContent, (await student.Http.DeleteAsync($"/v1/lessons/{lesson}/recordings/{id}")).StatusCode);
        Assert.Null(await Shelf.Open(id, CancellationToken.None));
        Assert.Equal(0, await Views(id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_withdrawn_is_deleted_after_a_while_of_our_room_and_of_providers_unless_it_is_agreed_to_again(bool isGivenAgain)
    {
        var (tutor, student, lesson) = await A_lesson();
        var (file, room) = (await server.A_shelved_recording(lesson, Bytes), await server.A_recording_of_the_room(lesson));
        var (_, _, otherLesson) = await A_lesson();
        var untouched = await server.A_shelved_recording(otherLesson, Bytes);
        await Agrees(student, 0);
        Assert.Equal(HttpStatusCode.NoContent, (await student.Http.DeleteAsync($"/v1/people/{student.PersonId}/consents/recording")).StatusCode);
        await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{file}")).IsProblem(HttpStatusCode.Forbidden, "recording_withdrawn");
        if (isGivenAgain) await Agrees(student, 2);

        var errand = new Errand(Guid.CreateVersion7(), DeleteRevoked.ErrandKind, EventJson.Write(new DeleteRevokedErrand(student.PersonId, server.Now())), file, 1, server.Now());
        await server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == DeleteRevoked.ErrandKind).Run(errand, CancellationToken.None);

        Assert.Equal(isGivenAgain, await Shelf.Open(file, CancellationToken.None) is { } open && await Closed(open));
        Assert.Equal(!isGivenAgain, (await server.EventsOf(file)).Contains("recording_deleted"));
        Assert.Equal(!isGivenAgain, (await server.EventsOf(room)).Contains("room_recording_deleted"));
        Assert.DoesNotContain("recording_deleted", await server.EventsOf(untouched));
    }

    /// <summary>The days to think again are those since the last time, not since the first.</summary>
    [Fact]
    public async Task What_was_taken_back_twice_is_deleted_by_the_second_time_only()
    {
        var (_, student, lesson) = await A_lesson();
        var file = await server.A_shelved_recording(lesson, Bytes);
        await Agrees(student, 0);
        await student.Http.DeleteAsync($"/v1/people/{student.PersonId}/consents/recording");
        var first = server.Now();
        await Agrees(student, 2);
        await student.Http.DeleteAsync($"/v1/people/{student.PersonId}/consents/recording");

        await Delete(first);
        Assert.DoesNotContain("recording_deleted", await server.EventsOf(file));
        await Delete(server.Now());
        Assert.Contains("recording_deleted", await server.EventsOf(file));

        Task Delete(Instant revoked) => server.Services.GetServices<IErrandHandler>().Single(handler => handler.Kind == DeleteRevoked.ErrandKind).Run(
            new Errand(Guid.CreateVersion7(), DeleteRevoked.ErrandKind, EventJson.Write(new DeleteRevokedErrand(student.PersonId, revoked)), file, 1, revoked), CancellationToken.None);
    }

    [Fact]
    public async Task Each_access_is_logged_once_an_hour_with_who_and_how_often()
    {
        var (tutor, student, lesson) = await A_lesson();
        var id = await server.A_shelved_recording(lesson, Bytes);
        for (var i = 0; i < 3; i++) await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{id}");
        await student.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{id}");
        Assert.Equal(2, await server.Database.ScalarAsync<long>("select count(distinct person_id) from recording_views where recording_id = $1", id));
        Assert.Equal(3m, await server.Database.ScalarAsync<decimal>("select sum(requests) from recording_views where recording_id = $1 and person_id = $2 and part = 'tutor'", id, tutor.PersonId));
    }

    [Fact]
    public async Task A_providers_word_for_the_type_does_not_make_a_page_of_it()
    {
        var (tutor, _, lesson) = await A_lesson();
        var id = await server.A_shelved_recording(lesson, "<script>alert(1)</script>"u8.ToArray(), "file-3", "text/html");
        var answer = await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings/{id}");
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(["nosniff"], answer.Headers.GetValues("X-Content-Type-Options"));
    }

    private IRecordingShelf Shelf => server.Services.GetRequiredService<IRecordingShelf>();

    private static async Task<bool> Closed(Stream open)
    {
        await open.DisposeAsync();
        return true;
    }

    private static async Task Agrees(SignedIn who, int seen)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/people/{who.PersonId}/consents/recording");
        if (seen == 0) request.Headers.IfNoneMatch.ParseAdd("*");
        else request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{seen}\""));
        Assert.Equal(HttpStatusCode.OK, (await who.Http.SendAsync(request)).StatusCode);
    }

    private async Task<(SignedIn Tutor, SignedIn Student, Guid Lesson)> A_lesson()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        return (tutor, student, (await server.A_confirmed_lesson(tutor, student)).GetProperty("lessonId").GetGuid());
    }

    private Task<long> Views(Guid recording) => server.Database.ScalarAsync<long>("select count(*) from recording_views where recording_id = $1", recording);
}

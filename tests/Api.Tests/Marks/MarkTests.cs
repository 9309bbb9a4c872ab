using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Marks;
using Muse.Api.Tests.Bookings;
using Muse.Api.Tests.Recordings;
using Muse.Api.Tests.Rooms;
using Muse.Domain.Lessons;
using Muse.Domain.Marks;
using NodaTime;

namespace Muse.Api.Tests.Marks;

public static class Marked
{
    /// <summary>A mark of the student's, whenever the lesson is.</summary>
    public static async Task<Guid> A_mark(this TheServer server, Guid lesson, SignedIn student)
    {
        var id = Guid.CreateVersion7();
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        session.StartStream<LessonMarks>(MarkDesk.StreamOf(lesson), new MarkMade(
            MarkDesk.StreamOf(lesson), id, lesson, Instant.FromUtc(2026, 12, 1, 8, 0), true, false, null, new Who(student.PersonId, Part.Student), Instant.FromUtc(2026, 12, 1, 8, 0)));
        await session.SaveChangesAsync(CancellationToken.None);
        return id;
    }
}

public sealed class MarkTests(TheRoomServer server) : IClassFixture<TheRoomServer>
{
    private static readonly Guid Nobody = Guid.NewGuid();

    private async Task<(SignedIn Tutor, SignedIn Student, Guid Lesson)> Lesson(int startsIn = -5)
    {
        var (tutor, student) = (await server.Tutor(), await server.Student());
        return (tutor, student, await server.Lesson(tutor, student, Duration.FromMinutes(startsIn)));
    }

    private static Task<HttpResponseMessage> Press(HttpClient who, Guid lesson, Guid? id = null, long ago = 0, string? note = null) =>
        who.PostAsJsonAsync($"/v1/lessons/{lesson}/marks", new { id = id ?? Guid.NewGuid(), ago, note });

    private static async Task<JsonElement> Made(HttpClient who, Guid lesson, long ago = 0, string? note = null)
    {
        using var answer = await Press(who, lesson, ago: ago, note: note);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        Assert.Equal("\"1\"", answer.Headers.ETag?.Tag);
        return await answer.Json();
    }

    private static Task<HttpResponseMessage> Change(HttpClient who, Guid lesson, Guid mark, string? note, bool shared, string? seen = "\"1\"") =>
        Send(who, HttpMethod.Put, lesson, mark, seen, JsonContent.Create(new { note, shared }));

    private static Task<HttpResponseMessage> Remove(HttpClient who, Guid lesson, Guid mark, string? seen = "\"1\"") =>
        Send(who, HttpMethod.Delete, lesson, mark, seen);

    private static Task<HttpResponseMessage> Send(HttpClient who, HttpMethod method, Guid lesson, Guid mark, string? seen, HttpContent? body = null)
    {
        var request = new HttpRequestMessage(method, $"/v1/lessons/{lesson}/marks/{mark}") { Content = body };
        if (seen is not null) request.Headers.TryAddWithoutValidation("If-Match", seen);
        return who.SendAsync(request);
    }

    private static async Task<JsonElement[]> Listed(HttpClient who, Guid lesson) =>
        [.. (await (await who.GetAsync($"/v1/lessons/{lesson}/marks")).Json()).GetProperty("items").EnumerateArray()];

    [Fact]
    public async Task A_press_counts_from_when_it_was_made_and_sent_again_it_is_the_same_mark()
    {
        var (tutor, student, lesson) = await Lesson();
        var id = Guid.NewGuid();
        using var first = await Press(tutor.Http, lesson, id, 30_000);
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal($"/v1/lessons/{lesson}/marks/{id}", first.Headers.Location?.OriginalString);
        var made = await first.Json();
        var place = made.GetProperty("place").GetInt64();
        // Pressed half a minute ago, five minutes and what the test took so far into the lesson; the moment lies four seconds before that.
        var start = (await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}")).Json()).GetProperty("start").GetDateTimeOffset();
        Assert.InRange(place, 300_000 - 34_000, (server.Time.GetUtcNow() - start).TotalMilliseconds - 34_000);
        Assert.Equal(("tutor", "Kim Min-ji", true, true), (made.Text("part"), made.Text("name"), made.GetProperty("shared").GetBoolean(), made.GetProperty("mayChange").GetBoolean()));

        var events = await server.EventsAsync();
        // The line was away for a while: more time has passed since the press.
        using var again = await Press(tutor.Http, lesson, id, 45_000);
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(place, (await again.Json()).GetProperty("place").GetInt64());
        Assert.Equal(events, await server.EventsAsync());
        Assert.Equal(id, Assert.Single(await Listed(student.Http, lesson)).Id());
    }

    [Fact]
    public async Task A_place_that_was_looked_for_is_kept_to_the_millisecond()
    {
        var (tutor, _, lesson) = await Lesson();
        using var answer = await tutor.Http.PostAsJsonAsync($"/v1/lessons/{lesson}/marks", new { id = Guid.NewGuid(), place = 61_234 });
        Assert.Equal(61_234, (await answer.Json()).GetProperty("place").GetInt64());
    }

    [Fact]
    public async Task Presses_of_both_at_once_are_all_kept()
    {
        var (tutor, student, lesson) = await Lesson();
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).SelectMany(_ => new[] { Press(tutor.Http, lesson), Press(student.Http, lesson) }));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Equal((6, 3), ((await Listed(student.Http, lesson)).Length, (await Listed(tutor.Http, lesson)).Length));
    }

    [Fact]
    public async Task A_note_is_written_changed_and_taken_away_on_the_version_that_was_seen()
    {
        var (tutor, student, lesson) = await Lesson();
        var mark = (await Made(tutor.Http, lesson)).Id();
        await (await Change(tutor.Http, lesson, mark, "Bar 12", true, null)).IsProblem(HttpStatusCode.PreconditionRequired, "precondition_required");
        using var noted = await Change(tutor.Http, lesson, mark, "  Bar 12:\nthe bow stays on the string ", true);
        Assert.Equal((HttpStatusCode.OK, "\"2\""), (noted.StatusCode, noted.Headers.ETag?.Tag));
        Assert.Equal("Bar 12:\nthe bow stays on the string", (await noted.Json()).Text("note"));
        Assert.Equal("Bar 12:\nthe bow stays on the string", Assert.Single(await Listed(student.Http, lesson)).Text("note"));

        var events = await server.EventsAsync();
        await (await Change(tutor.Http, lesson, mark, "Bar 13", true)).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await (await Remove(tutor.Http, lesson, mark)).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        Assert.Equal(HttpStatusCode.OK, (await Change(tutor.Http, lesson, mark, "Bar 12:\nthe bow stays on the string", true, "\"2\"")).StatusCode);
        Assert.Equal(events, await server.EventsAsync());

        Assert.Equal(HttpStatusCode.OK, (await Change(tutor.Http, lesson, mark, " ", true, "\"2\"")).StatusCode);
        Assert.Null(Assert.Single(await Listed(student.Http, lesson)).Text("note"));
    }

    [Fact]
    public async Task Words_are_sealed_with_the_students_key_and_go_with_it()
    {
        var (tutor, student, lesson) = await Lesson();
        var mark = await Made(tutor.Http, lesson, note: "Breathe before bar twelve");
        await Change(tutor.Http, lesson, mark.Id(), "Breathe before bar thirteen", true);
        Assert.Equal(0, await server.Database.ScalarAsync<long>("select count(*) from mt_events where data::text like '%Breathe%'"));
        Assert.Equal(2, await server.Database.ScalarAsync<long>(
            $"select count(*) from mt_events where data->>'markId' = '{mark.Id()}' and data->'note'->>'about' = '{student.PersonId}'"));

        await server.Database.ScalarAsync<object>("delete from person_keys where person_id = $1 returning person_id", student.PersonId);
        var listed = Assert.Single(await Listed(tutor.Http, lesson));
        Assert.Equal((mark.Id(), null), (listed.Id(), listed.Text("note")));
    }

    [Fact]
    public async Task The_students_own_is_seen_by_the_guardian_and_by_the_tutor_only_when_it_is_shared()
    {
        var (tutor, guardian) = (await server.Tutor(), await server.Guardian());
        var child = await TheServer.Child(guardian);
        var lesson = await server.Lesson(tutor, guardian, Duration.FromMinutes(-5), studentId: child);
        var tablet = await server.Tablet(guardian, child);
        var mark = await Made(tablet, lesson, note: "My favourite place");
        Assert.Equal(("student", "Layla", false), (mark.Text("part"), mark.Text("name"), mark.GetProperty("shared").GetBoolean()));

        Assert.Empty(await Listed(tutor.Http, lesson));
        var events = await server.EventsAsync();
        await (await Change(tutor.Http, lesson, mark.Id(), "x", true)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await Remove(tutor.Http, lesson, mark.Id())).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(events, await server.EventsAsync());

        var seen = Assert.Single(await Listed(guardian.Http, lesson));
        Assert.Equal(("My favourite place", true), (seen.Text("note"), seen.GetProperty("mayChange").GetBoolean()));
        Assert.Equal(HttpStatusCode.OK, (await Change(guardian.Http, lesson, mark.Id(), "My favourite place", true)).StatusCode);
        var shared = Assert.Single(await Listed(tutor.Http, lesson));
        Assert.Equal(("My favourite place", false), (shared.Text("note"), shared.GetProperty("mayChange").GetBoolean()));
        await (await Change(tutor.Http, lesson, mark.Id(), "x", true, "\"2\"")).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        Assert.Equal(HttpStatusCode.OK, (await Change(tablet, lesson, mark.Id(), null, false, "\"2\"")).StatusCode);
        Assert.Empty(await Listed(tutor.Http, lesson));
    }

    [Fact]
    public async Task The_tutors_is_everybodys_and_stays_so_and_only_the_tutor_changes_it()
    {
        var (tutor, student, lesson) = await Lesson();
        var mark = (await Made(tutor.Http, lesson)).Id();
        var events = await server.EventsAsync();
        Assert.False(Assert.Single(await Listed(student.Http, lesson)).GetProperty("mayChange").GetBoolean());
        await (await Change(student.Http, lesson, mark, "x", true)).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        await (await Remove(student.Http, lesson, mark)).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        await (await Change(tutor.Http, lesson, mark, null, false)).IsProblem(HttpStatusCode.UnprocessableEntity, "tutor_marks_are_shared");
        Assert.Equal(events, await server.EventsAsync());
        for (var twice = 0; twice < 2; twice++)
            Assert.Equal(HttpStatusCode.NoContent, (await Remove(tutor.Http, lesson, mark)).StatusCode);
        Assert.Equal(events + 1, await server.EventsAsync());
        Assert.Empty(await Listed(student.Http, lesson));
    }

    [Fact]
    public async Task Nobody_else_learns_of_any_and_a_mark_is_found_in_its_own_lesson_alone()
    {
        var (tutor, student, lesson) = await Lesson();
        var mark = (await Made(tutor.Http, lesson)).Id();
        var (other, _, elsewhere) = await Lesson();
        SignedIn[] strangers = [other, await server.Student(), await server.Guardian()];
        var events = await server.EventsAsync();
        foreach (var stranger in strangers)
        {
            await (await stranger.Http.GetAsync($"/v1/lessons/{lesson}/marks")).IsProblem(HttpStatusCode.NotFound, "not_found");
            await (await Press(stranger.Http, lesson)).IsProblem(HttpStatusCode.NotFound, "not_found");
            await (await Change(stranger.Http, lesson, mark, "x", true)).IsProblem(HttpStatusCode.NotFound, "not_found");
            await (await Remove(stranger.Http, lesson, mark)).IsProblem(HttpStatusCode.NotFound, "not_found");
        }
        await (await Change(other.Http, elsewhere, mark, "x", true)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await Remove(student.Http, lesson, Nobody)).IsProblem(HttpStatusCode.NotFound, "not_found");
        await (await Press(tutor.Http, Nobody)).IsProblem(HttpStatusCode.NotFound, "not_found");
        Assert.Equal(events, await server.EventsAsync());
    }

    [Theory]
    [InlineData("""{"id":"ID"}""", "invalid_mark")]
    [InlineData("""{"id":"ID","ago":0,"place":0}""", "invalid_mark")]
    [InlineData("""{"id":"00000000-0000-0000-0000-000000000000","ago":0}""", "missing_value")]
    [InlineData("""{"id":"ID","ago":-1}""", "out_of_range")]
    [InlineData("""{"id":"ID","ago":86400001}""", "out_of_range")]
    [InlineData("""{"id":"ID","ago":1000000}""", "mark_outside_lesson")]
    [InlineData("""{"id":"ID","place":-600001}""", "mark_outside_lesson")]
    [InlineData("""{"id":"ID","place":600000}""", "mark_outside_lesson")]
    [InlineData("""{"id":"ID","place":86400001}""", "out_of_range")]
    [InlineData("""{"id":"ID","place":0,"ago":null,"note":"a\rb"}""", "control_character")]
    [InlineData("""{"id":"ID","ago":0,"note":"LONG"}""", "text_too_long")]
    [InlineData("""{"id":"ID","ago":0,"note":"a\u0007b"}""", "control_character")]
    public async Task What_cannot_be_is_refused_and_writes_no_event(string body, string code)
    {
        var (tutor, _, lesson) = await Lesson();
        var events = await server.EventsAsync();
        body = body.Replace("ID", $"{Guid.NewGuid()}", StringComparison.Ordinal).Replace("LONG", new string('x', LessonMarks.LongestNote + 1), StringComparison.Ordinal);
        using var answer = await tutor.Http.PostAsync($"/v1/lessons/{lesson}/marks", new StringContent(body, MediaTypeHeaderValue.Parse("application/json")));
        await answer.IsProblem(HttpStatusCode.UnprocessableEntity, code);
        Assert.Equal(events, await server.EventsAsync());
    }

    [Fact]
    public async Task A_recording_says_its_place_in_the_lesson_and_when_it_goes_the_marks_stay()
    {
        var before = server.Time.GetUtcNow();
        var (tutor, _, lesson) = await Lesson();
        await Made(tutor.Http, lesson);
        // It began an hour ago, the lesson five minutes ago.
        var recording = $"/v1/lessons/{lesson}/recordings/{await server.A_recording_of_the_room(lesson)}";
        var review = await (await tutor.Http.PostAsync($"{recording}/viewings", null)).Json();
        Assert.InRange(review.GetProperty("place").GetInt64(), -55 * 60_000, (-55 * 60_000) + (server.Time.GetUtcNow() - before).TotalMilliseconds);

        Assert.Equal(HttpStatusCode.NoContent, (await tutor.Http.DeleteAsync(recording)).StatusCode);
        Assert.Single(await Listed(tutor.Http, lesson));
    }

    [Fact]
    public async Task Marks_are_no_picture_of_anybody_and_stay_when_the_consent_to_recording_is_taken_back()
    {
        var (tutor, student, lesson) = await Lesson();
        await Made(tutor.Http, lesson, note: "Bar 12");
        var consent = $"/v1/people/{student.PersonId}/consents/recording";
        var give = new HttpRequestMessage(HttpMethod.Put, consent);
        give.Headers.IfNoneMatch.ParseAdd("*");
        Assert.Equal(HttpStatusCode.OK, (await student.Http.SendAsync(give)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await student.Http.DeleteAsync(consent)).StatusCode);
        await (await tutor.Http.GetAsync($"/v1/lessons/{lesson}/recordings")).IsProblem(HttpStatusCode.Forbidden, "recording_withdrawn");
        foreach (var who in new[] { tutor, student })
            Assert.Equal("Bar 12", Assert.Single(await Listed(who.Http, lesson)).Text("note"));
    }

    [Fact]
    public async Task Before_the_room_opens_nothing_is_marked()
    {
        var (tutor, _, lesson) = await Lesson(startsIn: 30);
        var events = await server.EventsAsync();
        await (await Press(tutor.Http, lesson)).IsProblem(HttpStatusCode.Conflict, "room_not_open");
        Assert.Equal(events, await server.EventsAsync());
    }
}

using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Muse.Api.Bookings;

namespace Muse.Api.Tests.Bookings;

/// <summary>The four verbs: confirm, decline, cancel, reschedule; and the clock's own, expire.</summary>
public sealed class ChangeBookingTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task Confirming_starts_the_lesson_and_its_meeting_is_arranged_without_anyones_doing()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_confirmed_lesson(tutor, student);
        Assert.Equal(("confirmed", JsonValueKind.Null), (booking.Text("state"), booking.GetProperty("expiresAt").ValueKind));
        var lessonId = booking.GetProperty("lessonId").GetGuid();
        var lesson = await server.Until(student, $"/v1/lessons/{lessonId}", l => l.GetProperty("meeting").Text("state") == "ready");
        Assert.Equal("built-in", lesson.GetProperty("meeting").Text("provider"));
        Assert.EndsWith($"/lessons/{lessonId}", lesson.Text("link"));
        Assert.Equal(booking.Text("start"), lesson.Text("start"));
        Assert.Equal(["booking_requested", "booking_confirmed"], await server.EventsOf(booking.Id()));
        Assert.Equal(["lesson_scheduled"], await server.EventsOf(lessonId));
    }

    [Fact]
    public async Task A_students_country_without_an_allowed_provider_leaves_the_lesson_standing_and_says_so()
    {
        var tutor = await server.A_tutor_with_hours();
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian, country: "AE");
        var booking = await (await guardian.Asks(tutor, child, server.InSeoul(4, 12))).Json();
        var confirmed = await (await tutor.Tells(booking, "confirm")).Json();
        var lesson = await server.Until(guardian, $"/v1/lessons/{confirmed.GetProperty("lessonId").GetGuid()}",
            l => l.GetProperty("meeting").Text("state") != "arranging");
        Assert.Equal(("scheduled", "no_provider_allowed"), (lesson.Text("state"), lesson.GetProperty("meeting").Text("state")));
    }

    [Fact]
    public async Task A_repeated_verb_changes_nothing()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_confirmed_lesson(tutor, student);
        var before = await server.EventsOf(booking.Id());
        var again = await (await tutor.Tells(booking, "confirm")).Json();
        Assert.Equal(booking.GetRawText(), again.GetRawText());
        Assert.Equal(before, await server.EventsOf(booking.Id()));
    }

    [Fact]
    public async Task Declining_frees_the_slot()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var declined = await (await tutor.Tells(await server.A_request(tutor, student), "decline", new { reason = "I play a concert." })).Json();
        Assert.Equal("declined", declined.Text("state"));
        await server.A_request(tutor, await server.Student());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_side_cancels_and_lesson_and_meeting_go_along(bool byTheTutor)
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_confirmed_lesson(tutor, student);
        var path = $"/v1/lessons/{booking.GetProperty("lessonId").GetGuid()}";
        await server.Until(student, path, l => l.GetProperty("meeting").Text("state") == "ready");
        var cancelled = await (await (byTheTutor ? tutor : student).Tells(booking, "cancel", new { reason = "ill" })).Json();
        Assert.Equal("cancelled", cancelled.Text("state"));
        var lesson = await server.Until(student, path, l => l.GetProperty("meeting").Text("state") == "withdrawn");
        Assert.Equal("cancelled", lesson.Text("state"));
        await server.A_request(tutor, await server.Student());
    }

    [Fact]
    public async Task A_students_move_is_among_the_offered_slots_and_moves_lesson_and_agenda()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_confirmed_lesson(tutor, student);
        var lesson = booking.GetProperty("lessonId").GetGuid();
        await (await student.Tells(booking, "reschedule", new { startLocal = server.InSeoul(3, 12, 10), timeZone = "Asia/Seoul" }))
            .IsProblem(HttpStatusCode.Conflict, "slot_not_offered");
        // Half an hour later overlaps the booking's own old place, which must not stand in its way.
        var moved = await (await student.Tells(booking, "reschedule",
            new { startLocal = server.InSeoul(3, 12, 30), timeZone = "Asia/Seoul", reason = "school ends later" })).Json();
        Assert.Equal("confirmed", moved.Text("state"));
        Assert.EndsWith("T12:30:00+09:00", moved.Text("tutorLocal"));
        var seen = await (await student.Http.GetAsync($"/v1/lessons/{lesson}")).Json();
        Assert.Equal(moved.Text("start"), seen.Text("start"));
        await server.A_request(tutor, await server.Student(), hour: 11);
        var other = await server.Student();
        await (await other.Asks(tutor, other.StudentId!.Value, server.InSeoul(3, 13))).IsProblem(HttpStatusCode.Conflict, "tutor_not_free");
    }

    [Fact]
    public async Task A_tutor_may_place_a_lesson_off_the_offered_grid_but_not_over_another()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_confirmed_lesson(tutor, student);
        await server.A_request(tutor, await server.Student(), hour: 15);
        var problem = await (await tutor.Tells(booking, "reschedule", new { startLocal = server.InSeoul(3, 14, 50), timeZone = "Asia/Seoul" }))
            .IsProblem(HttpStatusCode.Conflict, "tutor_not_free");
        Assert.Equal(3, problem.GetProperty("alternatives").GetArrayLength());
        var moved = await tutor.Tells(booking, "reschedule", new { startLocal = server.InSeoul(3, 13, 50), timeZone = "Asia/Seoul", durationMinutes = 45 });
        Assert.Equal(45, (await moved.Json()).GetProperty("durationMinutes").GetInt32());
    }

    [Fact]
    public async Task Every_verb_wants_the_version_that_was_seen_and_writes_nothing_otherwise()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_request(tutor, student);
        var before = await server.EventsAsync();
        foreach (var verb in new[] { "confirm", "decline", "cancel", "reschedule" })
        {
            var body = verb == "reschedule" ? new { startLocal = server.InSeoul(3, 14), timeZone = "Asia/Seoul" } : null;
            await (await tutor.Tells(booking, verb, body, ifMatch: "")).IsProblem((HttpStatusCode)428, "precondition_required");
            await (await tutor.Tells(booking, verb, body, ifMatch: "\"7\"")).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
            await (await tutor.Tells(booking, verb, body, ifMatch: "W/\"1\"")).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
            await (await tutor.Tells(booking, verb, body, ifMatch: "*")).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        }
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task A_stranger_finds_nothing_and_the_wrong_side_may_not_answer()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_request(tutor, student);
        SignedIn[] strangers = [await server.Student(), await server.A_tutor_with_hours(), await server.Guardian()];
        var before = await server.EventsAsync();
        foreach (var stranger in strangers)
        {
            await (await stranger.Http.GetAsync($"/v1/bookings/{booking.Id()}")).IsProblem(HttpStatusCode.NotFound, "not_found");
            foreach (var verb in new[] { "confirm", "decline", "cancel" })
            {
                await (await stranger.Tells(booking, verb)).IsProblem(HttpStatusCode.NotFound, "not_found");
                await (await stranger.Tells(booking, verb, ifMatch: "")).IsProblem(HttpStatusCode.NotFound, "not_found");
                await (await stranger.Tells(booking, verb, ifMatch: "\"7\"")).IsProblem(HttpStatusCode.NotFound, "not_found");
            }
            await (await stranger.Tells(booking, "cancel", new { reason = new string('x', 501) }, ifMatch: "")).IsProblem(HttpStatusCode.NotFound, "not_found");
        }
        await (await student.Tells(booking, "confirm")).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        await (await student.Tells(booking, "decline")).IsProblem(HttpStatusCode.Forbidden, "not_allowed");
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task Bad_bodies_of_the_verbs_are_refused_and_write_nothing()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_request(tutor, student);
        var before = await server.EventsAsync();
        await (await student.Tells(booking, "cancel", new { reason = new string('x', 501) })).IsProblem(HttpStatusCode.UnprocessableEntity, "text_too_long");
        await (await student.Tells(booking, "cancel", new { because = "x" })).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
        await (await student.Tells(booking, "cancel", new { reason = 7 })).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
        await (await student.Tells(booking, "reschedule", new { timeZone = "Asia/Seoul" })).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
        await (await student.Tells(booking, "reschedule", new { startLocal = server.InSeoul(3, 14), timeZone = "Asia/Abu_Dhabi" }))
            .IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_time_zone");
        await (await student.Tells(booking, "reschedule", new { startLocal = "2020-12-07T17:00", timeZone = "Asia/Seoul" }))
            .IsProblem(HttpStatusCode.UnprocessableEntity, "start_in_past");
        await (await student.Tells(booking, "reschedule", new { startLocal = "2027-03-28T01:30:00", timeZone = "Europe/London" }))
            .IsProblem(HttpStatusCode.UnprocessableEntity, "local_time_skipped");
        var twice = new HttpRequestMessage(HttpMethod.Post, $"/v1/bookings/{booking.Id()}/cancel")
        {
            Content = new StringContent("{\"reason\":\"a\",\"reason\":\"b\"}", Encoding.UTF8, "application/json"),
        };
        twice.Headers.TryAddWithoutValidation("If-Match", "\"1\"");
        await (await student.Http.SendAsync(twice)).IsProblem(HttpStatusCode.BadRequest, "malformed_body");
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task The_version_is_looked_at_before_the_words_and_nothing_is_written()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_request(tutor, student);
        var before = await server.EventsAsync();
        var tooLong = new { reason = new string('x', 501) };
        await (await student.Tells(booking, "cancel", tooLong, ifMatch: "")).IsProblem((HttpStatusCode)428, "precondition_required");
        await (await student.Tells(booking, "cancel", tooLong, ifMatch: "\"7\"")).IsProblem(HttpStatusCode.PreconditionFailed, "version_mismatch");
        await (await student.Tells(booking, "cancel", tooLong)).IsProblem(HttpStatusCode.UnprocessableEntity, "text_too_long");
        Assert.Equal(before, await server.EventsAsync());
    }

    [Fact]
    public async Task Lists_show_only_ones_own_page_by_page()
    {
        var tutor = await server.A_tutor_with_hours();
        var (mine, theirs) = (await server.Student(), await server.Student());
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        var first = await server.A_request(tutor, mine, hour: 9);
        var second = await server.A_request(tutor, mine, hour: 11);
        await server.A_request(tutor, theirs, hour: 15);
        var ofChild = await (await guardian.Asks(tutor, child, server.InSeoul(3, 20))).Json();
        var page = await (await mine.Http.GetAsync("/v1/bookings?limit=1")).Json();
        Assert.Equal(first.Id(), Assert.Single(page.GetProperty("items").EnumerateArray()).Id());
        var next = await (await mine.Http.GetAsync($"/v1/bookings?limit=1&after={page.Text("next")}")).Json();
        Assert.Equal(second.Id(), Assert.Single(next.GetProperty("items").EnumerateArray()).Id());
        Assert.Equal(JsonValueKind.Null, next.GetProperty("next").ValueKind);
        Assert.Equal(4, (await (await tutor.Http.GetAsync("/v1/bookings?state=requested")).Json()).GetProperty("items").GetArrayLength());
        Assert.Equal(0, (await (await tutor.Http.GetAsync("/v1/bookings?state=confirmed")).Json()).GetProperty("items").GetArrayLength());
        var ofGuardian = await (await guardian.Http.GetAsync("/v1/bookings")).Json();
        Assert.Equal(ofChild.Id(), Assert.Single(ofGuardian.GetProperty("items").EnumerateArray()).Id());
        await (await mine.Http.GetAsync("/v1/bookings?state=lost")).IsProblem(HttpStatusCode.UnprocessableEntity, "unknown_state");
        await (await mine.Http.GetAsync("/v1/bookings?after=lost")).IsProblem(HttpStatusCode.UnprocessableEntity, "malformed_cursor");
        await (await mine.Http.GetAsync("/v1/bookings?limit=101")).IsProblem(HttpStatusCode.UnprocessableEntity, "out_of_range");
    }
}

/// <summary>On a server of its own, because its clock goes on.</summary>
public sealed class ExpireBookingsTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task After_a_day_a_request_no_longer_holds_its_slot_cannot_be_confirmed_and_is_written_off_by_the_clock()
    {
        var tutor = await server.A_tutor_with_hours();
        var booking = await server.A_request(tutor, await server.Student(), days: 10);
        server.Time.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));
        tutor = await server.Renewed(tutor);
        var refused = await tutor.Tells(booking, "confirm");
        // The clock's job may have been there first; then the version is another.
        Assert.Contains(refused.StatusCode, new[] { HttpStatusCode.Conflict, HttpStatusCode.PreconditionFailed });
        var second = await server.Student();
        await server.A_request(tutor, second, days: 9);
        await server.Services.GetRequiredService<ExpireBookings>().RunOnce(CancellationToken.None);
        Assert.Equal(["booking_requested", "booking_expired"], await server.EventsOf(booking.Id()));
        var seen = await (await tutor.Http.GetAsync($"/v1/bookings/{booking.Id()}")).Json();
        Assert.Equal("expired", seen.Text("state"));
        await (await tutor.Tells(seen, "confirm")).IsProblem(HttpStatusCode.Conflict, "booking_expired");
        Assert.Equal(0, await server.Services.GetRequiredService<ExpireBookings>().RunOnce(CancellationToken.None));
    }
}

using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Muse.Adapters.Postgres;
using Muse.Api.Lessons;
using Muse.Api.Tests.Bookings;
using Muse.Domain.Bookings;
using Muse.Domain.Lessons;
using NodaTime;

namespace Muse.Api.Tests.Lessons;

public sealed class LessonRoutesTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task A_lesson_is_shown_on_both_clocks_to_its_people_only()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_confirmed_lesson(tutor, student);
        var id = booking.GetProperty("lessonId").GetGuid();
        var answer = await student.Http.GetAsync($"/v1/lessons/{id}");
        var lesson = await answer.Json();
        Assert.Equal("\"1\"", answer.Headers.ETag?.Tag);
        Assert.Equal(("Asia/Seoul", "Europe/London"), (lesson.Text("tutorTimeZone"), lesson.Text("studentTimeZone")));
        Assert.EndsWith("T12:00:00+09:00", lesson.Text("tutorLocal"));
        Assert.EndsWith("T03:00:00+00:00", lesson.Text("studentLocal"));
        Assert.Equal(TimeSpan.FromMinutes(10), lesson.GetProperty("start").GetDateTimeOffset() - lesson.GetProperty("joinOpensAt").GetDateTimeOffset());
        Assert.Equal(booking.Id(), lesson.GetProperty("bookingId").GetGuid());
        Assert.Equal(HttpStatusCode.OK, (await tutor.Http.GetAsync($"/v1/lessons/{id}")).StatusCode);
        SignedIn[] strangers = [await server.Student(), await server.Tutor(), await server.Guardian()];
        foreach (var stranger in strangers)
        {
            await (await stranger.Http.GetAsync($"/v1/lessons/{id}")).IsProblem(HttpStatusCode.NotFound, "not_found");
            await (await stranger.Http.GetAsync($"/v1/lessons/{id}/timeline")).IsProblem(HttpStatusCode.NotFound, "not_found");
            Assert.Equal(0, (await (await stranger.Http.GetAsync("/v1/lessons")).Json()).GetProperty("items").GetArrayLength());
        }
        await (await server.Anyone().GetAsync("/v1/lessons")).IsProblem(HttpStatusCode.Unauthorized, "not_signed_in");
    }

    [Fact]
    public async Task A_guardian_sees_the_childs_lessons_soonest_first_and_page_by_page()
    {
        var tutor = await server.A_tutor_with_hours();
        var guardian = await server.Guardian();
        var child = await TheServer.Child(guardian);
        foreach (var hour in new[] { 20, 9, 14 })
        {
            var booking = await (await guardian.Asks(tutor, child, server.InSeoul(3, hour))).Json();
            await tutor.Tells(booking, "confirm");
        }
        var first = await (await guardian.Http.GetAsync("/v1/lessons?limit=2")).Json();
        var rest = await (await guardian.Http.GetAsync($"/v1/lessons?limit=2&after={first.Text("next")}")).Json();
        var starts = first.GetProperty("items").EnumerateArray().Concat(rest.GetProperty("items").EnumerateArray())
            .Select(l => l.GetProperty("start").GetDateTimeOffset()).ToArray();
        Assert.Equal(3, starts.Length);
        Assert.Equal(starts.Order(), starts);
        var from = starts[1].AddMinutes(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var to = starts[2].ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var between = await (await guardian.Http.GetAsync($"/v1/lessons?from={from}&to={to}")).Json();
        Assert.Equal(starts[1], Assert.Single(between.GetProperty("items").EnumerateArray()).GetProperty("start").GetDateTimeOffset());
        await (await guardian.Http.GetAsync("/v1/lessons?from=today")).IsProblem(HttpStatusCode.UnprocessableEntity, "invalid_instant");
        await (await guardian.Http.GetAsync("/v1/lessons?limit=0")).IsProblem(HttpStatusCode.UnprocessableEntity, "out_of_range");
    }

    [Fact]
    public async Task The_timeline_tells_every_change_with_who_why_and_both_times()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_confirmed_lesson(tutor, student);
        var path = $"/v1/lessons/{booking.GetProperty("lessonId").GetGuid()}";
        await server.Until(student, path, l => l.GetProperty("meeting").Text("state") == "ready");
        var moved = await (await student.Tells(booking, "reschedule",
            new { startLocal = server.InSeoul(4, 12), timeZone = "Asia/Seoul", reason = "합주 연습" })).Json();
        await (await tutor.Tells(moved, "cancel", new { reason = "ill" })).Json();
        var items = (await server.Until(student, path + "/timeline",
            t => t.GetProperty("items").EnumerateArray().Any(i => i.Text("type") == "meeting_withdrawn"))).GetProperty("items").EnumerateArray().ToArray();
        string?[] expected =
        [
            "booking_requested", "booking_confirmed", "lesson_scheduled", "meeting_arranged", "lesson_moved", "lesson_cancelled", "meeting_withdrawn",
        ];
        // The errand of the move may find the lesson already called off.
        Assert.Equal(expected, items.Select(i => i.Text("type")).Where(t => t != "meeting_moved"));
        var move = items.Single(i => i.Text("type") == "lesson_moved");
        Assert.Equal(("Oliver Hughes", "student", "합주 연습"), (move.Text("who"), move.Text("role"), move.Text("why")));
        Assert.Equal(server.InSeoul(3, 12) + "+09:00", move.GetProperty("old").Text("tutorLocal"));
        Assert.Equal(server.InSeoul(4, 12) + "+09:00", move.GetProperty("new").Text("tutorLocal"));
        Assert.EndsWith("T03:00:00+00:00", move.GetProperty("new").Text("studentLocal"));
        Assert.Equal(("tutor", "ill"), (items.Single(i => i.Text("type") == "lesson_cancelled").Text("role"), items.Single(i => i.Text("type") == "lesson_cancelled").Text("why")));
        Assert.Equal("built-in", items.Single(i => i.Text("type") == "meeting_arranged").Text("why"));

        // Why is a person's own words: neither events nor rows show them, and they go with the person's key.
        Assert.Equal(0L, await server.Database.ScalarAsync<long>(
            "select (select count(*) from mt_events where data::text like '%합주%') + (select count(*) from lesson_timeline where words::text like '%합주%')"));
        await server.Database.ExecuteAsync("delete from person_keys where person_id = $1", student.PersonId);
        var forgotten = (await (await student.Http.GetAsync(path + "/timeline")).Json()).GetProperty("items").EnumerateArray();
        Assert.Null(forgotten.Single(i => i.Text("type") == "lesson_moved").Text("why"));
    }

    [Fact]
    public async Task Somebody_entering_the_room_does_not_make_the_bookings_version_stale()
    {
        var tutor = await server.A_tutor_with_hours();
        var student = await server.Student();
        var booking = await server.A_confirmed_lesson(tutor, student);
        var lessonId = booking.GetProperty("lessonId").GetGuid();
        await using (var session = server.Services.GetRequiredService<EventStore>().OpenSession())
        {
            var stream = await session.FetchForWriting<Lesson>(lessonId);
            stream.AppendOne(new ParticipantJoined(lessonId, Guid.CreateVersion7(), new Who(tutor.PersonId, Part.Tutor), stream.Aggregate!.Time.Start));
            await session.SaveChangesAsync();
        }
        Assert.Equal(HttpStatusCode.OK, (await student.Tells(booking, "cancel")).StatusCode);
    }
}

/// <summary>On a server of its own, because its clock goes on.</summary>
public sealed class EndLessonsTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task A_lesson_whose_time_is_over_is_ended_by_the_clock_once()
    {
        var tutor = await server.A_tutor_with_hours();
        var booking = await server.A_confirmed_lesson(tutor, await server.Student(), days: 1);
        var lessonId = booking.GetProperty("lessonId").GetGuid();
        var job = server.Services.GetRequiredService<EndLessons>();
        Assert.Equal(0, await job.RunOnce(CancellationToken.None));
        server.Time.Advance(booking.GetProperty("end").GetDateTimeOffset() - server.Time.GetUtcNow() + TimeSpan.FromSeconds(1));
        await job.RunOnce(CancellationToken.None);
        Assert.Equal(0, await job.RunOnce(CancellationToken.None));
        Assert.Equal(["lesson_scheduled", "lesson_ended"], await server.EventsOf(lessonId));
        tutor = await server.Renewed(tutor);
        await (await tutor.Http.PostAsync($"/v1/lessons/{lessonId}/join", null)).IsProblem(HttpStatusCode.Conflict, "lesson_over");
        await (await tutor.Tells(booking, "cancel")).IsProblem(HttpStatusCode.Conflict, "lesson_started");
    }

    /// <summary>A Jitsi server that tells nothing of the going, a webhook that never came: nobody waits for it for ever.</summary>
    [Fact]
    public async Task A_lesson_outside_whose_people_were_never_said_to_have_gone_is_ended_when_a_room_would_close()
    {
        var (tutor, student) = (await server.A_tutor_with_hours(), await server.Student());
        var booking = await server.A_confirmed_lesson(tutor, student, days: 5);
        var lessonId = booking.GetProperty("lessonId").GetGuid();
        var end = booking.GetProperty("end").GetDateTimeOffset();
        server.Time.Advance(end - server.Time.GetUtcNow() - TimeSpan.FromMinutes(20));
        await using (var session = server.Services.GetRequiredService<EventStore>().OpenSession())
        {
            var (stream, now) = (await session.FetchForWriting<Lesson>(lessonId), Instant.FromDateTimeOffset(server.Time.GetUtcNow()));
            foreach (var who in new[] { new Who(tutor.PersonId, Part.Tutor), new Who(student.PersonId, Part.Student) })
                stream.AppendMany(stream.Aggregate!.Came(Guid.CreateVersion7(), who, "jitsi", now, now).Events);
            await session.SaveChangesAsync();
        }
        var job = server.Services.GetRequiredService<EndLessons>();
        server.Time.Advance(end - server.Time.GetUtcNow() + TimeSpan.FromMinutes(14));
        await job.RunOnce(CancellationToken.None);
        Assert.DoesNotContain("lesson_ended", await server.EventsOf(lessonId));
        server.Time.Advance(TimeSpan.FromMinutes(1.1));
        await job.RunOnce(CancellationToken.None);
        Assert.Equal("lesson_ended", (await server.EventsOf(lessonId))[^1]);
        Assert.Equal("ended", (await (await (await server.Renewed(tutor)).Http.GetAsync($"/v1/lessons/{lessonId}")).Json()).Text("state"));
    }
}

public sealed class RezoneLessonsTests(TheServer server) : IClassFixture<TheServer>
{
    private static readonly Instant Monday = Instant.FromUtc(2027, 2, 1, 3, 0);

    [Fact]
    public async Task New_rules_move_the_instants_of_future_lessons_and_mark_those_that_collide()
    {
        var tutor = await server.A_tutor_with_hours();
        // By the rules of "2020a" Seoul was an hour further east: 12:00, 13:00 and, in a zone whose rules did not change, 12:00 in Tokyo.
        var (first, firstBooking) = await An_old_lesson(tutor, await server.Student(), "Asia/Seoul", 12, Monday - Duration.FromHours(1));
        var (second, _) = await An_old_lesson(tutor, await server.Student(), "Asia/Seoul", 13, Monday);
        var (third, _) = await An_old_lesson(tutor, await server.Student(), "Asia/Tokyo", 14, Monday + Duration.FromHours(2));
        var (fourth, _) = await An_old_lesson(tutor, await server.Student(), "Asia/Seoul", 14, Monday + Duration.FromHours(1));
        var job = server.Services.GetRequiredService<RezoneLessons>();

        var moved = await job.RunOnce(CancellationToken.None);

        Assert.Equal([first, second, fourth], moved.Select(m => m.Lesson.LessonId));
        Assert.Equal([false, false, true], moved.Select(m => m.Clashes));
        var lesson = await (await tutor.Http.GetAsync($"/v1/lessons/{first}")).Json();
        Assert.Equal("2027-02-01T03:00:00Z", lesson.Text("start"));
        Assert.Equal("2027-02-01T12:00:00+09:00", lesson.Text("tutorLocal"));
        Assert.True((await (await tutor.Http.GetAsync($"/v1/lessons/{fourth}")).Json()).GetProperty("clashes").GetBoolean());
        Assert.Equal(["lesson_scheduled"], await server.EventsOf(third));
        Assert.Equal(["booking_requested", "booking_confirmed", "booking_rescheduled"], await server.EventsOf(firstBooking));
        Assert.Empty(await job.RunOnce(CancellationToken.None));
    }

    /// <summary>As a server with other rules would have written it.</summary>
    private async Task<(Guid Lesson, Guid Booking)> An_old_lesson(SignedIn tutor, SignedIn student, string zone, int hour, Instant start)
    {
        var time = new PlannedTime(new LocalDateTime(2027, 2, 1, hour, 0), zone, "2020a", start, 60);
        var (bookingId, lessonId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var now = Instant.FromDateTimeOffset(server.Time.GetUtcNow());
        var (asks, answers) = (new Who(student.PersonId, Part.Student), new Who(tutor.PersonId, Part.Tutor));
        await using var session = server.Services.GetRequiredService<EventStore>().OpenSession();
        var requested = (BookingRequested)Booking.Request(null, bookingId, tutor.TutorId!.Value, student.StudentId!.Value, time, null, asks, now).Events[0];
        session.StartStream<Booking>(bookingId, requested, Booking.Create(requested).Confirm(answers, lessonId, now).Events[0]);
        session.StartStream<Lesson>(lessonId,
            [.. Lesson.Schedule(null, lessonId, bookingId, requested.TutorId, requested.StudentId, time, "https://muse.example/lessons/1", null, answers, now).Events]);
        session.Before((connection, ct) => Api.Bookings.Agenda.Take(connection,
            new Api.Bookings.Place(bookingId, tutor.PersonId, student.PersonId, start, time.End(), null), now, ct));
        await session.SaveChangesAsync();
        return (lessonId, bookingId);
    }
}
